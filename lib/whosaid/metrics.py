"""Stage clocks, and what a run's figures say. Pure but for the clock of the stage that runs.

A stage runs inside `stopwatch()`; whoever makes it wait or loads a model for it notes that on the stopwatch
of the current context, so that no algorithm carries a timer.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from whosaid.types import RunSummary, Seconds, StageTiming, Work


@dataclass(slots=True)
class Stopwatch:
    """Seconds that the current stage spent waiting for an engine and loading it; what the engine did, and where."""

    waited: Seconds = 0.0
    loading: Seconds = 0.0
    device: str = ""
    work: Work = field(default_factory=Work)


_current: ContextVar[Stopwatch | None] = ContextVar("whosaid_stopwatch", default=None)


@contextmanager
def stopwatch() -> Generator[Stopwatch]:
    """Make a stopwatch that `waiting` and the notes below reach from the same context."""
    watch = Stopwatch()
    token = _current.set(watch)
    try:
        yield watch
    finally:
        _current.reset(token)


@contextmanager
def waiting() -> Generator[None]:
    """Count the time inside as waiting."""
    start = perf_counter()
    try:
        yield
    finally:
        if watch := _current.get():
            watch.waited += perf_counter() - start


def idled() -> Seconds:
    """Return the seconds of this context that were waiting and loading so far."""
    watch = _current.get()
    return watch.waited + watch.loading if watch else 0.0


def note_loading(seconds: Seconds) -> None:
    """Add the seconds of loading a model."""
    if watch := _current.get():
        watch.loading += seconds


def note_device(device: str) -> None:
    """Remember the device of the engine that the stage used last."""
    if watch := _current.get():
        watch.device = device


def note_work(*, items: int = 0, batches: int = 0, tokens: int = 0, flop: float = 0.0) -> None:
    """Add to what the stage has worked through."""
    if watch := _current.get():
        done = watch.work
        watch.work = Work(done.items + items, done.batches + batches, done.tokens + tokens, done.flop + flop)


@dataclass(frozen=True, slots=True)
class StageSummary:
    """What one stage took over a run."""

    stage: str
    executed: int
    cached: int
    queued: Seconds  # for slots
    waited: Seconds  # for engines
    loading: Seconds
    computing: Seconds
    share: float  # of the computing time of all stages
    real_time_factor: float | None  # computing over the audio worked on; None where no audio was
    device: str
    work: Work

    @property
    def items_per_second(self) -> float | None:
        """Return the words, windows or texts in a second of computing; None where the stage counts none."""
        return self.work.items / self.computing if self.work.items and self.computing else None

    @property
    def tokens_per_second(self) -> float | None:
        """Return the tokens of texts in a second of computing; None where the stage counts none."""
        return self.work.tokens / self.computing if self.work.tokens and self.computing else None


def stage_summaries(run: RunSummary) -> tuple[StageSummary, ...]:
    """Sum the clocks of a run by stage, in order of first appearance."""
    durations = {each.video.id: each.receipt.duration for each in run.outcomes if each.receipt}
    total = sum(each.computing for each in run.timings if not each.cached) or 1.0
    stages = dict.fromkeys(each.stage for each in run.timings)
    return tuple(
        _summarize(name, [each for each in run.timings if each.stage == name], durations, total) for name in stages
    )


def _summarize(
    stage: str, timings: Sequence[StageTiming], durations: Mapping[str, Seconds], total: Seconds
) -> StageSummary:
    executed = [each for each in timings if not each.cached]
    computing = sum(each.computing for each in executed)
    heard = [each for each in executed if each.video_id in durations]  # the others failed, at who knows which second
    audio = sum(durations[each.video_id] for each in heard)
    return StageSummary(
        stage=stage,
        executed=len(executed),
        cached=len(timings) - len(executed),
        queued=sum(each.queued for each in executed),
        waited=sum(each.waited for each in executed),
        loading=sum(each.loading for each in executed),
        computing=computing,
        share=computing / total,
        real_time_factor=sum(each.computing for each in heard) / audio if audio else None,
        device=next((each.device for each in executed if each.device), ""),
        work=Work(
            sum(each.work.items for each in executed),
            sum(each.work.batches for each in executed),
            sum(each.work.tokens for each in executed),
            sum(each.work.flop for each in executed),
        ),
    )
