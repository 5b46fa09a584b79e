"""Brings a database to the schema of this version, or refuses it."""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from whosaid.errors import ArchiveError
from whosaid.store.database import Database, one_line
from whosaid.store.vectors import require_pgvector

_MIGRATING: Final = 0x77686F73  # key of the lock that keeps two processes from migrating at once

_LOCK: Final = text("SELECT pg_advisory_xact_lock(:key)")
_TABLES: Final = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")


def migrate(database: Database) -> None:
    """Bring an empty or older archive to this version, all or nothing; ArchiveError where it is none of ours."""
    with database.begin() as connection:
        connection.execute(_LOCK, {"key": _MIGRATING})
        _refuse_foreign(database, connection)
        _upgrade(database, connection)
        require_pgvector(connection)


def _refuse_foreign(database: Database, connection: Connection) -> None:
    tables = connection.execute(_TABLES).scalars().all()
    if tables and "alembic_version" not in tables:
        raise ArchiveError(
            f"the database {database.name} holds tables of something else ({', '.join(tables[:3])}): "
            "give whosaid a database of its own"
        )


def _upgrade(database: Database, connection: Connection) -> None:
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as e:
        raise ArchiveError(
            f"the database {database.name} has a schema that this version does not know ({one_line(e)}): "
            "install the whosaid that made it, or give it a database of its own"
        ) from e


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration, running in the given transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "whosaid.store:migrations")
    return config
