"""How often a site is asked, however many ask at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from whosaid import metrics
from whosaid.types import Seconds


class Pace:
    """Requests evenly apart, `per_minute` of them in a minute; after a quiet minute, as many at once.

    Each caller is given its own moment and sleeps until then outside the lock, first come, first served: the generic
    cell rate algorithm (ITU-T I.371). No limit where `per_minute` is None.
    """

    __slots__ = ("_apart", "_burst", "_clock", "_lock", "_next", "_sleep")

    def __init__(
        self,
        per_minute: int | None,
        clock: Callable[[], Seconds] = time.monotonic,
        sleep: Callable[[Seconds], object] = time.sleep,
    ) -> None:
        self._apart: Seconds = 60 / per_minute if per_minute else 0.0
        self._burst: Seconds = 60 - self._apart if per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: Seconds = clock() - self._burst

    def wait(self) -> None:
        """Return when it is this caller's turn; what it waits counts as waiting of the stage that runs."""
        if delay := self._take_turn():
            with metrics.waiting():
                self._sleep(delay)

    def _take_turn(self) -> Seconds:
        """Return the seconds until the next free moment, and take it."""
        if not self._apart:
            return 0.0
        with self._lock:
            now = self._clock()
            moment = max(self._next, now - self._burst)
            self._next = moment + self._apart
            return max(0.0, moment - now)
