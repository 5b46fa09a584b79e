"""How fast a run goes, and when it will be done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from whosaid.types import Outcome, RunSummary, Seconds, StageTiming, Video

BRIDGED: Final[Seconds] = 5.0  # between two stages: that is the orchestration, and part of the work
FOUND: Final = 0.1  # of the computing that the costliest video took for its length: less, and it was found


@dataclass(frozen=True, slots=True)
class Pace:
    """The audio that was worked through and the time in which any of it was, apart from what was found."""

    audio: Seconds
    seconds: Seconds

    @property
    def speed(self) -> float:
        """Return the hours of audio done in an hour."""
        return self.audio / self.seconds if self.seconds else 0.0

    @property
    def real_time_factor(self) -> float:
        """Return the seconds that a second of audio takes."""
        return self.seconds / self.audio if self.audio else 0.0


@dataclass(frozen=True, slots=True)
class _Worked:
    """One video that is done."""

    audio: Seconds
    computing: Seconds
    spans: tuple[tuple[float, float], ...]  # in which it was worked on, as seconds of the calendar


@dataclass(slots=True)
class Progress:
    """The videos of a run as they end."""

    left: dict[str, Video]
    done: list[_Worked] = field(default_factory=list[_Worked])

    @classmethod
    def over(cls, videos: Iterable[Video]) -> Progress:
        """Return the progress of a run that has all of its videos before it."""
        return cls({each.id: each for each in videos})

    def add(self, outcome: Outcome, timings: Sequence[StageTiming]) -> None:
        """Enter how a video ended. One that failed or cannot be had says nothing of how long the others take."""
        self.left.pop(outcome.video.id, None)
        if outcome.receipt and outcome.receipt.duration:
            executed = [each for each in timings if not each.cached]
            computing = sum(each.computing for each in executed)
            self.done.append(_Worked(outcome.receipt.duration, computing, tuple(_unite(map(_span, executed)))))

    def pace(self) -> Pace:
        """Return how fast videos go that are not found in the cache."""
        most = max((each.computing / each.audio for each in self.done), default=0.0)
        worked = [each for each in self.done if each.computing / each.audio >= FOUND * most]
        spans = _unite(span for each in worked for span in each.spans)
        return Pace(sum(each.audio for each in worked), sum(end - start for start, end in spans))

    def time_left(self) -> Seconds | None:
        """Return the seconds that the videos take which are left, as if none were found; None before one is done.

        By their lengths where the listing knows them, else by the mean of those that are done.
        """
        if not self.done:
            return None
        mean = fmean(each.audio for each in self.done)
        return self.pace().real_time_factor * sum(each.duration or mean for each in self.left.values())


def pace_of(run: RunSummary) -> Pace:
    """Return how fast a run was, apart from what it found in the cache."""
    progress = Progress({})
    clocks = dict[str, list[StageTiming]]()
    for each in run.timings:
        clocks.setdefault(each.video_id, []).append(each)
    for outcome in run.outcomes:
        progress.add(outcome, clocks.get(outcome.video.id, ()))
    return progress.pace()


def _span(timing: StageTiming) -> tuple[float, float]:
    start = timing.started_at.timestamp()
    return start, start + timing.queued + timing.waited + timing.loading + timing.computing


def _unite(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans in order that do not overlap, and have more than a breath between them."""
    united = list[tuple[float, float]]()
    for start, end in sorted(spans):
        if united and start <= united[-1][1] + BRIDGED:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))
    return united
