"""What it means that a site refused: the video is not to be had, or nobody knows yet."""

from __future__ import annotations

import re
from typing import Final

from whosaid.types import Unavailability

_NO_ANSWER: Final = re.compile(r"try again later|temporar|timed out|HTTP Error (403|407|5\d\d)", re.IGNORECASE)
# What is said to one who asks too fast, or like a machine, whatever the video. A plain 403 may be of one file alone.
_BLOCKED: Final = re.compile(
    r"not a bot|anti-?bot|as a bot|captcha|rate.?limit|too many requests|unusual traffic|HTTP Error 429", re.IGNORECASE
)
_STATUS: Final = {
    401: Unavailability.private,
    404: Unavailability.removed,
    410: Unavailability.removed,
    451: Unavailability.geo_restricted,
}
# In this order: "Video unavailable" stands in front of many of the other reasons.
_TEXTS: Final = (
    (
        Unavailability.members_only,
        r"members[- ]only|available to this channel's members|join this channel|premium members",
    ),
    (Unavailability.private, r"private video|(video|it|this) is private"),
    (Unavailability.upcoming, r"(event|premiere) will begin|premieres in|scheduled to|has not (yet )?(started|aired)"),
    (Unavailability.live, r"is (currently )?live now|live event is|livestream is ongoing"),
    (Unavailability.age_restricted, r"confirm your age|age[- ]restricted|inappropriate for some users"),
    (Unavailability.geo_restricted, r"in your country|geo[- ]?restrict|from your location"),
    (
        Unavailability.removed,
        r"video (is )?(unavailable|not available)|(been|was) (removed|deleted)|no longer exists|account .*terminated",
    ),
)


class SiteError(Exception):
    """An answer of a site, or its silence, in place of what was asked for. Stays inside this package.

    `status` is the HTTP status, where one came; `unsupported` says that the page holds no media.
    """

    def __init__(self, text: str, *, status: int | None = None, unsupported: bool = False) -> None:
        super().__init__(" ".join(text.split())[:400])
        self.status = status
        self.unsupported = unsupported

    @property
    def blocked(self) -> bool:
        """Whether the site refuses us, rather than the video."""
        return self.status == 429 or bool(_BLOCKED.search(str(self)))

    @property
    def unavailability(self) -> Unavailability | None:
        """Why the video cannot be had; None where the refusal says nothing about the video."""
        if self.blocked or _NO_ANSWER.search(str(self)):
            return None
        if self.status is not None:
            return _STATUS.get(self.status)
        return next((reason for reason, text in _TEXTS if re.search(text, str(self), re.IGNORECASE)), None)

    @property
    def remedy(self) -> str:
        """What the reader can do about it."""
        if self.blocked:
            return "wait an hour, then run again with fewer requests a minute or with cookies of a signed-in browser"
        if re.search(r"sign in|HTTP Error 403", str(self), re.IGNORECASE):
            return "give cookies of a signed-in browser"
        if self.unsupported or self.status in _STATUS:
            return "check the address"
        return "check the address and the network, then run again"
