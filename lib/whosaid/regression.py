"""What became slower: a run against the last ones that it can be compared with. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A stage that takes longer than it did in the last comparable runs."""

    stage: str
    ratio: float  # how many times as long
    before: float  # seconds for an hour of audio, the median of those runs
    now: float
    cause: str  # the likely one, with its figures
