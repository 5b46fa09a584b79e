"""What a run needs of the database: an answer, pgvector, and a schema that this version knows. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from whosaid.doctor import Finding, Subject, miss, ok, warn
from whosaid.store import open_archive
from whosaid.store.schema import configuration
from whosaid.store.vectors import suffices

_READ_ONLY: Final = text("SET TRANSACTION READ ONLY")
_VERSIONS: Final = text("SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'")
_TABLES: Final = text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")


def check_database(subject: Subject) -> Iterable[Finding]:
    """Say whether the database answers and fits; ArchiveError where it does not answer."""
    url = subject.database_url
    if not url and not (subject.home / "postgres").is_dir():
        yield ok("database", f"none yet: the first run makes one in {subject.home / 'postgres'}")
        return
    with open_archive(url or None, subject.home) as opened, opened.database.begin() as connection:
        connection.execute(_READ_ONLY)
        yield ok("database", f"{opened.database.name} answers")
        yield judge_pgvector(*(connection.execute(_VERSIONS).one_or_none() or (None, None)))
        yield _judge_schema(connection)


def judge_pgvector(installed: str | None, available: str | None) -> Finding:
    """Judge the version in the database, or the one that the server would put there."""
    version = installed or available
    if version is None:
        return miss("pgvector", "the server has none", "install pgvector 0.8 or later on the server")
    if not suffices(version):
        remedy = "install 0.8 or later there, and have the database's owner run ALTER EXTENSION vector UPDATE"
        return miss("pgvector", f"{version} is too old", remedy)
    return ok("pgvector", version if installed else f"{version}, which the first run puts into the database")


def _judge_schema(connection: Connection) -> Finding:
    script = ScriptDirectory.from_config(configuration(connection))
    known, head = {each.revision for each in script.walk_revisions()}, script.get_current_head()
    present = MigrationContext.configure(connection).get_current_heads()
    if not present:
        return _judge_unversioned(connection.execute(_TABLES).scalar_one())
    if present == (head,):
        return ok("schema", f"{head}, as this version writes it")
    if known.issuperset(present):
        return warn(
            "schema", f"{', '.join(present)}, older than {head}", "start a run: it brings the schema up to date"
        )
    remedy = "install the whosaid that made it, or name another database"
    return miss("schema", f"{', '.join(present)} is not known to this version", remedy)


def _judge_unversioned(tables: int) -> Finding:
    if tables:
        return miss("schema", f"the database holds {tables} tables of something else", "name a database of its own")
    return ok("schema", "empty: the first run makes the tables")
