"""Reads the archive: what it holds, and the transcript of a video."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, text
from sqlmodel import Session, col, select

from whosaid.errors import NotFound
from whosaid.store.catalogue import video_of
from whosaid.store.database import Database, storable
from whosaid.store.embeddings import models
from whosaid.store.runs import last_runs
from whosaid.store.tables import IdentityRow, Layer, TurnRow, UtteranceRow
from whosaid.store.values import SpeakerShare, Status, StoredTranscript, VideoCounts
from whosaid.types import Audio, Diarization, Identity, TranscriptOrigin, Turn, Utterance, VideoState, Word

_RUNS_SHOWN: Final = 5

_STATES: Final = text("SELECT state, count(*) AS videos FROM videos GROUP BY state")
_TOTALS: Final = text("""
    SELECT (SELECT coalesce(sum(duration_s), 0) / 3600.0 FROM sources) AS hours,
           (SELECT count(*) FROM passages) AS passages,
           (SELECT count(DISTINCT speaker_id) FROM voiceprints) AS enrolled
""")
_SPEAKERS: Final = text("""
    SELECT speaker, sum(end_s - start_s) AS speech, count(DISTINCT source_id)
    FROM utterances GROUP BY speaker ORDER BY speech DESC, speaker
""")
_FIND: Final = text("""
    SELECT v.kind || ':' || v.external_id AS video_id, v.id, v.state, v.reason, s.id AS source_id,
           kind || ':' || external_id = :reference AS exact
    FROM videos v LEFT JOIN sources s USING (id, kind, external_id)
    WHERE kind || ':' || external_id = :reference OR external_id = :reference OR v.url = :reference
       OR kind = 'file' AND regexp_replace(external_id, '^.*/|[.][^./]*$', '', 'g') = :reference
    ORDER BY exact DESC, video_id
""")
_SOURCE: Final = text("""
    SELECT v.*, s.duration_s AS heard_s, s.transcript_origin, r.audio_sha256, r.language
    FROM videos v JOIN sources s ON s.id = v.id JOIN recordings r ON r.source_id = s.id WHERE v.id = :id
""")


def status(database: Database) -> Status:
    """Return what the archive holds, counted now."""
    with database.snapshot() as connection:
        states: dict[str, int] = {row.state: row.videos for row in connection.execute(_STATES)}
        totals = connection.execute(_TOTALS).one()
        speakers = tuple(SpeakerShare(*row) for row in connection.execute(_SPEAKERS))
    videos = VideoCounts(**{state.value: states.get(state, 0) for state in VideoState})
    return Status(
        videos,
        totals.hours,
        totals.passages,
        models(database),
        speakers,
        totals.enrolled,
        last_runs(database, _RUNS_SHOWN),
    )


def transcript(database: Database, reference: str) -> StoredTranscript:
    """Return the transcript of a video, named by its id, the part after the colon, its address or its file's stem.

    NotFound where there is none, or more than one, or it is not published.
    """
    with database.snapshot() as connection:
        source_id = find_source(connection, reference)
        with Session(connection) as session:
            return _read(connection.execute(_SOURCE, {"id": source_id}).one(), session, source_id)


def find_source(connection: Connection, reference: str) -> int:
    """Return the row of the published video that goes by a reference; NotFound where it is not one."""
    rows = connection.execute(_FIND, {"reference": storable(reference)}).all()
    if not rows:
        raise NotFound(f"the archive has no video {reference!r}: whosaid search shows the ids of those it has")
    if len(rows) > 1 and not rows[0].exact:
        named = ", ".join(row.video_id for row in rows[:5])
        raise NotFound(f"{len(rows)} videos go by {reference!r}: name one of {named}")
    return _published(rows[0])


def _published(row: Row[Any]) -> int:
    if row.source_id is None:
        why = f", {row.reason}" if row.reason else ""
        raise NotFound(f"{row.video_id} has no transcript ({row.state}{why}): ingest it first")
    return row.source_id


def _read(source: Row[Any], session: Session, source_id: int) -> StoredTranscript:
    of_utterances = select(UtteranceRow).where(col(UtteranceRow.source_id) == source_id)
    of_turns = select(TurnRow).where(col(TurnRow.source_id) == source_id)
    of_identities = select(IdentityRow).where(col(IdentityRow.source_id) == source_id)
    return StoredTranscript(
        video=video_of(source),
        audio=Audio(source.audio_sha256, source.heard_s),
        language=source.language,
        origin=TranscriptOrigin(source.transcript_origin),
        utterances=tuple(map(_utterance, session.exec(of_utterances.order_by(col(UtteranceRow.ordinal))))),
        diarization=_diarization(session.exec(of_turns.order_by(col(TurnRow.ordinal)))),
        identities=tuple(map(_identity, session.exec(of_identities.order_by(col(IdentityRow.label))))),
    )


def _utterance(row: UtteranceRow) -> Utterance:
    return Utterance(row.start_s, row.end_s, row.label, row.speaker, tuple(Word(*word) for word in row.words))


def _diarization(rows: Iterable[TurnRow]) -> Diarization:
    turns: dict[str, list[Turn]] = {layer: [] for layer in Layer}
    for row in rows:
        turns[row.layer].append(Turn(row.start_s, row.end_s, row.label))
    return Diarization(tuple(turns[Layer.exclusive]), tuple(turns[Layer.heard]))


def _identity(row: IdentityRow) -> Identity:
    return Identity(row.label, row.speaker, row.score, row.margin)
