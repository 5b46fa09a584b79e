"""Runs as they are remembered: outcomes and the clock of every stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from whosaid.store.bulk import copy_rows
from whosaid.store.database import Database, storable
from whosaid.store.run_tables import StageTimingRow
from whosaid.store.values import RunRecord
from whosaid.types import RunSummary, StageTiming, VideoState, Work

_START: Final = text("""
    INSERT INTO runs (id, source, profile, started_at) VALUES (:run_id, :source, :profile, :started_at)
    ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, seconds = NULL
""")
_FINISH: Final = text("""
    INSERT INTO runs (id, source, profile, started_at, seconds, done, failed, unavailable, engines_loaded)
    VALUES (:run_id, :source, :profile, :started_at, :seconds, :done, :failed, :unavailable, :engines)
    ON CONFLICT (id) DO UPDATE SET
        started_at = excluded.started_at, seconds = excluded.seconds, done = excluded.done,
        failed = excluded.failed, unavailable = excluded.unavailable, engines_loaded = excluded.engines_loaded
""")
_FORGET_TIMINGS: Final = text("DELETE FROM stage_timings WHERE run_id = :run_id")
_LAST: Final = text("""
    SELECT id, source, profile, started_at, seconds, done, failed, unavailable, engines_loaded
    FROM runs ORDER BY started_at DESC, id LIMIT :limit
""")
_TIMINGS: Final = text("""
    SELECT stage, video_id, started_at, queued_s, waited_s, loading_s, computing_s, cached, device,
           items, batches, tokens, flop
    FROM stage_timings WHERE run_id = :run_id ORDER BY started_at, id
""")


def start_run(database: Database, run_id: str, source: str, profile: str, started_at: datetime) -> None:
    """Note that a run has begun, or has begun again."""
    values = {"run_id": run_id, "source": storable(source), "profile": profile, "started_at": started_at}
    with database.begin() as connection:
        connection.execute(_START, values)


def finish_run(database: Database, summary: RunSummary) -> None:
    """Note how a run ended, with its stage clocks; noting it twice leaves one."""
    counts = Counter(outcome.state for outcome in summary.outcomes)
    values = {
        "run_id": summary.run_id,
        "source": storable(summary.source),
        "profile": summary.profile,
        "started_at": summary.started_at,
        "seconds": summary.seconds,
        "done": counts[VideoState.done],
        "failed": counts[VideoState.failed],
        "unavailable": counts[VideoState.unavailable],
        "engines": list(summary.engines_loaded),
    }
    with database.begin() as connection:
        connection.execute(_FINISH, values)
        _replace_timings(connection, summary.run_id, summary.timings)


def last_runs(database: Database, limit: int) -> tuple[RunRecord, ...]:
    """Return the last runs, newest first."""
    with database.begin() as connection:
        rows = connection.execute(_LAST, {"limit": limit})
        return tuple(RunRecord(*row[:-1], engines_loaded=tuple(row.engines_loaded)) for row in rows)


def timings(database: Database, run_id: str) -> tuple[StageTiming, ...]:
    """Return the stage clocks of a run in order of their start."""
    with database.begin() as connection:
        rows = connection.execute(_TIMINGS, {"run_id": run_id})
        return tuple(StageTiming(*row[:-4], work=Work(*row[-4:])) for row in rows)


def _replace_timings(connection: Connection, run_id: str, clocks: Iterable[StageTiming]) -> None:
    connection.execute(_FORGET_TIMINGS, {"run_id": run_id})
    columns = (
        *("run_id", "video_id", "stage", "started_at", "queued_s", "waited_s", "loading_s", "computing_s"),
        *("cached", "device", "items", "batches", "tokens", "flop"),
    )
    rows = (
        (
            *(run_id, it.video_id, it.stage, it.started_at, it.queued, it.waited, it.loading, it.computing),
            *(it.cached, it.device, it.work.items, it.work.batches, it.work.tokens, it.work.flop),
        )
        for it in clocks
    )
    copy_rows(connection, StageTimingRow, columns, rows)
