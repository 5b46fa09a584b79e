"""Videos before anything of them is fetched, and whether they can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from whosaid.types.basics import Seconds


class Unavailability(StrEnum):
    """Why a video cannot be fetched; `final` ones are never checked again."""

    removed = "removed"
    private = "private"
    members_only = "members_only"
    upcoming = "upcoming"
    live = "live"
    age_restricted = "age_restricted"
    geo_restricted = "geo_restricted"

    @property
    def final(self) -> bool:
        return self in {Unavailability.removed, Unavailability.private, Unavailability.geo_restricted}


@dataclass(frozen=True, slots=True)
class Video:
    """An item of a source, before anything of it is fetched."""

    kind: str  # the site ("youtube"), "feed" or "file"
    external_id: str  # unique within its kind
    url: str
    title: str
    channel: str
    published_at: datetime | None = None
    duration: Seconds | None = None  # as the listing claims it

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.external_id}"

    @property
    def fingerprint(self) -> str:
        """What makes it this video: its identity, not the title or address that a site may change."""
        return self.id


@dataclass(frozen=True, slots=True)
class Accessible:
    """The answer of an access check: the video can be fetched."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The answer of an access check: the video cannot be fetched, and why."""

    reason: Unavailability
    detail: str


Access: TypeAlias = Accessible | Unavailable


class VideoState(StrEnum):
    """Where a video of the catalogue stands."""

    discovered = "discovered"
    unavailable = "unavailable"
    failed = "failed"
    done = "done"
