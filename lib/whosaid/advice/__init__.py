"""What held a run back, and what to change: rules over its figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that held a run back."""

    cause: str  # its short name, such as "asr slots"
    headline: str  # what was seen and what to do about it, in one line
    evidence: str  # the figures, and the rule that they were judged by
    remedy: str
    gain: float | None = None  # how many times as fast the run is expected to be; None where that cannot be said
