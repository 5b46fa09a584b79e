"""A run in simulated time: what the slots, the engines, the site and the orchestration let through. Pure.

Everything that waits in a run is a line here: the slots of the tags, the places of videos in flight and of those
checked ahead, the threads that an engine serves at once, the one door by which engines are loaded, and the two
processes that orchestrate, that of the run and that of its server, each of which does one thing after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from whosaid.planning.clock import Clock, Line, Process
from whosaid.planning.path import CHECK, CHECKED_AHEAD, PATH, Step
from whosaid.types import QueueUse, Seconds

IN_FLIGHT: Final = "videos in flight"
MOST: Final = 300
"""Videos that are simulated one by one; of more, the rest goes on as these did."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of each may be at work at once, and how often the site is asked."""

    videos_in_flight: int
    tags: Mapping[str, int]  # slots
    engines: Mapping[str, int]  # threads that one serves at once, by the profile's name for it
    requests_per_minute: int | None = None  # None: as often as anybody likes


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage takes for one recording: `constant` seconds, and `rate` for every second of it."""

    rate: float = 0.0
    constant: Seconds = 0.0
    ahead: float = 0.0  # share of it that is done before the stage stands in line

    def seconds(self, duration: Seconds) -> Seconds:
        """Return what the stage takes for a recording of so many seconds."""
        return self.constant + self.rate * duration

    def times(self, factor: float) -> Cost:
        """Return the cost of a stage that takes so many times as long."""
        return replace(self, rate=self.rate * factor, constant=self.constant * factor)


@dataclass(frozen=True, slots=True)
class Overhead:
    """What orchestration takes beside the stages, while nobody else is in the way."""

    video: Seconds = 0.0  # to begin the flow of a video
    before: Seconds = 0.0  # to begin a stage
    slot: Seconds = 0.0  # to be given a slot, where the stage has a tag
    after: Seconds = 0.0  # to end a stage and keep its result


@dataclass(frozen=True, slots=True)
class Costs:
    """What everything takes."""

    stages: Mapping[str, Cost]
    loading: Mapping[str, Seconds] = field(default_factory=dict[str, Seconds])  # of engines
    overhead: Overhead = Overhead()


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a simulated run went."""

    seconds: Seconds
    uses: tuple[QueueUse, ...]  # of the tags, of the places of videos and of the engines

    def use(self, name: str) -> QueueUse:
        """Return how the slots of one line were used."""
        return next(each for each in self.uses if each.tag == name)


def simulate(durations: Sequence[Seconds], limits: Limits, costs: Costs) -> Forecast:
    """Run the videos, in their order, through a pipeline of these limits."""
    first = durations[:MOST]
    if not first:
        return Forecast(0.0, ())
    forecast = _Run(limits, costs).simulate(first)
    return replace(forecast, seconds=forecast.seconds * sum(durations) / sum(first))


class _Run:
    __slots__ = (
        "_checking",
        "_clock",
        "_costs",
        "_engines",
        "_in_flight",
        "_loaded",
        "_loading",
        "_pace",
        "_processes",
        "_tags",
    )

    def __init__(self, limits: Limits, costs: Costs) -> None:
        self._clock = Clock()
        self._costs = costs
        self._checking = Line(self._clock, "checking", CHECKED_AHEAD)
        self._in_flight = Line(self._clock, IN_FLIGHT, limits.videos_in_flight)
        self._tags = self._lines(limits.tags)
        self._engines = self._lines(limits.engines)
        self._loading = Line(self._clock, "loading", 1)
        self._processes = Line(self._clock, "run", 1), Line(self._clock, "server", 1)
        self._loaded = set[str]()
        self._pace = _Pace(limits.requests_per_minute)

    def simulate(self, durations: Iterable[Seconds]) -> Forecast:
        for duration in durations:
            self._clock.resume(self._video(duration))
        self._clock.run()
        lines = (*self._tags.values(), self._in_flight, *self._engines.values())
        return Forecast(self._clock.now, tuple(line.use() for line in lines))

    def _lines(self, slots: Mapping[str, int]) -> dict[str, Line]:
        return {name: Line(self._clock, name, count) for name, count in slots.items()}

    def _video(self, duration: Seconds) -> Process:
        yield self._checking
        yield from self._step(CHECK, duration)
        yield self._in_flight
        self._checking.leave()
        yield from self._orchestrate(self._costs.overhead.video)
        for step in PATH:
            yield from self._step(step, duration)
        self._in_flight.leave()

    def _step(self, step: Step, duration: Seconds) -> Process:
        cost, overhead = self._costs.stages[step.stage], self._costs.overhead
        seconds = cost.seconds(duration)
        yield seconds * cost.ahead
        if step.tag:
            yield self._tags[step.tag]
        yield from self._orchestrate(overhead.before + bool(step.tag) * overhead.slot)
        yield from self._work(step, seconds * (1 - cost.ahead))
        yield from self._orchestrate(overhead.after)
        if step.tag:
            self._tags[step.tag].leave()

    def _orchestrate(self, seconds: Seconds) -> Process:
        """Pass through both processes; measured from outside, each is taken to have half of it."""
        for line in self._processes if seconds else ():
            yield line
            yield seconds / len(self._processes)
            line.leave()

    def _work(self, step: Step, seconds: Seconds) -> Process:
        for _ in range(step.asks):
            yield self._pace.delay(self._clock.now)
        if not step.engine:
            yield seconds
            return
        yield from self._load(step.engine)
        yield self._engines[step.engine]
        yield seconds
        self._engines[step.engine].leave()

    def _load(self, engine: str) -> Process:
        """Pass the door by which engines are loaded, one after the other; whoever comes first loads."""
        yield self._loading
        if engine not in self._loaded:
            self._loaded.add(engine)
            yield self._costs.loading.get(engine, 0.0)
        self._loading.leave()


class _Pace:
    """Requests evenly apart, and after a quiet minute as many at once: the rule of `media.pace`."""

    __slots__ = ("_apart", "_burst", "_next")

    def __init__(self, per_minute: int | None) -> None:
        self._apart: Seconds = 60 / per_minute if per_minute else 0.0
        self._burst: Seconds = 60 - self._apart if per_minute else 0.0
        self._next: Seconds = -self._burst

    def delay(self, now: Seconds) -> Seconds:
        """Return the seconds until the next free moment, and take it."""
        if not self._apart:
            return 0.0
        moment = max(self._next, now - self._burst)
        self._next = moment + self._apart
        return max(0.0, moment - now)
