"""Which videos of a listing a run is for, before the archive says which of those are due. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from whosaid.errors import ConfigurationError
from whosaid.types import Seconds, Video

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as e:
        raise ValueError(f"{pattern!r} is no regular expression ({e})") from e
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Selection(BaseModel):
    """What a video has to be to be worked on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    newest_first: bool = Field(
        default=False, description="in order of their dates, those without one last; otherwise as the source lists them"
    )
    since: date | None = Field(default=None, description="published on this day or later")
    until: date | None = Field(default=None, description="published on this day or before")
    min_duration: Seconds | None = Field(default=None, ge=0, description="seconds; where the listing says how long")
    max_duration: Seconds | None = Field(default=None, gt=0, description="seconds; where the listing says how long")
    include: tuple[Pattern, ...] = Field(
        default=(), description="regular expressions, of which one has to be found in the title, whatever its case"
    )
    exclude: tuple[Pattern, ...] = Field(
        default=(), description="regular expressions, of which none may be found in the title, whatever its case"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}")
        if self.min_duration and self.max_duration and self.min_duration > self.max_duration:
            raise ValueError(f"min_duration {self.min_duration} is above max_duration {self.max_duration}")
        return self

    def choose(self, videos: Sequence[Video]) -> tuple[Video, ...]:
        """Return the videos that are asked for; ConfigurationError where a date is asked for that is not listed."""
        chosen = [video for video in videos if self._fits_title(video) and self._fits_duration(video)]
        if self.since or self.until:
            chosen = [video for video in chosen if self._fits_date(video)]
        if self.newest_first:
            chosen.sort(key=lambda video: video.published_at or _BEGINNING, reverse=True)
        return tuple(chosen)

    def _fits_title(self, video: Video) -> bool:
        def found(pattern: str) -> bool:
            return re.search(pattern, video.title, re.IGNORECASE) is not None

        return (not self.include or any(map(found, self.include))) and not any(map(found, self.exclude))

    def _fits_duration(self, video: Video) -> bool:
        if video.duration is None:
            return True
        return (self.min_duration or 0) <= video.duration <= (self.max_duration or float("inf"))

    def _fits_date(self, video: Video) -> bool:
        if video.published_at is None:
            raise ConfigurationError(
                f"{video.id} is listed without a date, so since and until cannot tell whether it is meant: "
                "leave them out, and take the first few with a limit"
            )
        day = video.published_at.date()
        return (self.since or date.min) <= day <= (self.until or date.max)
