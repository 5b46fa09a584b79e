"""Reads what was really said: references in SegLST, the JSON list of segments that meeteval defines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from whosaid.errors import ConfigurationError
from whosaid.evaluation import Segment
from whosaid.types import Seconds


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)  # SegLST allows further keys

    session_id: str
    speaker: str
    start_time: Seconds
    end_time: Seconds
    words: str


def read_references(folder: Path) -> dict[str, tuple[Segment, ...]]:
    """Return the reference of each session, by name, its segments in time order.

    JSON files that are no list of segments are not references; ConfigurationError where a reference is
    malformed, or the folder holds none.
    """
    lines = [line for file in sorted(folder.glob("*.json")) for line in _read(file)]
    if not lines:
        raise ConfigurationError(f"no references in {folder}: put SegLST files (*.json) there, or name another folder")
    return _by_session(lines)


def _by_session(lines: Iterable[_Line]) -> dict[str, tuple[Segment, ...]]:
    in_order = sorted(lines, key=lambda line: (line.session_id, line.start_time))
    return {
        session: tuple(Segment(line.start_time, line.end_time, line.speaker, line.words) for line in of_session)
        for session, of_session in groupby(in_order, key=lambda line: line.session_id)
    }


def _read(file: Path) -> list[_Line]:
    try:
        return [_check(_Line.model_validate(item)) for item in _items(json.loads(file.read_bytes()))]
    except (OSError, ValueError) as e:
        cause = " ".join(str(e).split())
        raise ConfigurationError(f"the reference {file} cannot be read ({cause}): correct the file") from e


def _check(line: _Line) -> _Line:
    Segment(line.start_time, line.end_time, line.speaker, line.words)  # raises where times run backward
    return line


def _items(content: Any) -> list[Any]:
    """Return the segments of a SegLST file, none of another JSON file that lies beside it."""
    items = cast("list[Any]", content) if isinstance(content, list) else []
    return items if all(isinstance(item, dict) and "session_id" in item for item in items) else []
