"""Statements that tests ask the database behind the archive's back, and the guard before they empty one."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from whosaid.store import Archive

PREFIX: Final = "whosaid_test_"
"""Of the names of all databases that the fixtures make, and of no others."""

_DELETIONS: Final = (
    "DELETE FROM videos",
    "DELETE FROM serving_model",
    "DELETE FROM serving_model",
    "DELETE FROM text_models",
    "DELETE FROM speakers",
    "DELETE FROM unknown_voices",
    "DELETE FROM calibrations",
    "DELETE FROM runs",
    "DELETE FROM paused_sources",
)
_DROP_INDEXES: Final = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT indexname FROM pg_indexes WHERE indexname LIKE 'hnsw_%'
        LOOP EXECUTE 'DROP INDEX ' || quote_ident(name); END LOOP;
    END $$
"""


def empty(archive: Archive) -> None:
    """Delete all rows; RuntimeError where the fixtures did not make the database."""
    name = scalar(archive, "SELECT current_database()")
    if not name.startswith(PREFIX):
        raise RuntimeError(f"{name} is not a test's database: tests empty only those they made")
    for statement in (*_DELETIONS, _DROP_INDEXES):
        run(archive, statement)


def scalar(archive: Archive, statement: str, **values: Any) -> Any:
    """Return the one value of a query."""
    with archive.database.begin() as connection:
        return connection.execute(text(statement), values).scalar_one()


def run(archive: Archive, statement: str, **values: Any) -> None:
    """Run a statement."""
    with archive.database.begin() as connection:
        connection.execute(text(statement), values)
