"""Simulated time: processes that let it pass and stand in lines. Discrete events, no threads, no chance."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush
from typing import TypeAlias

from whosaid.types import QueueUse, Seconds

Process: TypeAlias = "Generator[Seconds | Line, None, None]"
"""Yields seconds to pass, or a line to stand in until a slot of it is its own."""


class Clock:
    """The moment that it is, and what happens next; events of the same moment in the order they were asked for."""

    __slots__ = ("_agenda", "_events", "now")

    def __init__(self) -> None:
        self.now: Seconds = 0.0
        self._agenda: list[tuple[Seconds, int, Process]] = []
        self._events = 0

    def resume(self, process: Process, after: Seconds = 0.0) -> None:
        """Let a process begin or go on after so many seconds."""
        self._events += 1
        heappush(self._agenda, (self.now + after, self._events, process))

    def run(self) -> None:
        """Let time pass until nothing is left to happen."""
        while self._agenda:
            self.now, _, process = heappop(self._agenda)
            self._advance(process)

    def _advance(self, process: Process) -> None:
        for wish in process:
            if isinstance(wish, Line):
                if not wish.enter(process):
                    return
            elif wish:
                self.resume(process, wish)
                return


class Line:
    """A number of slots and the line before them, first come, first served."""

    __slots__ = ("_busy", "_clock", "_contended", "_full", "_since", "_taken", "_waiting", "name", "peak", "slots")

    def __init__(self, clock: Clock, name: str, slots: int) -> None:
        self.name = name
        self.slots = slots
        self.peak = 0  # of those that waited
        self._clock = clock
        self._taken = 0
        self._waiting: deque[Process] = deque()
        self._since: Seconds = 0.0
        self._busy: Seconds = 0.0  # slot-seconds
        self._full: Seconds = 0.0
        self._contended: Seconds = 0.0

    def enter(self, process: Process) -> bool:
        """Take a slot, or stand in line and return False."""
        self._note()
        if self._taken < self.slots:
            self._taken += 1
            return True
        self._waiting.append(process)
        self.peak = max(self.peak, len(self._waiting))
        return False

    def leave(self) -> None:
        """Give the slot to the first in line, or back."""
        self._note()
        if self._waiting:
            self._clock.resume(self._waiting.popleft())
        else:
            self._taken -= 1

    def use(self) -> QueueUse:
        """Return how the slots were used until now."""
        self._note()
        whole = self._clock.now or 1.0
        shares = self._busy / (whole * self.slots), self._full / whole, self._contended / whole
        return QueueUse(self.name, self.slots, self.peak, *shares)

    def _note(self) -> None:
        passed = self._clock.now - self._since
        self._since = self._clock.now
        self._busy += passed * self._taken
        if self._taken == self.slots:
            self._full += passed
            self._contended += passed * bool(self._waiting)
