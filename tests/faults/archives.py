"""Two archives compared row for row, but for ids and moments."""

from __future__ import annotations

from collections import Counter
from typing import Final

from sqlalchemy import Connection, text

from whosaid.store import Archive

TIMELESS: Final = (
    "videos", "sources", "recordings", "turns", "identities", "utterances", "passages", "passage_embeddings",
    "text_models", "serving_model", "speakers", "voiceprints",
)  # fmt: skip
"""The tables whose rows do not say how a run went, which is never twice the same."""
_COLUMNS: Final = text("""
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = :table AND data_type NOT LIKE 'timestamp%'
      AND is_generated = 'NEVER'
    ORDER BY column_name
""")
_IGNORED: Final = frozenset({"id", "attempts"})  # a killed run may have tried a failing video before
_NAMES: Final = {
    "source_id": "(SELECT external_id FROM sources WHERE id = o.source_id)",
    "passage_id": "(SELECT s.external_id || '#' || p.ordinal FROM passages p JOIN sources s ON s.id = p.source_id"
    " WHERE p.id = o.passage_id)",
}


def contents(archive: Archive) -> dict[str, Counter[str]]:
    """Return the rows of each table as text, keys of other tables by what they name."""
    with archive.database.begin() as connection:
        return {table: _rows(connection, table) for table in TIMELESS if _columns(connection, table)}


def difference(one: dict[str, Counter[str]], other: dict[str, Counter[str]]) -> list[str]:
    """Return, a line a table that differs, how many rows stand in one archive alone."""
    return [
        f"{table}: {(one[table] - other[table]).total()} against {(other[table] - one[table]).total()} rows: "
        f"{next(iter((one[table] - other[table]) or (other[table] - one[table])))[:300]}"
        for table in one
        if one[table] != other[table]
    ]


def _columns(connection: Connection, table: str) -> list[str]:
    return [name for name in connection.execute(_COLUMNS, {"table": table}).scalars() if name not in _IGNORED]


def _rows(connection: Connection, table: str) -> Counter[str]:
    shown = ", ".join(f"{_NAMES.get(name, f'o.{name}')} AS {name}" for name in _columns(connection, table))
    rows = text(f"SELECT CAST(r AS text) FROM (SELECT {shown} FROM {table} AS o) AS r")  # noqa: S608 - names of ours
    return Counter(connection.execute(rows).scalars())
