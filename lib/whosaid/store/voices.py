"""The voices of published recordings as they were heard, and the names that they are given afterwards.

What is read here needs no audio and no engine: every turn keeps its vector.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np
from pgvector.psycopg import register_vector
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Row, text

from whosaid.store.bulk import driver
from whosaid.store.catalogue import video_of
from whosaid.store.database import Database
from whosaid.store.reading import find_source
from whosaid.types import Diarization, Identity, Seconds, Span, Turn, Video, VoiceVectors

PAGE: Final = 20  # recordings; an hour of talk is about a megabyte of vectors

# A recording without vectors, silent or of short turns alone, goes with those of any model.
_HEARD: Final = text("""
    SELECT v.*, s.id AS source_id, s.duration_s AS heard_s, s.created_at AS published
    FROM sources s JOIN videos v ON v.id = s.id
    WHERE s.id > :after AND (CAST(:ids AS bigint[]) IS NULL OR s.id = ANY (CAST(:ids AS bigint[])))
      AND NOT EXISTS (SELECT FROM turns t WHERE t.source_id = s.id AND t.voice_model_key <> :model_key)
    ORDER BY s.id LIMIT :page
""")
_TURNS: Final = """
    SELECT source_id, start_s, end_s, label, voice
    FROM turns WHERE source_id = ANY (%s) AND layer = 'exclusive' ORDER BY source_id, ordinal
"""
_IDENTITIES: Final = text("""
    SELECT source_id, label, speaker, score, margin, voice
    FROM identities WHERE source_id = ANY (:ids) ORDER BY source_id, label
""")
_MODEL: Final = text("SELECT voice_model_key FROM turns WHERE source_id = :id AND voice IS NOT NULL LIMIT 1")
_OF_VOICE: Final = text("SELECT DISTINCT source_id FROM identities WHERE voice = :number")

_LOCK: Final = text("""
    SELECT s.created_at FROM videos v JOIN sources s ON s.id = v.id WHERE v.id = :id FOR UPDATE OF v
""")
_NAMED_BY: Final = text("UPDATE videos SET naming = :naming WHERE id = :id")
_NAMES: Final = """
    UPDATE {table} t SET speaker = n.speaker
    FROM unnest(CAST(:labels AS text[]), CAST(:speakers AS text[])) AS n (label, speaker)
    WHERE t.source_id = :id AND t.label = n.label AND t.speaker <> n.speaker
"""
_EVIDENCE: Final = text("""
    UPDATE identities t
    SET score = n.score, margin = n.margin, voice = CASE WHEN t.speaker = 'unknown' THEN t.voice END
    FROM unnest(CAST(:labels AS text[]), CAST(:scores AS double precision[]), CAST(:margins AS double precision[]))
         AS n (label, score, margin)
    WHERE t.source_id = :id AND t.label = n.label
""")
_NAMED: Final = tuple(text(_NAMES.format(table=table)) for table in ("identities", "turns", "utterances", "passages"))


@dataclass(frozen=True, slots=True, eq=False)
class HeardRecording:
    """A published recording and the voices in it."""

    key: int  # of its rows
    published: datetime  # tells one publication of the video from the next
    video: Video
    duration: Seconds
    diarization: Diarization  # one voice at a time
    voices: VoiceVectors  # one for each turn that is long enough
    identities: tuple[Identity, ...]  # as stored, in order of label
    numbers: tuple[int | None, ...]  # of the unknown voices among them
    naming: str  # fingerprint of what it was named by


def heard(database: Database, model_key: str) -> Generator[HeardRecording]:
    """Yield the recordings whose voices one model has heard, in order of their rows, a page a transaction."""
    yield from _paged(database, model_key, None)


def heard_in(database: Database, reference: str, model_key: str) -> HeardRecording | None:
    """Return the recording of a video by its id or address, None where another voice model heard it; ArchiveError."""
    with database.snapshot() as connection:
        source_id = find_source(connection, reference)
    return next(_paged(database, model_key, [source_id]), None)


def voice_model(database: Database, reference: str) -> str | None:
    """Return the voice model that heard the video of an id or address, None where it heard nobody; ArchiveError."""
    with database.snapshot() as connection:
        return connection.execute(_MODEL, {"id": find_source(connection, reference)}).scalar_one_or_none()


def heard_as(database: Database, number: int, model_key: str) -> tuple[HeardRecording, ...]:
    """Return the recordings in which an unknown voice of that number speaks."""
    with database.snapshot() as connection:
        ids = list(connection.execute(_OF_VOICE, {"number": number}).scalars())
    return tuple(_paged(database, model_key, ids))


def rename(database: Database, recording: HeardRecording, identities: Sequence[Identity], naming: str) -> bool:
    """Give the labels of a recording their speakers, in one transaction; False where it is another by now.

    A publication and this take turns by the row of the video, and the later publication stays as it is.
    """
    values: dict[str, Any] = {
        "id": recording.key,
        "labels": [each.label for each in identities],
        "speakers": [each.speaker for each in identities],
        "scores": [each.score for each in identities],
        "margins": [each.margin for each in identities],
        "naming": naming,
    }
    with database.begin() as connection:
        if connection.execute(_LOCK, {"id": recording.key}).scalar_one_or_none() != recording.published:
            return False
        for statement in (*_NAMED, _EVIDENCE, _NAMED_BY):
            connection.execute(statement, values)
    return True


def _paged(database: Database, model_key: str, ids: Sequence[int] | None) -> Generator[HeardRecording]:
    after = 0
    while True:
        with database.snapshot() as connection:
            page = _read(connection, {"after": after, "ids": ids, "model_key": model_key, "page": PAGE})
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].key


def _read(connection: Connection, values: dict[str, Any]) -> list[HeardRecording]:
    sources = connection.execute(_HEARD, values).all()
    ids = [source.source_id for source in sources]
    turns = _by_source(_vectors(connection, ids))
    identities = _by_source(connection.execute(_IDENTITIES, {"ids": ids}).all())
    return [
        _recording(source, turns.get(source.source_id, []), identities.get(source.source_id, []), values["model_key"])
        for source in sources
    ]


def _vectors(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Read the turns of recordings, their vectors in binary: as text they would take most of the time."""
    plain = driver(connection)
    register_vector(plain)
    with plain.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        return cursor.execute(_TURNS, (list(ids),)).fetchall()


def _by_source(rows: Sequence[Any]) -> dict[int, list[Any]]:
    return {source_id: list(of) for source_id, of in groupby(rows, key=attrgetter("source_id"))}


def _recording(source: Row[Any], turns: Sequence[Any], identities: Sequence[Any], model_key: str) -> HeardRecording:
    voiced = [row for row in turns if row.voice is not None]
    vectors = np.stack([row.voice.to_numpy() for row in voiced]) if voiced else np.zeros((0, 0), np.float32)
    return HeardRecording(
        key=source.source_id,
        published=source.published,
        video=video_of(source),
        duration=source.heard_s,
        diarization=Diarization(tuple(Turn(row.start_s, row.end_s, row.label) for row in turns)),
        voices=VoiceVectors(model_key, tuple(Span(row.start_s, row.end_s) for row in voiced), vectors),
        identities=tuple(Identity(row.label, row.speaker, row.score, row.margin) for row in identities),
        numbers=tuple(row.voice for row in identities),
        naming=source.naming or "",
    )
