"""The catalogue: which videos there are, where each stands, and which are due.

A list of any length takes one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, TextClause, text

from whosaid.errors import WhosaidError
from whosaid.store.database import Database, one_line, storable
from whosaid.store.values import Standing
from whosaid.types import Unavailability, Unavailable, Video, VideoState

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_TRANSIENT: Final = (timedelta(minutes=5), _DAY)  # first wait, longest wait; doubled at each failure
_LASTING: Final = (_DAY, 30 * _DAY)

# When an unavailable video is looked at again, first and at the longest; the kinds not listed are final.
_RECHECK: Final = {
    Unavailability.upcoming: (_HOUR, _DAY),
    Unavailability.live: (_HOUR, _DAY),
    Unavailability.members_only: (7 * _DAY, 30 * _DAY),
    Unavailability.age_restricted: (7 * _DAY, 30 * _DAY),
}
_NEVER: Final = (None, None)

# Sorted, so that two runs that discover the same videos cannot lock them against each other.
_DISCOVER: Final = text("""
    INSERT INTO videos (kind, external_id, url, title, channel, published_at, duration_s)
    SELECT DISTINCT ON (kind, external_id) kind, external_id, url, title, channel, published_at, duration_s
    FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:urls AS text[]), CAST(:titles AS text[]),
                CAST(:channels AS text[]), CAST(:moments AS timestamptz[]), CAST(:durations AS double precision[]))
         AS listed (kind, external_id, url, title, channel, published_at, duration_s)
    ORDER BY kind, external_id
    ON CONFLICT (kind, external_id) DO UPDATE SET
        url = excluded.url, title = excluded.title, channel = excluded.channel,
        published_at = coalesce(excluded.published_at, videos.published_at),
        duration_s = coalesce(excluded.duration_s, videos.duration_s), updated_at = now()
    RETURNING xmax = 0 AS is_new
""")
_SETTLED: Final = text("""
    SELECT v.kind, v.external_id
    FROM videos v JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) AS listed (kind, external_id)
         USING (kind, external_id)
    WHERE v.state = 'done' AND v.fingerprint = :fingerprint AND v.naming = :naming
       OR v.state = 'failed' AND v.next_attempt_at > now()
       OR v.state = 'unavailable' AND (v.next_attempt_at IS NULL OR v.next_attempt_at > now())
""")
_HELD: Final = text("""
    SELECT v.kind, v.external_id
    FROM videos v JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) AS listed (kind, external_id)
         USING (kind, external_id)
    WHERE v.fingerprint IS NOT NULL
""")
# Waits double from one attempt to the next that ends the same way, and begin anew when it ends another way.
_UNAVAILABLE: Final = text("""
    INSERT INTO videos (kind, external_id, url, title, channel, published_at, duration_s, state, reason, attempts,
                        next_attempt_at)
    VALUES (:kind, :id, :url, :title, :channel, :moment, :duration, 'unavailable', :reason, 1,
            now() + CAST(:first AS interval))
    ON CONFLICT (kind, external_id) DO UPDATE SET
        state = 'unavailable', reason = excluded.reason, stage = '',
        attempts = 1 + CASE WHEN videos.state = 'unavailable' AND split_part(videos.reason, ':', 1) = :unavailability
                       THEN videos.attempts ELSE 0 END,
        next_attempt_at = now() + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2,
            CASE WHEN videos.state = 'unavailable' AND split_part(videos.reason, ':', 1) = :unavailability
            THEN least(videos.attempts, 20) ELSE 0 END)),
        updated_at = now()
""")
_FAILED: Final = text("""
    INSERT INTO videos (kind, external_id, url, title, channel, published_at, duration_s, state, reason, stage,
                        attempts, next_attempt_at)
    VALUES (:kind, :id, :url, :title, :channel, :moment, :duration, 'failed', :reason, :stage, 1,
            now() + CAST(:first AS interval))
    ON CONFLICT (kind, external_id) DO UPDATE SET
        state = 'failed', reason = excluded.reason, stage = excluded.stage,
        attempts = 1 + CASE WHEN videos.state = 'failed' THEN videos.attempts ELSE 0 END,
        next_attempt_at = now() + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2,
            CASE WHEN videos.state = 'failed' THEN least(videos.attempts, 20) ELSE 0 END)),
        updated_at = now()
""")
_STANDINGS: Final = text("""
    SELECT v.*
    FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) WITH ORDINALITY AS listed (kind, external_id, place)
         JOIN videos v USING (kind, external_id)
    ORDER BY place
""")


def discover(database: Database, videos: Sequence[Video]) -> int:
    """Add the videos that are new and refresh what is listed of the others; return how many are new."""
    values = _keys(videos) | {
        "urls": [storable(video.url) for video in videos],
        "titles": [storable(video.title) for video in videos],
        "channels": [storable(video.channel) for video in videos],
        "moments": [video.published_at for video in videos],
        "durations": [video.duration for video in videos],
    }
    with database.begin() as connection:
        return sum(connection.execute(_DISCOVER, values).scalars())


def due(database: Database, videos: Sequence[Video], fingerprint: str, naming: str) -> tuple[Video, ...]:
    """Return the videos that a run with these fingerprints has work for, each once, in order.

    Not due: done and named with the same fingerprints, finally unavailable, or to be tried again later. A video
    that is asked for by force does not go through here.
    """
    return _without(database, videos, _SETTLED, fingerprint=fingerprint, naming=naming)


def new_among(database: Database, videos: Sequence[Video]) -> tuple[Video, ...]:
    """Return the videos of which nothing was ever published, whatever became of attempts, each once, in order."""
    return _without(database, videos, _HELD)


def record_unavailable(database: Database, video: Video, unavailable: Unavailable) -> None:
    """Note that a video cannot be had and why; unless that is final it is looked at again, ever more rarely."""
    reason = storable(f"{unavailable.reason}: {unavailable.detail}")
    first, longest = _RECHECK.get(unavailable.reason, _NEVER)
    values = _columns(video) | {"reason": reason, "first": first, "longest": longest}
    values["unavailability"] = unavailable.reason.value
    with database.begin() as connection:
        connection.execute(_UNAVAILABLE, values)


def record_failure(database: Database, video: Video, stage: str, error: BaseException) -> None:
    """Note where and why a video failed; each failure in a row doubles the wait for the next attempt."""
    first, longest = _TRANSIENT if isinstance(error, WhosaidError) and error.transient else _LASTING
    reason = storable(f"{type(error).__name__}: {one_line(error)}")
    values = _columns(video) | {"reason": reason, "stage": stage, "first": first, "longest": longest}
    with database.begin() as connection:
        connection.execute(_FAILED, values)


def standings(database: Database, videos: Sequence[Video]) -> tuple[Standing, ...]:
    """Return where the videos stand that the catalogue knows, in order."""
    with database.begin() as connection:
        return tuple(_standing(row) for row in connection.execute(_STANDINGS, _keys(videos)))


def _without(database: Database, videos: Sequence[Video], leave_out: TextClause, **values: str) -> tuple[Video, ...]:
    """Return the videos that a statement does not find, each once, in order."""
    with database.begin() as connection:
        found = {(row.kind, row.external_id) for row in connection.execute(leave_out, _keys(videos) | values)}
    return tuple(video for video in dict.fromkeys(videos) if (video.kind, video.external_id) not in found)


def video_of(row: Row[Any]) -> Video:
    """Read the video of a row of `videos` or `sources`."""
    return Video(row.kind, row.external_id, row.url, row.title, row.channel, row.published_at, row.duration_s)


def _standing(row: Row[Any]) -> Standing:
    return Standing(video_of(row), VideoState(row.state), row.reason, row.stage, row.attempts, row.next_attempt_at)


def _keys(videos: Iterable[Video]) -> dict[str, list[Any]]:
    listed = list(videos)
    return {"kinds": [video.kind for video in listed], "ids": [video.external_id for video in listed]}


def _columns(video: Video) -> dict[str, Any]:
    return {
        "kind": video.kind,
        "id": video.external_id,
        "url": storable(video.url),
        "title": storable(video.title),
        "channel": storable(video.channel),
        "moment": video.published_at,
        "duration": video.duration,
    }
