"""Lists what there is to choose from: the videos of the archive, the names in it, and where a recording is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from whosaid.store.catalogue import video_of
from whosaid.store.database import Database, storable
from whosaid.store.reading import find_source
from whosaid.types import UNKNOWN, Audio, Video

_SPEAKERS: Final = text("SELECT DISTINCT speaker FROM passages WHERE speaker <> :unknown ORDER BY speaker")
_CHANNELS: Final = text("SELECT DISTINCT channel FROM sources WHERE channel <> '' ORDER BY channel")
_VIDEOS: Final = text("""
    WITH listed AS (SELECT *, coalesce(published_at, '-infinity') AS moment FROM sources)
    SELECT kind, external_id, url, title, channel, published_at, duration_s,
           ARRAY(SELECT DISTINCT speaker FROM identities i
                 WHERE i.source_id = s.id AND speaker <> :unknown ORDER BY speaker) AS speakers,
           (SELECT count(*) FROM identities i WHERE i.source_id = s.id AND speaker = :unknown) AS strangers
    FROM listed s
    WHERE (CAST(:channel AS text) IS NULL OR s.channel = :channel)
      AND (CAST(:after AS bigint) IS NULL
           OR (s.moment, s.id) < (SELECT a.moment, a.id FROM listed a WHERE a.id = :after))
    ORDER BY s.moment DESC, s.id DESC LIMIT :limit
""")
_AUDIO: Final = text("""
    SELECT r.audio_sha256, s.duration_s FROM sources s JOIN recordings r ON r.source_id = s.id WHERE s.id = :id
""")
_NUMBERS: Final = text("SELECT label, voice FROM identities WHERE source_id = :id AND voice IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a search can be narrowed to."""

    speakers: tuple[str, ...]  # those with a name
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedVideo:
    """A published video and who speaks in it."""

    video: Video  # its duration is that of the recording
    speakers: tuple[str, ...]
    strangers: int  # labels without a name


@dataclass(frozen=True, slots=True)
class Browser:
    """Lists an archive for people who look around in it; ArchiveError where Postgres fails."""

    database: Database

    def choices(self) -> Choices:
        """Return the names that the archive knows, in their order."""
        with self.database.snapshot() as connection:
            speakers = connection.execute(_SPEAKERS, {"unknown": UNKNOWN}).scalars()
            return Choices(tuple(speakers), tuple(connection.execute(_CHANNELS).scalars()))

    def videos(self, channel: str | None, after: str | None, limit: int) -> tuple[ListedVideo, ...]:
        """Return published videos, the newest first, from the one that follows `after`; NotFound without that one.

        Those whose date is not known come last.
        """
        with self.database.snapshot() as connection:
            place = None if after is None else find_source(connection, after)
            values = {"channel": channel and storable(channel), "after": place, "limit": limit, "unknown": UNKNOWN}
            rows = connection.execute(_VIDEOS, values)
            return tuple(ListedVideo(video_of(row), tuple(row.speakers), row.strangers) for row in rows)

    def audio(self, reference: str) -> Audio:
        """Return the recording of a video, named by its id or address; NotFound where there is none."""
        with self.database.snapshot() as connection:
            row = connection.execute(_AUDIO, {"id": find_source(connection, reference)}).one()
        return Audio(row.audio_sha256, row.duration_s)

    def voice_numbers(self, reference: str) -> dict[str, int]:
        """Return the numbers of the unknown voices of a video, by label; NotFound where there is no such video."""
        with self.database.snapshot() as connection:
            rows = connection.execute(_NUMBERS, {"id": find_source(connection, reference)})
            return {row.label: row.voice for row in rows}
