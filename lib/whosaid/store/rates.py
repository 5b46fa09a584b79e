"""What stages took in the last runs that can be compared with each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text

from whosaid.rates import StageRate
from whosaid.store.database import Database
from whosaid.types import Work

# A video counts in a stage once, however often the stage was tried.
_RATES: Final = text("""
    WITH chosen AS (
        SELECT id, started_at FROM runs
        WHERE seconds IS NOT NULL AND done > 0 AND profile = :profile AND machine = :machine
          AND (CAST(:fingerprint AS text) IS NULL OR fingerprint = :fingerprint)
          AND (CAST(:before AS timestamptz) IS NULL OR started_at < :before)
        ORDER BY started_at DESC, id LIMIT :runs
    ), clocks AS (
        SELECT run_id, stage, video_id, sum(queued_s) AS queued, sum(waited_s) AS waited, sum(loading_s) AS loading,
               sum(computing_s) AS computing, sum(items) AS items, sum(batches) AS batches, sum(tokens) AS tokens,
               sum(flop) AS flop, max(device) AS device, min(stage_timings.id) AS first
        FROM stage_timings JOIN chosen ON chosen.id = run_id
        WHERE NOT cached GROUP BY run_id, stage, video_id
    )
    SELECT run_id, stage, count(*), sum(duration_s), sum(queued), sum(waited), sum(loading), sum(computing),
           sum(items)::bigint, sum(batches)::bigint, sum(tokens)::bigint, sum(flop), max(device)
    FROM clocks
    JOIN chosen ON chosen.id = run_id
    JOIN sources ON clocks.video_id = sources.kind || ':' || sources.external_id
    GROUP BY chosen.started_at, run_id, stage
    ORDER BY chosen.started_at DESC, run_id, min(clocks.first)
""")


def stage_rates(
    database: Database, profile: str, machine: str, fingerprint: str | None, before: datetime | None, runs: int
) -> tuple[StageRate, ...]:
    """Return the rates by run and stage, newest run first, over videos that are published."""
    values = {"profile": profile, "machine": machine, "fingerprint": fingerprint, "before": before, "runs": runs}
    with database.begin() as connection:
        rows = connection.execute(_RATES, values)
        return tuple(StageRate(*row[:8], work=Work(*row[8:12]), device=row[12]) for row in rows)
