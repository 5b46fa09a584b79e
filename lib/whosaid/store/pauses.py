"""Sources that are left alone for a while because their site refuses us; their videos stay where they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, text

from whosaid.store.database import Database, storable
from whosaid.store.values import Pause

_FIRST: Final = timedelta(hours=1)  # YouTube lifts the block of a session within an hour
_LONGEST: Final = timedelta(days=1)

# Two runs that are refused at once make one pause: it grows only from one that is over.
_PAUSE: Final = text("""
    INSERT INTO paused_sources AS paused (address, reason, pauses, until)
    VALUES (:address, :reason, 1, now() + CAST(:first AS interval))
    ON CONFLICT (address) DO UPDATE SET
        reason = excluded.reason,
        pauses = CASE WHEN paused.until > now() THEN paused.pauses ELSE paused.pauses + 1 END,
        until = CASE WHEN paused.until > now() THEN paused.until ELSE now()
            + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2, least(paused.pauses, 20))) END
    RETURNING *
""")
_PAUSED: Final = text("SELECT * FROM paused_sources WHERE address = :address AND until > now()")
_RESUME: Final = text("DELETE FROM paused_sources WHERE address = :address")


def pause_source(database: Database, address: str, reason: str) -> Pause:
    """Leave a source alone from now on, longer after each pause until it is resumed."""
    values = {"address": storable(address), "reason": storable(reason), "first": _FIRST, "longest": _LONGEST}
    with database.begin() as connection:
        return _pause(connection.execute(_PAUSE, values).one())


def paused(database: Database, address: str) -> Pause | None:
    """Return the pause that a source is in; None where there is none, or it is over."""
    with database.begin() as connection:
        row = connection.execute(_PAUSED, {"address": storable(address)}).one_or_none()
    return _pause(row) if row else None


def resume_source(database: Database, address: str) -> bool:
    """Forget the pauses of a source, so that the next is a short one; False where there were none."""
    with database.begin() as connection:
        return connection.execute(_RESUME, {"address": storable(address)}).rowcount > 0


def _pause(row: Row[Any]) -> Pause:
    return Pause(row.address, row.reason, row.pauses, row.until)
