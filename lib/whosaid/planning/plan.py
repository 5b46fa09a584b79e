"""How long so many hours of video take, what binds, and what would help most. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from whosaid.planning.limits import Limit, changed, slots_of, slowed
from whosaid.planning.published import Figure
from whosaid.planning.simulation import Costs, Forecast, Limits, Overhead, simulate
from whosaid.types import Seconds

_WORTH: Final = 1.03  # times as fast; less is no help
_ENOUGH: Final = 0.97  # of what doubling a limit brings
_TRIALS: Final = 4
_SAMPLE: Final = 100  # videos, by which limits are compared


@dataclass(frozen=True, slots=True)
class Workload:
    """What is to be ingested: so many videos, each of the same length, of so many hours in all."""

    videos: int
    hours: float

    @property
    def durations(self) -> tuple[Seconds, ...]:
        """The length of every video."""
        return (self.hours * 3600 / self.videos,) * self.videos


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan is made from: what stages take, as found with the limits of `measured`."""

    figures: Mapping[str, Figure]
    measured: Limits
    share: float  # of the device that one worker keeps busy
    overhead: Overhead
    loading: Mapping[str, Seconds] = field(default_factory=dict[str, Seconds])

    def costs(self, limits: Limits) -> Costs:
        """Return what everything takes with these limits."""
        stages = {stage: figure.cost for stage, figure in self.figures.items()}
        return Costs(slowed(stages, self.measured, limits, self.share), self.loading, self.overhead)


@dataclass(frozen=True, slots=True)
class Gain:
    """The limit that binds: raised to so many, a run is so many times as fast."""

    limit: Limit
    present: int
    raised: int
    times: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run of a workload is expected to go."""

    workload: Workload
    limits: Limits
    forecast: Forecast
    gain: Gain | None  # None where no single limit would help

    @property
    def speed(self) -> float:
        """Return the hours of audio done in an hour."""
        return self.workload.hours * 3600 / self.forecast.seconds


def make_plan(workload: Workload, limits: Limits, basis: Basis) -> Plan:
    """Simulate the workload, then once more with each limit doubled to see which one binds."""
    return Plan(workload, limits, _simulate(workload, limits, basis), _find_gain(workload, limits, basis))


def _simulate(workload: Workload, limits: Limits, basis: Basis) -> Forecast:
    return simulate(workload.durations, limits, basis.costs(limits))


def _find_gain(whole: Workload, limits: Limits, basis: Basis) -> Gain | None:
    videos = min(whole.videos, _SAMPLE)
    workload = Workload(videos, whole.hours * videos / whole.videos)
    present = _simulate(workload, limits, basis).seconds
    doubled = [_gain(workload, limits, basis, limit, 2 * slots, present) for limit, slots in slots_of(limits).items()]
    best = max(doubled, key=lambda gain: gain.times)
    return _least(workload, limits, basis, best, present) if best.times >= _WORTH else None


def _gain(workload: Workload, limits: Limits, basis: Basis, limit: Limit, raised: int, present: Seconds) -> Gain:
    after = _simulate(workload, changed(limits, limit, raised), basis).seconds
    return Gain(limit, slots_of(limits)[limit], raised, present / after)


def _least(workload: Workload, limits: Limits, basis: Basis, best: Gain, present: Seconds) -> Gain:
    """Return the smallest rise that brings nearly as much as doubling."""
    step = max(1, best.present // _TRIALS)
    trials = (
        _gain(workload, limits, basis, best.limit, raised, present)
        for raised in range(best.present + step, best.raised, step)
    )
    enough = 1 + (best.times - 1) * _ENOUGH
    return next((trial for trial in trials if trial.times >= enough), best)
