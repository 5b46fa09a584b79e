"""Who is heard in the archive: the named speakers with their voiceprints, and the unknown voices with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from whosaid.store.catalogue import video_of
from whosaid.store.database import Database
from whosaid.types import UNKNOWN, Seconds, Vectors, Video

CLEAR: Final[Seconds] = 1.0  # shorter turns are too noisy to know a voice by
LEAST: Final[Seconds] = 4.0  # of clear turns, below which a voice gets no number: it would not be known again

_UNKNOWN: Final = text("""
    SELECT i.source_id, s.created_at AS published, i.label, i.voice AS number,
           sum(t.end_s - t.start_s) AS seconds, avg(t.voice)::real[] AS centroid
    FROM identities i JOIN sources s ON s.id = i.source_id
         JOIN turns t ON t.source_id = i.source_id AND t.label = i.label
    WHERE i.speaker = :unknown AND t.layer = 'exclusive' AND t.voice_model_key = :model_key
      AND t.end_s - t.start_s >= :clear
    GROUP BY i.source_id, s.created_at, i.label, i.voice HAVING sum(t.end_s - t.start_s) >= :least
    ORDER BY i.source_id, i.label
""")
_REMEMBERED: Final = text("SELECT number, centroid::real[] FROM unknown_voices WHERE model_key = :model_key")
_NEW: Final = text("""
    SELECT nextval(pg_get_serial_sequence('unknown_voices', 'number')) FROM generate_series(1, :count)
""")
_REMEMBER: Final = text("""
    INSERT INTO unknown_voices (number, model_key, centroid)
    SELECT number, :model_key, CAST(centroid AS vector)
    FROM unnest(CAST(:numbers AS integer[]), CAST(:centroids AS text[])) AS heard (number, centroid)
    ON CONFLICT (number) DO UPDATE SET centroid = excluded.centroid
""")
_MERGED: Final = text("DELETE FROM unknown_voices WHERE number = ANY (:numbers)")

# In the order in which a run that discovers videos locks them, so that the two cannot lock each other out.
_LOCK: Final = text("""
    SELECT id FROM videos WHERE id = ANY (:sources) ORDER BY kind, external_id FOR NO KEY UPDATE
""")
_WRITE: Final = text("""
    UPDATE identities i SET voice = n.number
    FROM unnest(CAST(:sources AS bigint[]), CAST(:moments AS timestamptz[]), CAST(:labels AS text[]),
                CAST(:numbers AS integer[])) AS n (source_id, published, label, number)
         JOIN sources s ON s.id = n.source_id AND s.created_at = n.published
    WHERE i.source_id = n.source_id AND i.label = n.label AND i.speaker = :unknown
      AND i.voice IS DISTINCT FROM n.number
""")
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtext('unknown voices'))")

_HEARD: Final = text("""
    WITH heard AS (
        SELECT t.source_id, t.start_s, t.end_s - t.start_s AS seconds, i.speaker, i.voice
        FROM turns t JOIN identities i ON i.source_id = t.source_id AND i.label = t.label WHERE t.layer = 'exclusive'
    ), longest AS (
        SELECT DISTINCT ON (speaker, voice) speaker, voice, source_id, start_s
        FROM heard ORDER BY speaker, voice, seconds DESC, source_id, start_s
    ), total AS (
        SELECT speaker, voice, sum(seconds) AS speech, count(DISTINCT source_id) AS videos
        FROM heard GROUP BY speaker, voice
    )
    SELECT total.speaker, total.voice, total.speech, total.videos, longest.start_s, v.*
    FROM total JOIN longest ON longest.speaker = total.speaker AND longest.voice IS NOT DISTINCT FROM total.voice
         JOIN videos v ON v.id = longest.source_id
    ORDER BY total.speech DESC, total.speaker, total.voice
""")
_ENROLMENTS: Final = text("""
    SELECT DISTINCT ON (s.name, v.model_key) s.name, v.model_key, v.version, v.windows, v.seconds, v.clips, v.created_at
    FROM voiceprints v JOIN speakers s ON s.id = v.speaker_id ORDER BY s.name, v.model_key, v.version DESC
""")
_FORGET: Final = text("""
    WITH gone AS (DELETE FROM speakers WHERE name = :speaker RETURNING id)
    SELECT count(*) FROM voiceprints v JOIN gone ON gone.id = v.speaker_id
""")
_MODELS: Final = text("""
    SELECT voice_model_key, count(DISTINCT source_id) AS videos FROM turns WHERE voice_model_key IS NOT NULL
    GROUP BY voice_model_key ORDER BY 2 DESC, 1
""")


@dataclass(frozen=True, slots=True, eq=False)
class UnknownVoices:
    """The labels of an archive that nobody is enrolled for and that are heard for long enough, as columns."""

    recordings: tuple[int, ...]  # keys
    published: tuple[datetime, ...]
    labels: tuple[str, ...]
    numbers: tuple[int | None, ...]  # that they have now
    seconds: NDArray[np.float64]  # (labels,)
    centroids: Vectors  # (labels, dimension)
    remembered: dict[int, Vectors]  # the voices that had a number at any time, (dimension,) each


@dataclass(frozen=True, slots=True, eq=False)
class NumberedVoices:
    """Which of the unknown labels are one voice, and the number of each voice; None for a new one."""

    voices: Sequence[int]  # of each label, counted from 0
    centroids: Vectors  # (voices, dimension)
    numbers: Sequence[int | None]  # of each voice


Linker: TypeAlias = Callable[[UnknownVoices], NumberedVoices]


@dataclass(frozen=True, slots=True)
class HeardVoice:
    """A speaker, or an unknown voice, as far as it is heard in the archive."""

    speaker: str
    number: int | None  # of an unknown voice; None too where it is heard too little to be known again
    speech: Seconds
    videos: int
    sample: Video  # with the longest turn
    moment: Seconds  # where that turn begins


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The voiceprint of a speaker that counts, by one voice model."""

    speaker: str
    model_key: str
    version: int
    windows: int
    seconds: Seconds
    clips: tuple[str, ...]
    created_at: datetime


def number_voices(database: Database, model_key: str, link: Linker) -> int:
    """Number the unknown voices as `link` says, one process at a time; return how many voices there are."""
    with database.begin() as connection:
        connection.execute(_ONE_AT_A_TIME)
        unknown = _read_unknown(connection, model_key)
        linked = link(unknown)
        numbers = _remember(connection, model_key, linked)
        merged = set(filter(None, unknown.numbers)) - set(numbers)
        connection.execute(_MERGED, {"numbers": sorted(merged)})
        _write_numbers(connection, unknown, [numbers[voice] for voice in linked.voices])
    return len(numbers)


def heard_voices(database: Database) -> tuple[HeardVoice, ...]:
    """Return who is heard in the archive, most speech first."""
    with database.begin() as connection:
        rows = connection.execute(_HEARD)
        return tuple(
            HeardVoice(row.speaker, row.voice, row.speech, row.videos, video_of(row), row.start_s) for row in rows
        )


def enrolments(database: Database) -> tuple[Enrolment, ...]:
    """Return the newest voiceprint of every speaker by every voice model, in order of name."""
    with database.begin() as connection:
        rows = connection.execute(_ENROLMENTS)
        return tuple(Enrolment(*row[:5], clips=tuple(row.clips), created_at=row.created_at) for row in rows)


def forget(database: Database, speaker: str) -> int:
    """Remove a speaker with all voiceprints; return how many those were."""
    with database.begin() as connection:
        return connection.execute(_FORGET, {"speaker": speaker}).scalar_one()


def voice_models(database: Database) -> dict[str, int]:
    """Return in how many recordings each voice model has heard voices, the most first."""
    with database.begin() as connection:
        return {row.voice_model_key: row.videos for row in connection.execute(_MODELS)}


def _read_unknown(connection: Connection, model_key: str) -> UnknownVoices:
    values = {"model_key": model_key, "unknown": UNKNOWN, "clear": CLEAR, "least": LEAST}
    rows = connection.execute(_UNKNOWN, values).all()
    known = connection.execute(_REMEMBERED, values)
    means = np.array([row.centroid for row in rows], np.float32) if rows else np.zeros((0, 0), np.float32)
    return UnknownVoices(
        recordings=tuple(row.source_id for row in rows),
        published=tuple(row.published for row in rows),
        labels=tuple(row.label for row in rows),
        numbers=tuple(row.number for row in rows),
        seconds=np.array([row.seconds for row in rows]),
        centroids=means / np.linalg.norm(means, axis=1, keepdims=True),
        remembered={number: np.array(centroid, np.float32) for number, centroid in known},
    )


def _remember(connection: Connection, model_key: str, linked: NumberedVoices) -> list[int]:
    """Keep what each voice is known by; return the numbers, with new ones where there was none."""
    new = connection.execute(_NEW, {"count": list(linked.numbers).count(None)}).scalars()
    numbers = [next(new) if number is None else number for number in linked.numbers]
    centroids = [str(centroid) for centroid in linked.centroids.tolist()]
    connection.execute(_REMEMBER, {"model_key": model_key, "numbers": numbers, "centroids": centroids})
    return numbers


def _write_numbers(connection: Connection, unknown: UnknownVoices, numbers: Sequence[int]) -> None:
    changed = [i for i, number in enumerate(numbers) if number != unknown.numbers[i]]
    values: dict[str, Any] = {
        "sources": [unknown.recordings[i] for i in changed],
        "moments": [unknown.published[i] for i in changed],
        "labels": [unknown.labels[i] for i in changed],
        "numbers": [numbers[i] for i in changed],
        "unknown": UNKNOWN,
    }
    connection.execute(_LOCK, values)
    connection.execute(_WRITE, values)
