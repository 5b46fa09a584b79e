"""Who waits for the slots of each tag and who holds them, from every change. Pure but for the clock it is given.

A change is entered as it happens, so that the figures are those of the whole time and not of some moments in it. The
curves are for the eye: of changes that fall close together only the last is kept, and the longer the run, the wider
apart its points are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Final

from whosaid.types import QueueReading, QueueUse, Seconds

MOST_POINTS: Final = 2000  # of one curve
FINEST: Final[Seconds] = 0.05  # between two points, before a curve is thinned


@dataclass(slots=True)
class _Line:
    """One tag: how many wait and run, and sums of time over all that was so before. Seconds are from the start."""

    slots: int
    waiting: int = 0
    running: int = 0
    peak: int = 0
    since: Seconds = 0.0  # of the last change
    taken: Seconds = 0.0  # slots taken, times how long
    full: Seconds = 0.0  # how long all slots were taken
    contended: Seconds = 0.0  # how long somebody waited while all were
    apart: Seconds = FINEST
    curve: dict[int, tuple[Seconds, int, int]] = field(default_factory=lambda: {0: (0.0, 0, 0)})

    def change(self, now: Seconds, waiting: int, running: int) -> None:
        """Add to those who wait and to those who run."""
        self.pass_time(now)
        self.waiting += waiting
        self.running += running
        self.peak = max(self.peak, self.waiting)
        self.mark(now)

    def pass_time(self, now: Seconds) -> None:
        """Add the time since the last change to the sums."""
        lasted, self.since = now - self.since, now
        self.taken += lasted * self.running
        if self.running >= self.slots:
            self.full += lasted
            self.contended += lasted if self.waiting else 0.0

    def mark(self, now: Seconds) -> None:
        """Enter the counts as a point of the curve, in place of one that lies close before it."""
        self.curve[int(now / self.apart)] = (now, self.waiting, self.running)
        while len(self.curve) > MOST_POINTS:
            self.apart *= 2
            self.curve = {int(point[0] / self.apart): point for point in self.curve.values()}

    def use(self, tag: str, now: Seconds) -> QueueUse:
        """Return the use of the slots from the start to now."""
        self.pass_time(now)
        whole = now or 1.0
        return QueueUse(
            tag, self.slots, self.peak, self.taken / self.slots / whole, self.full / whole, self.contended / whole
        )


class QueueLog:
    """The lines before the slots of some tags. May be used from several threads."""

    __slots__ = ("_clock", "_lines", "_lock", "_start", "_started_at")

    def __init__(
        self,
        limits: Mapping[str, int],
        clock: Callable[[], Seconds] = perf_counter,
        started_at: datetime | None = None,
    ) -> None:
        """Begin with nobody in line; `clock` counts seconds and never goes back."""
        self._clock, self._start = clock, clock()
        self._started_at = started_at or datetime.now(UTC)
        self._lines = {tag: _Line(slots) for tag, slots in sorted(limits.items())}
        self._lock = Lock()

    @contextmanager
    def waiting(self, tag: str) -> Generator[None]:
        """Stand in the line of a tag inside."""
        self._change(tag, 1, 0)
        try:
            yield
        finally:
            self._change(tag, -1, 0)

    @contextmanager
    def running(self, tag: str) -> Generator[None]:
        """Hold a slot of a tag inside."""
        self._change(tag, 0, 1)
        try:
            yield
        finally:
            self._change(tag, 0, -1)

    def now(self) -> tuple[QueueReading, ...]:
        """Return how many wait and run at this moment, in order of the tags."""
        with self._lock:
            at = self._at(self._clock() - self._start)
            return tuple(QueueReading(at, tag, it.waiting, it.running) for tag, it in self._lines.items())

    def uses(self) -> tuple[QueueUse, ...]:
        """Return the use of each tag's slots from the start to this moment, in order of the tags."""
        with self._lock:
            now = self._clock() - self._start
            return tuple(line.use(tag, now) for tag, line in self._lines.items())

    def readings(self) -> tuple[QueueReading, ...]:
        """Return the curves, in order of time: what a point says holds until the next one of its tag."""
        with self._lock:
            points = sorted(
                (when, tag, *counts) for tag, it in self._lines.items() for when, *counts in it.curve.values()
            )
        return tuple(QueueReading(self._at(when), tag, *counts) for when, tag, *counts in points)

    def slots(self, tag: str) -> int:
        """Return the number of slots of a tag."""
        return self._lines[tag].slots

    def _change(self, tag: str, waiting: int, running: int) -> None:
        with self._lock:
            self._lines[tag].change(self._clock() - self._start, waiting, running)

    def _at(self, seconds: Seconds) -> datetime:
        return self._started_at + timedelta(seconds=seconds)
