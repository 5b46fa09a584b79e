"""What holds the videos of a run back: places to be checked and worked on, lines before slots, a site that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from flows.limits import Queues
from whosaid.errors import BlockedError
from whosaid.media.breaker import Breaker
from whosaid.profiles import Profile
from whosaid.types import StageTiming

CHECKED_AHEAD: Final = 20  # videos being checked, or checked and waiting for a place
ASKING: Final = ("check_access", "fetch_audio", "read_captions")  # the stages that ask the site


class Gates:
    """The gates of one run, shared by all of its videos."""

    __slots__ = ("_breakers", "answered", "checking", "in_flight", "queues")

    def __init__(self, profile: Profile) -> None:
        self.checking = asyncio.Semaphore(CHECKED_AHEAD)
        self.in_flight = asyncio.Semaphore(profile.videos_in_flight)
        self.queues = Queues(profile.limits)
        self.answered = False  # the site, at least once
        self._breakers = {stage: Breaker() for stage in ASKING}  # a site may answer checks and refuse downloads

    def passed(self, timings: Iterable[StageTiming]) -> None:
        """Note the stages that the site answered; what was found in the cache says nothing of it."""
        for each in timings:
            if each.stage in self._breakers and not each.cached:
                self._breakers[each.stage].passed()
                self.answered = True

    def refused(self, stage: str, error: BlockedError) -> None:
        """Note that the site refused us."""
        self._breakers[stage].refused(error)

    @property
    def refusal(self) -> str:
        """Why the site must not be asked any more; empty while it may be."""
        return next((each.reason for each in self._breakers.values() if each.open), "")
