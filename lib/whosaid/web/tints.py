"""Colours of voices: the same name has the same one on most pages, and two voices of a page differ while they last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zlib import crc32

TINTS: Final = 8
"""How many colours the style sheet has, `tint-0` and up."""


def tint(names: Iterable[str]) -> dict[str, int]:
    """Return a tint for each name: the one of its digest, or the next that is free."""
    given = dict[str, int]()
    for name in dict.fromkeys(names):
        first = crc32(name.encode())
        turns = [(first + step) % TINTS for step in range(TINTS)]
        given[name] = next((each for each in turns if each not in given.values()), turns[0])
    return given
