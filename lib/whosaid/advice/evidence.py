"""What a run is judged by: clocks of the stages that ran, lines before their slots, readings of the GPUs. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean
from typing import Final

from whosaid.planning.path import CHECK, PATH
from whosaid.types import QueueUse, RunSummary, Seconds, StageTiming, Telemetry, TranscriptOrigin

STAGE_TAGS: Final[Mapping[str, str]] = {
    "read_captions": "download",
    **{step.stage: step.tag for step in (CHECK, *PATH) if step.tag},
}
"""The slots that a stage holds; the others hold none."""

_AHEAD: Final = CHECK.stage  # done for videos that wait for their turn


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figures of a run that rules look at."""

    seconds: Seconds
    timings: tuple[StageTiming, ...]  # of the stages that ran
    found: int  # stages whose results were there
    origins: tuple[TranscriptOrigin, ...]  # of the videos that were published
    engines: tuple[str, ...]  # as they were loaded
    telemetry: Telemetry

    @classmethod
    def of(cls, run: RunSummary) -> Evidence:
        """Return the evidence of a run."""
        origins = tuple(each.receipt.origin for each in run.outcomes if each.receipt)
        ran = tuple(each for each in run.timings if not each.cached)
        return cls(run.seconds, ran, len(run.timings) - len(ran), origins, run.engines_loaded, run.telemetry)

    @property
    def use(self) -> dict[str, QueueUse]:
        """Return the use of the slots by their tag."""
        return {each.tag: each for each in self.telemetry.uses}

    @property
    def worked(self) -> tuple[StageTiming, ...]:
        """Return the clocks of stages but those that look ahead at videos that are not yet in flight."""
        return tuple(each for each in self.timings if each.stage != _AHEAD)

    @property
    def videos(self) -> int:
        """Return how many videos something was done for."""
        return len({each.video_id for each in self.worked})

    @property
    def computing(self) -> Seconds:
        """Return the seconds of computing of all stages."""
        return sum(each.computing for each in self.timings)

    def of_stage(self, stage: str) -> tuple[StageTiming, ...]:
        """Return the clocks of one stage."""
        return tuple(each for each in self.timings if each.stage == stage)


def held(timing: StageTiming) -> Seconds:
    """Return the seconds that a stage had its slot: all but those in line for it."""
    return timing.waited + timing.loading + timing.computing


def in_flight(evidence: Evidence) -> tuple[int, float]:
    """Return how many videos were worked on at once, at most and on average over the run."""
    spans = _spans(evidence.worked)
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    running, most = 0, 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most, sum(end - start for start, end in spans) / max(evidence.seconds, 1e-9)


def _spans(timings: Iterable[StageTiming]) -> list[tuple[float, float]]:
    """Return when each video was begun and left, in seconds since the epoch."""
    moments = defaultdict[str, list[float]](list)
    for each in timings:
        end = each.started_at + timedelta(seconds=each.queued + held(each))
        moments[each.video_id] += [each.started_at.timestamp(), end.timestamp()]
    return [(min(each), max(each)) for each in moments.values()]


def gpu_busy(evidence: Evidence) -> float | None:
    """Return the mean utilisation of the GPU that was used most; None where no driver told it."""
    told = defaultdict[int, list[float]](list)
    for each in evidence.telemetry.gpus:
        if each.utilisation is not None:
            told[each.gpu].append(each.utilisation)
    return max(map(mean, told.values()), default=None)
