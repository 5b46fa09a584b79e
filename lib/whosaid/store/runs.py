"""Runs as they are remembered: outcomes, the clock of every stage, what GPUs and queues did meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from whosaid.store.bulk import copy_rows
from whosaid.store.database import Database, storable
from whosaid.store.run_tables import GpuReadingRow, QueueReadingRow, QueueUseRow, StageTimingRow
from whosaid.store.values import RunRecord
from whosaid.types import (
    GpuReading,
    Outcome,
    QueueReading,
    QueueUse,
    RunSummary,
    StageTiming,
    Telemetry,
    VideoState,
    Work,
)

_START: Final = text("""
    INSERT INTO runs (id, source, profile, started_at) VALUES (:run_id, :source, :profile, :started_at)
    ON CONFLICT (id) DO UPDATE SET
        started_at = excluded.started_at, seconds = NULL, done = 0, failed = 0, unavailable = 0, audio_s = 0,
        engines_loaded = '{}', troubles = '{}'
""")
_ADD: Final = text("""
    UPDATE runs SET done = done + :done, failed = failed + :failed, unavailable = unavailable + :unavailable,
                    audio_s = audio_s + :audio
    WHERE id = :run_id
""")
_FINISH: Final = text("""
    INSERT INTO runs (id, source, profile, started_at, seconds, done, failed, unavailable, engines_loaded, audio_s,
                      fingerprint, machine, troubles)
    VALUES (:run_id, :source, :profile, :started_at, :seconds, :done, :failed, :unavailable, :engines, :audio,
            :fingerprint, :machine, :troubles)
    ON CONFLICT (id) DO UPDATE SET
        started_at = excluded.started_at, seconds = excluded.seconds, done = excluded.done,
        failed = excluded.failed, unavailable = excluded.unavailable, engines_loaded = excluded.engines_loaded,
        audio_s = excluded.audio_s, fingerprint = excluded.fingerprint, machine = excluded.machine,
        troubles = excluded.troubles
""")
_FORGET: Final = tuple(
    text(f"DELETE FROM {table} WHERE run_id = :run_id")  # noqa: S608 - names of our own tables
    for table in ("stage_timings", "gpu_readings", "queue_readings", "queue_uses")
)
_LAST: Final = text("""
    SELECT id, source, profile, started_at, seconds, done, failed, unavailable, engines_loaded, audio_s, fingerprint,
           machine
    FROM runs ORDER BY started_at DESC, id LIMIT :limit
""")

_TIMING: Final = (
    *("video_id", "stage", "started_at", "queued_s", "waited_s", "loading_s", "computing_s", "cached", "device"),
    *("items", "batches", "tokens", "flop"),
)
_GPU: Final = (
    *("at", "gpu", "utilisation", "memory_utilisation", "memory_used", "memory_total", "temperature", "power"),
    *("clock", "throttled"),
)
_QUEUE: Final = ("at", "tag", "waiting", "running")
_USE: Final = ("tag", "slots", "peak", "occupancy", "saturated", "contended")
_TROUBLES: Final = text("SELECT troubles FROM runs WHERE id = :run_id")


def start_run(database: Database, run_id: str, source: str, profile: str, started_at: datetime) -> None:
    """Note that a run has begun, or has begun again."""
    values = {"run_id": run_id, "source": storable(source), "profile": profile, "started_at": started_at}
    with database.begin() as connection:
        connection.execute(_START, values)
        _forget(connection, run_id)


def add_outcome(database: Database, run_id: str, outcome: Outcome, clocks: Sequence[StageTiming]) -> None:
    """Note how one video of a run that goes on has ended, so that it is known of a run that is killed."""
    with database.begin() as connection:
        connection.execute(_ADD, {"run_id": run_id, **_counts((outcome,))})
        _copy_timings(connection, run_id, clocks)


def finish_run(database: Database, summary: RunSummary) -> None:
    """Note how a run ended, with all that is known of it; noting it twice leaves one."""
    values = {
        "run_id": summary.run_id,
        "source": storable(summary.source),
        "profile": summary.profile,
        "started_at": summary.started_at,
        "seconds": summary.seconds,
        "engines": list(summary.engines_loaded),
        "fingerprint": summary.fingerprint,
        "machine": storable(summary.machine),
        "troubles": [storable(each) for each in summary.telemetry.troubles],
    }
    with database.begin() as connection:
        connection.execute(_FINISH, values | _counts(summary.outcomes))
        _forget(connection, summary.run_id)
        _copy_timings(connection, summary.run_id, summary.timings)
        _copy_telemetry(connection, summary.run_id, summary.telemetry)


def last_runs(database: Database, limit: int) -> tuple[RunRecord, ...]:
    """Return the last runs, newest first."""
    with database.begin() as connection:
        rows = connection.execute(_LAST, {"limit": limit}).mappings()
        return tuple(record(dict(row)) for row in rows)


def timings(database: Database, run_id: str) -> tuple[StageTiming, ...]:
    """Return the stage clocks of a run in order of their start."""
    columns = ("stage", "video_id", *_TIMING[2:])
    with database.begin() as connection:
        rows = _select(connection, "stage_timings", columns, run_id, "started_at, id")
        return tuple(StageTiming(*row[:-4], work=Work(*row[-4:])) for row in rows)


def telemetry(database: Database, run_id: str) -> Telemetry:
    """Return what GPUs and queues did during a run, empty for one that never ended in order."""
    with database.snapshot() as connection:
        gpus = _select(connection, "gpu_readings", _GPU, run_id, "id")
        queues = _select(connection, "queue_readings", _QUEUE, run_id, "id")
        uses = _select(connection, "queue_uses", _USE, run_id, "tag")
        troubles = connection.execute(_TROUBLES, {"run_id": run_id}).scalar_one_or_none()
    return Telemetry(
        tuple(GpuReading(*row[:-1], throttled=tuple(row[-1])) for row in gpus),
        tuple(QueueReading(*row) for row in queues),
        tuple(QueueUse(*row) for row in uses),
        tuple(troubles or ()),
    )


def _counts(outcomes: Sequence[Outcome]) -> dict[str, float]:
    counts = Counter(outcome.state for outcome in outcomes)
    told = (VideoState.done, VideoState.failed, VideoState.unavailable)
    return {
        "audio": sum(each.receipt.duration for each in outcomes if each.receipt),
        **{state.value: counts[state] for state in told},
    }


def record(row: dict[str, Any]) -> RunRecord:
    """Return the record that a row of `runs` is."""
    engines = tuple(row.pop("engines_loaded"))
    return RunRecord(row.pop("id"), engines_loaded=engines, audio=row.pop("audio_s"), **row)


def _select(
    connection: Connection, table: str, columns: Sequence[str], run_id: str, order: str
) -> Sequence[Sequence[Any]]:
    statement = f"SELECT {', '.join(columns)} FROM {table} WHERE run_id = :run_id ORDER BY {order}"  # noqa: S608 - as above
    return connection.execute(text(statement), {"run_id": run_id}).all()


def _forget(connection: Connection, run_id: str) -> None:
    for statement in _FORGET:
        connection.execute(statement, {"run_id": run_id})


def _copy_timings(connection: Connection, run_id: str, clocks: Iterable[StageTiming]) -> None:
    rows = (
        (
            *(run_id, it.video_id, it.stage, it.started_at, it.queued, it.waited, it.loading, it.computing),
            *(it.cached, it.device, it.work.items, it.work.batches, it.work.tokens, it.work.flop),
        )
        for it in clocks
    )
    copy_rows(connection, StageTimingRow, ("run_id", *_TIMING), rows)


def _copy_telemetry(connection: Connection, run_id: str, seen: Telemetry) -> None:
    gpus = (
        (
            *(run_id, it.at, it.gpu, it.utilisation, it.memory_utilisation, it.memory_used, it.memory_total),
            *(it.temperature, it.power, it.clock, list(it.throttled)),
        )
        for it in seen.gpus
    )
    queues = ((run_id, it.at, it.tag, it.waiting, it.running) for it in seen.queues)
    uses = (
        (run_id, it.tag, it.slots, it.peak, it.occupancy, it.saturated, it.contended)
        for it in sorted(seen.uses, key=lambda use: use.tag)
    )
    copy_rows(connection, GpuReadingRow, ("run_id", *_GPU), gpus)
    copy_rows(connection, QueueReadingRow, ("run_id", *_QUEUE), queues)
    copy_rows(connection, QueueUseRow, ("run_id", *_USE), uses)
