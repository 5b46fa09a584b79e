"""What a stage takes for a second of audio: what runs are compared by, and what a plan is made from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from whosaid.types import RunSummary, Seconds, StageTiming, Work


@dataclass(frozen=True, slots=True)
class StageRate:
    """What a stage took in one run, over the videos that it was executed for and whose length is known."""

    run_id: str
    stage: str
    videos: int
    audio: Seconds  # of those videos
    queued: Seconds
    waited: Seconds
    loading: Seconds
    computing: Seconds
    work: Work
    device: str = ""

    @property
    def real_time_factor(self) -> float:
        """Return the seconds of computing for a second of audio."""
        return self.computing / self.audio if self.audio else 0.0


def rates_of(run: RunSummary) -> tuple[StageRate, ...]:
    """Return the rates of a run by stage, in order of first appearance."""
    lengths = {each.video.id: each.receipt.duration for each in run.outcomes if each.receipt}
    counted = [each for each in run.timings if not each.cached and each.video_id in lengths]
    stages = dict.fromkeys(each.stage for each in counted)
    return tuple(_rate(run.run_id, [each for each in counted if each.stage == name], lengths) for name in stages)


def _rate(run_id: str, timings: Sequence[StageTiming], lengths: Mapping[str, Seconds]) -> StageRate:
    videos = {each.video_id for each in timings}
    return StageRate(
        run_id=run_id,
        stage=timings[0].stage,
        videos=len(videos),
        audio=sum(lengths[video] for video in videos),
        queued=sum(each.queued for each in timings),
        waited=sum(each.waited for each in timings),
        loading=sum(each.loading for each in timings),
        computing=sum(each.computing for each in timings),
        work=_total([each.work for each in timings]),
        device=max(each.device for each in timings),
    )


def _total(works: Sequence[Work]) -> Work:
    return Work(
        sum(each.items for each in works),
        sum(each.batches for each in works),
        sum(each.tokens for each in works),
        sum(each.flop for each in works),
    )
