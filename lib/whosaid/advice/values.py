"""What rules give, and the words that they share."""

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


def say(share: float) -> str:
    """Return a share in words."""
    return f"{100 * share:.0f} %"


def advice(cause: str, seen: str, remedy: str, rule: str, gain: float | None = None) -> Advice:
    """Return an advice whose headline says what was seen, the remedy, and what it would bring."""
    expected = f"; expected {gain:.1f} times" if gain is not None and gain >= 1.05 else ""
    return Advice(cause, f"{seen}: {remedy}{expected}", f"{seen}. {rule}", remedy, gain)
