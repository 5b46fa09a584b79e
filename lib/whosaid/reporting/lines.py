"""What the log of a run says of a stage, and of how far the run is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from whosaid.formats import spell
from whosaid.types import Outcome, Seconds, StageTiming, VideoState

FEWEST: Final = 3
"""Videos that must have ended before the time left is worth saying."""


def tell_stage(clock: StageTiming) -> str:
    """Return what a stage took, such as "transcribe: 12.3 s on cuda, after 4.0 s in line"."""
    if clock.cached:
        return f"{clock.stage}: found"
    where = f" on {clock.device}" if clock.device else ""
    loading = f", loading {clock.loading:.1f} s" if clock.loading >= 0.05 else ""
    waited = clock.queued + clock.waited
    line = f", after {waited:.1f} s in line" if waited >= 0.05 else ""
    return f"{clock.stage}: {clock.computing:.1f} s{where}{loading}{line}"


def tell_progress(outcomes: Sequence[Outcome], total: int, elapsed: Seconds) -> str:
    """Return how far a run is: outcomes, speed, and the time that the rest takes at this pace."""
    counts = Counter(each.state for each in outcomes)
    said = ", ".join(f"{counts[state]} {state}" for state in reversed(VideoState) if counts[state])
    audio = sum(each.receipt.duration for each in outcomes if each.receipt)
    speed = f" · {audio / elapsed:.1f} hours of audio per hour" if audio and elapsed else ""
    rest = total - len(outcomes)
    left = f" · {spell(elapsed / len(outcomes) * rest)} left" if rest and len(outcomes) >= FEWEST else ""
    return f"{len(outcomes)} of {total}: {said}{speed}{left}" if outcomes else f"0 of {total}"
