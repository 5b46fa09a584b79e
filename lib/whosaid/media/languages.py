"""Which of several captions are in the language of a recording."""

from __future__ import annotations

from collections.abc import Iterable


def base_language(code: str) -> str:
    """Return the language of a tag without its region: en of en-GB and en_US (BCP 47)."""
    return code.replace("_", "-").split("-")[0].lower()


def best_tag(tags: Iterable[str], wanted: str) -> str | None:
    """Return the tag that fits a language best: the very same, the bare language, any of its regions; None."""
    fitting = [tag for tag in tags if base_language(tag) == base_language(wanted)]
    return min(fitting, key=lambda tag: (tag != wanted, tag != base_language(wanted)), default=None)
