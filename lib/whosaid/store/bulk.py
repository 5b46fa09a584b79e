"""Rows in bulk, by binary COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

_DIALECT = postgresql.dialect()


def copy_rows(
    connection: Connection, table: type[SQLModel], columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows into a table, in the transaction of the connection; values in order of `columns`."""
    name = str(table.__tablename__)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT BINARY)").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_types(table, columns))
        for row in rows:
            copy.write_row(row)


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Return psycopg's connection below SQLAlchemy's: COPY and safe DDL are its own."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def allocate(connection: Connection, table: type[SQLModel], count: int) -> Sequence[int]:
    """Take `count` new ids of a table, so that rows that refer to each other can be copied."""
    statement = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return connection.execute(statement, {"table": str(table.__tablename__), "count": count}).scalars().all()


def _types(table: type[SQLModel], columns: Sequence[str]) -> list[str]:
    declared = table.metadata.tables[str(table.__tablename__)].columns
    return [declared[column].type.compile(_DIALECT).lower() for column in columns]
