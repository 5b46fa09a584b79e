"""What a timeline draws: a strip for each video, made of the bars of its stages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from whosaid.types import Outcome, RunSummary, Seconds, StageTiming

THINNEST: Final = 0.3
"""Pixels: a bar that is thinner is drawn only where it is much of what its video took."""

_MUCH: Final = 0.05
_ROUNDING: Final[Seconds] = 0.001
_AHEAD: Final = "check_access"  # asked long before the video has its turn


class Kind(StrEnum):
    """What a stage did in a stretch of time."""

    waiting = "waiting"
    loading = "loading"
    computing = "computing"


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time of one stage; in seconds from the beginning of the run."""

    stage: str
    kind: Kind
    begin: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True)
class Strip:
    """A video with its bars, in order of time."""

    outcome: Outcome
    bars: tuple[Bar, ...]

    @property
    def begin(self) -> Seconds:
        return min(each.begin for each in self.bars)

    @property
    def end(self) -> Seconds:
        return max(each.end for each in self.bars)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Strips in the order of their turns, each with the lane that it lies in."""

    strips: tuple[Strip, ...]
    lanes: tuple[int, ...]

    @property
    def height(self) -> int:
        """Return the number of lanes."""
        return max(self.lanes, default=-1) + 1


def lay_strips(run: RunSummary, most: int) -> Timeline:
    """Return a strip for each video that had its turn; what was found is not drawn.

    Up to `most` of them have a lane each; more than that share lanes, each taking the first that is free.
    """
    clocks = defaultdict[str, list[StageTiming]](list)
    for each in run.timings:
        if not each.cached:
            clocks[each.video_id].append(each)
    found = (Strip(it, _bars(clocks[it.video.id], run.started_at)) for it in run.outcomes)
    strips = sorted((strip for strip in found if strip.bars), key=lambda strip: strip.begin)
    return Timeline(tuple(strips), tuple(range(len(strips)) if len(strips) <= most else _pack(strips)))


def visible(strip: Strip, pixels: float) -> tuple[Bar, ...]:
    """Return the bars that can be seen, where a second is so many pixels wide."""
    least = min(THINNEST / pixels, _MUCH * sum(each.end - each.begin for each in strip.bars))
    return tuple(each for each in strip.bars if each.end - each.begin >= least)


def _pack(strips: Sequence[Strip]) -> Iterator[int]:
    ends = list[Seconds]()
    for strip in strips:
        lane = next((number for number, end in enumerate(ends) if end <= strip.begin + _ROUNDING), len(ends))
        ends[lane : lane + 1] = [strip.end]
        yield lane


def _bars(clocks: Sequence[StageTiming], started_at: datetime) -> tuple[Bar, ...]:
    """Return the bars of a video from its turn on; none where it had no turn."""
    worked = (each for each in clocks if each.stage != _AHEAD)
    return tuple(bar for each in worked for bar in _stretches(each, (each.started_at - started_at).total_seconds()))


def _stretches(clock: StageTiming, begin: Seconds) -> Iterator[Bar]:
    parts = (
        (Kind.waiting, clock.queued + clock.waited),
        (Kind.loading, clock.loading),
        (Kind.computing, clock.computing),
    )
    for kind, seconds in parts:
        if seconds > 0:
            yield Bar(clock.stage, kind, begin, begin + seconds)
            begin += seconds
