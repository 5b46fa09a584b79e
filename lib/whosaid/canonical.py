"""Values as canonical JSON, and the digests by which stage results are found again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(value: object, kind: Any = None) -> bytes:
    """Return the canonical JSON of a value: keys sorted, no blanks, shortest exact floats.

    `kind` is the declared type where the value's own class does not say what it holds (`tuple[Turn, ...]`).
    """
    plain = _adapter(kind or type(value)).dump_python(value, mode="json")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def from_json(kind: Any, text: bytes) -> Any:
    """Read a value of type `kind` back from `to_json`; pydantic.ValidationError where it does not fit."""
    return _adapter(kind).validate_json(text)


def digest(*parts: bytes | str) -> str:
    """Return the sha256 of the parts, each length-prefixed so that no two lists of parts collide."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def fingerprint(value: object, kind: Any = None) -> str:
    """Return the fingerprint of a value: its own where it has one, else the digest of its canonical JSON."""
    own = getattr(value, "fingerprint", None)
    return own if isinstance(own, str) else digest(to_json(value, kind))
