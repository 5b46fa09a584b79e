"""When to leave a site alone: after so many refusals in a row (a circuit breaker)."""

from __future__ import annotations

import threading
from typing import Final

from whosaid.errors import BlockedError

LIMIT: Final = 5
"""Refusals in a row from which they are no accident."""


class Breaker:
    """Counts the refusals of a site in a row; may be told of them by many threads at once.

    Once open it stays open, whatever requests that were under way bring: how long to wait before the site is asked
    again is the archive's to say, which remembers earlier runs.
    """

    __slots__ = ("_limit", "_lock", "_reason", "_refusals")

    def __init__(self, limit: int = LIMIT) -> None:
        if limit < 1:
            raise ValueError(f"a breaker opens after one refusal or more, not {limit}")
        self._limit = limit
        self._lock = threading.Lock()
        self._refusals = 0
        self._reason = ""

    @property
    def open(self) -> bool:
        """Whether the site must not be asked any more."""
        return bool(self._reason)

    @property
    def reason(self) -> str:
        """Why, in one line; empty while closed."""
        return self._reason

    def passed(self) -> None:
        """Note that the site answered, whatever it said of the video: the refusals before it were no rule."""
        with self._lock:
            self._refusals = 0

    def refused(self, error: BlockedError) -> None:
        """Note that the site refused us."""
        with self._lock:
            self._refusals += 1
            if self._refusals >= self._limit and not self._reason:
                self._reason = f"{self._refusals} refusals in a row, the last: {error}"
