"""Runs found again, with what the archive holds of the videos that they published."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import RowMapping, text

from whosaid.errors import NotFound
from whosaid.store.database import Database, storable
from whosaid.store.runs import record
from whosaid.store.values import RunRecord
from whosaid.types import Outcome, Receipt, TranscriptOrigin, Video, VideoState

_FIND: Final = text("""
    SELECT id, source, profile, started_at, seconds, done, failed, unavailable, engines_loaded, audio_s, fingerprint,
           machine
    FROM runs WHERE starts_with(id, :reference) ORDER BY id <> :reference, started_at DESC, id LIMIT 6
""")
_PUBLISHED: Final = text("""
    SELECT s.kind, s.external_id, s.url, s.title, s.channel, s.published_at, s.duration_s, s.transcript_origin,
           (SELECT coalesce(sum(jsonb_array_length(words)), 0) FROM utterances WHERE source_id = s.id) AS words,
           (SELECT count(*) FROM turns WHERE source_id = s.id AND layer = 'exclusive') AS turns,
           (SELECT count(*) FROM passages WHERE source_id = s.id) AS passages,
           (SELECT count(*) FROM passage_embeddings e JOIN passages p ON p.id = e.passage_id
            WHERE p.source_id = s.id) AS embeddings
    FROM sources s
    WHERE s.kind || ':' || s.external_id IN (SELECT video_id FROM stage_timings WHERE run_id = :run_id)
    ORDER BY s.id
""")


def find_run(database: Database, reference: str) -> RunRecord:
    """Return the run whose id begins with a reference; NotFound where there is none, or more than one."""
    with database.begin() as connection:
        rows = connection.execute(_FIND, {"reference": storable(reference)}).mappings().all()
    if not rows:
        raise NotFound(f"the archive has no run {reference!r}: whosaid runs lists those it has")
    if len(rows) > 1 and rows[0]["id"] != reference:
        named = ", ".join(row["id"] for row in rows[:5])
        raise NotFound(f"several runs begin with {reference!r}: name one of {named}")
    return record(dict(rows[0]))


def published(database: Database, run_id: str) -> tuple[Outcome, ...]:
    """Return the videos that a run worked on and that are published, with what the archive holds of them now."""
    with database.begin() as connection:
        rows = connection.execute(_PUBLISHED, {"run_id": run_id}).mappings().all()
    return tuple(Outcome(_video(row), VideoState.done, receipt=_receipt(row)) for row in rows)


def _video(row: RowMapping) -> Video:
    told: Any = (row[name] for name in ("kind", "external_id", "url", "title", "channel", "published_at", "duration_s"))
    return Video(*told)


def _receipt(row: RowMapping) -> Receipt:
    counted: Any = (row[name] for name in ("words", "turns", "passages", "embeddings"))
    return Receipt(_video(row).id, row["duration_s"], *counted, origin=TranscriptOrigin(row["transcript_origin"]))
