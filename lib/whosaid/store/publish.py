"""Publishes a video: all of its rows replaced in one transaction, or none of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector.psycopg import register_vector
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from whosaid.errors import InvariantError
from whosaid.store.bulk import allocate, copy_rows, driver
from whosaid.store.database import Database, cause_of, one_line, storable
from whosaid.store.invariants import check_rows, check_values
from whosaid.store.tables import (
    IdentityRow,
    Layer,
    PassageEmbeddingRow,
    PassageRow,
    TurnRow,
    UtteranceRow,
)
from whosaid.types import UNKNOWN, Passage, Publication, Receipt, TranscriptOrigin, Turn, Utterance, Word

_CLAIM: Final = text("""
    INSERT INTO videos (kind, external_id, url, title, channel, published_at, duration_s, state, fingerprint,
                        naming)
    VALUES (:kind, :external_id, :url, :title, :channel, :published_at, :duration, 'done', :fingerprint, :naming)
    ON CONFLICT (kind, external_id) DO UPDATE SET
        url = excluded.url, title = excluded.title, channel = excluded.channel,
        published_at = coalesce(excluded.published_at, videos.published_at),
        duration_s = coalesce(excluded.duration_s, videos.duration_s),
        state = 'done', reason = '', stage = '', attempts = 0, next_attempt_at = NULL,
        fingerprint = excluded.fingerprint, naming = excluded.naming, updated_at = now()
    RETURNING id
""")
_CLEAR: Final = text("DELETE FROM sources WHERE id = :id")
_SOURCE: Final = text("""
    INSERT INTO sources (id, kind, external_id, url, title, channel, published_at, duration_s, transcript_origin,
                         fingerprint)
    SELECT id, kind, external_id, url, title, channel, published_at, :duration, :origin, fingerprint
    FROM videos WHERE id = :id
""")
_RECORDING: Final = text("INSERT INTO recordings (source_id, audio_sha256, language) VALUES (:id, :sha256, :language)")
_MODEL: Final = text("""
    INSERT INTO text_models (model_key, dimension) VALUES (:model_key, :dimension) ON CONFLICT DO NOTHING
""")
_SERVE_FIRST: Final = text("INSERT INTO serving_model (model_key) VALUES (:model_key) ON CONFLICT DO NOTHING")
_COUNT: Final = text("""
    SELECT s.kind || ':' || s.external_id AS video_id, s.duration_s AS duration, s.transcript_origin AS origin,
           (SELECT coalesce(sum(jsonb_array_length(words)), 0) FROM utterances WHERE source_id = s.id) AS words,
           (SELECT count(*) FROM turns WHERE source_id = s.id AND layer = 'exclusive') AS turns,
           (SELECT count(*) FROM passages WHERE source_id = s.id) AS passages,
           (SELECT count(*) FROM passage_embeddings e JOIN passages p ON p.id = e.passage_id
            WHERE p.source_id = s.id) AS embeddings
    FROM sources s WHERE s.id = :id
""")


def publish(database: Database, publication: Publication) -> Receipt:
    """Replace all rows of the video by those of the publication and mark it done, in one transaction.

    InvariantError where the publication contradicts itself or the vectors already there; the old rows stay.
    """
    check_values(publication)
    with database.begin() as connection, _refused(publication):
        source_id = _claim(connection, publication)
        _write(connection, source_id, publication)
        check_rows(connection, source_id, publication)
        return _count(connection, source_id)


@contextmanager
def _refused(publication: Publication) -> Generator[None]:
    """Say which video the database refused, where the constraints of its tables did."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as e:
        cause = cause_of(e)
        if not isinstance(cause, psycopg.IntegrityError | psycopg.DataError):
            raise
        raise InvariantError(
            f"{publication.video.id} is not published ({one_line(cause)}): report this as a bug"
        ) from e


def _claim(connection: Connection, publication: Publication) -> int:
    """Mark the video done and lock its row, so that two publications of one video follow each other."""
    video = publication.video
    values = {
        "kind": video.kind,
        "external_id": video.external_id,
        "url": storable(video.url),
        "title": storable(video.title),
        "channel": storable(video.channel),
        "published_at": video.published_at,
        "duration": video.duration,
        "fingerprint": publication.fingerprint,
        "naming": publication.naming,
    }
    return connection.execute(_CLAIM, values).scalar_one()


def _write(connection: Connection, source_id: int, publication: Publication) -> None:
    register_vector(driver(connection))
    _replace_source(connection, source_id, publication)
    _write_turns(connection, source_id, publication)
    _write_utterances(connection, source_id, publication.utterances)
    ids = allocate(connection, PassageRow, len(publication.passages))
    _write_passages(connection, source_id, zip(ids, publication.passages, strict=True), publication.transcript.language)
    _write_embeddings(connection, zip(ids, publication.embeddings.vectors, strict=True), publication)


def _replace_source(connection: Connection, source_id: int, publication: Publication) -> None:
    transcript, audio = publication.transcript, publication.audio
    connection.execute(_CLEAR, {"id": source_id})
    connection.execute(_SOURCE, {"id": source_id, "duration": audio.duration, "origin": transcript.origin})
    connection.execute(_RECORDING, {"id": source_id, "sha256": audio.sha256, "language": transcript.language})
    columns = ("source_id", "label", "speaker", "score", "margin")
    rows = ((source_id, who.label, who.speaker, who.score, who.margin) for who in publication.identities)
    copy_rows(connection, IdentityRow, columns, rows)


def _write_turns(connection: Connection, source_id: int, publication: Publication) -> None:
    diarization = publication.diarization
    voices = publication.voices.averaged(diarization.turns)
    speakers = {who.label: who.speaker for who in publication.identities}
    vectors = {span.start: vector for span, vector in zip(voices.spans, voices.vectors, strict=True)}

    def row(layer: Layer, i: int, turn: Turn, vector: NDArray[np.float32] | None) -> tuple[object, ...]:
        speaker = speakers.get(turn.label, UNKNOWN)
        voice = (None, None) if vector is None else (voices.model_key, vector)
        return (source_id, layer.value, i, turn.start, turn.end, turn.label, speaker, *voice)

    exclusive = (row(Layer.exclusive, i, turn, vectors.get(turn.start)) for i, turn in enumerate(diarization.turns))
    heard = (row(Layer.heard, i, turn, None) for i, turn in enumerate(diarization.overlapping))
    columns = ("source_id", "layer", "ordinal", "start_s", "end_s", "label", "speaker", "voice_model_key", "voice")
    copy_rows(connection, TurnRow, columns, (*exclusive, *heard))


def _write_utterances(connection: Connection, source_id: int, utterances: Iterable[Utterance]) -> None:
    columns = ("source_id", "ordinal", "start_s", "end_s", "label", "speaker", "words")
    rows = (
        (source_id, i, said.start, said.end, said.label, said.speaker, _words(said.words))
        for i, said in enumerate(utterances)
    )
    copy_rows(connection, UtteranceRow, columns, rows)


def _write_passages(
    connection: Connection, source_id: int, passages: Iterable[tuple[int, Passage]], language: str
) -> None:
    columns = ("id", "source_id", "ordinal", "start_s", "end_s", "label", "speaker", "text", "words", "language")
    rows = (
        (id_, source_id, i, cut.start, cut.end, cut.label, cut.speaker, cut.text, _words(cut.words), language)
        for i, (id_, cut) in enumerate(passages)
    )
    copy_rows(connection, PassageRow, columns, rows)


def _write_embeddings(connection: Connection, vectors: Iterable[tuple[int, object]], publication: Publication) -> None:
    if not publication.passages:
        return
    embeddings = publication.embeddings
    values = {"model_key": embeddings.model_key, "dimension": embeddings.vectors.shape[1]}
    connection.execute(_MODEL, values)
    connection.execute(_SERVE_FIRST, values)
    columns = ("model_key", "passage_id", "embedding")
    rows = ((embeddings.model_key, id_, vector) for id_, vector in vectors)
    copy_rows(connection, PassageEmbeddingRow, columns, rows)


def _words(words: Iterable[Word]) -> Jsonb:
    return Jsonb([[word.start, word.end, word.text, word.probability, word.overlapped] for word in words])


def _count(connection: Connection, source_id: int) -> Receipt:
    counts = dict(connection.execute(_COUNT, {"id": source_id}).mappings().one())
    origin = TranscriptOrigin(counts.pop("origin"))
    return Receipt(**counts, origin=origin)
