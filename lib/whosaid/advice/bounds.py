"""How long a run must take at least, by each of its limits, and what raising one would bring. Pure.

The asymptotic bounds of operational analysis (Denning and Buzen 1978, The Operational Analysis of Queueing Network
Models): with the work that was measured, a limit of m slots which are held for D seconds in all keeps a run for D/m.
The highest bound binds. A run that took longer than its highest bound is taken to do so after a change as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from whosaid.advice.evidence import STAGE_TAGS, Evidence, gpu_busy, held, in_flight
from whosaid.types import Seconds

VIDEOS: Final = "videos in flight"
PATH: Final = "the longest video"
DEVICE: Final = "the GPU"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least seconds of a run by limit, and the number of slots of those that can be raised."""

    seconds: Mapping[str, Seconds]
    slots: Mapping[str, int]

    def but(self, limit: str) -> Seconds:
        """Return the highest bound of all others."""
        return max((bound for name, bound in self.seconds.items() if name != limit), default=0.0)

    def raised(self, limit: str) -> tuple[int, float]:
        """Return to how many slots it pays to raise a limit, at most to twice as many, and how much faster that is."""
        now, slots = self.seconds[limit], self.slots[limit]
        wanted = ceil(now * slots / max(self.but(limit), 1e-9) - 1e-6)
        more = max(slots + 1, min(2 * slots, wanted))
        return more, self.gain({limit: now * slots / more})

    def gain(self, changed: Mapping[str, Seconds]) -> float:
        """Return how many times as fast a run is with other bounds."""
        after = {**self.seconds, **changed}
        return max(self.seconds.values()) / max(1e-9, *after.values())


def bounds_of(evidence: Evidence) -> Bounds:
    """Return the bounds of a run by the slots of each tag, the videos in flight, its longest video and the GPU."""
    work = _by_video(evidence)
    most, _ = in_flight(evidence)
    seconds = {tag: use.occupancy * evidence.seconds for tag, use in evidence.use.items()}
    seconds |= {VIDEOS: sum(work.values()) / max(1, most), PATH: max(work.values(), default=0.0)}
    if (busy := gpu_busy(evidence)) is not None:
        seconds[DEVICE] = busy * evidence.seconds
    return Bounds(seconds, {tag: use.slots for tag, use in evidence.use.items()} | {VIDEOS: max(1, most)})


def relieved(evidence: Evidence, bounds: Bounds, stage: str, saved: float) -> float:
    """Return how many times as fast a run is where one stage takes less by that share of its time."""
    spared = saved * sum(held(each) for each in evidence.of_stage(stage))
    tag = STAGE_TAGS.get(stage, "")
    places = [name for name in (tag, VIDEOS) if name in bounds.slots]
    changed = {name: max(0.0, bounds.seconds[name] - spared / bounds.slots[name]) for name in places}
    work = _by_video(evidence)
    for each in evidence.of_stage(stage):
        work[each.video_id] -= saved * held(each)
    return bounds.gain(changed | {PATH: max(work.values(), default=0.0)})


def _by_video(evidence: Evidence) -> dict[str, Seconds]:
    """Return how long each video was worked on, without its waits for slots."""
    work = defaultdict[str, Seconds](float)
    for each in evidence.worked:
        work[each.video_id] += held(each)
    return dict(work)
