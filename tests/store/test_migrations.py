"""A database is brought to this version's schema, or refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.store.databases import PREFIX, empty, run, scalar
from tests.store.publications import publication
from whosaid.errors import ArchiveError
from whosaid.store import Archive, open_archive
from whosaid.store.columns import Row
from whosaid.store.schema import configuration


def test_an_empty_database_becomes_an_archive(empty_url: str, tmp_path: Path) -> None:
    """Migrating from nothing gives an archive that can be published to; doing it again keeps what is there."""
    with open_archive(empty_url, tmp_path) as archive:
        archive.migrate()
        archive.publish(publication())
        archive.migrate()
        assert archive.status().videos.done == 1


def test_every_older_schema_is_brought_to_the_head(empty_url: str, tmp_path: Path) -> None:
    """From each revision that there ever was, migrating arrives at the one head."""
    with open_archive(empty_url, tmp_path) as archive:
        for revision in _revisions(archive):
            run(archive, "DROP SCHEMA public CASCADE")
            run(archive, "CREATE SCHEMA public")
            with archive.database.begin() as connection:
                command.upgrade(configuration(connection), revision)
            archive.migrate()
            assert _differences(archive) == []


def test_there_is_one_head(archive: Archive) -> None:
    """Two heads are two schemas."""
    with archive.database.begin() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
    assert len(script.get_heads()) == 1


def test_tables_and_migrations_agree(archive: Archive) -> None:
    """Alembic finds nothing to change between the migrated schema and the rows' classes."""
    assert _differences(archive) == []


def test_tables_and_migrations_agree_on_their_checks(archive: Archive, empty_url: str, tmp_path: Path) -> None:
    """CHECK constraints, which Alembic does not compare, are the same in both."""
    with open_archive(empty_url, tmp_path) as fresh:
        run(fresh, "CREATE EXTENSION vector")
        with fresh.database.begin() as connection:
            Row.metadata.create_all(connection)
        assert _checks(fresh) == _checks(archive)


def test_two_processes_may_migrate_at_once(empty_url: str, tmp_path: Path) -> None:
    """Whoever comes second waits, and finds the work done."""
    with open_archive(empty_url, tmp_path) as archive, ThreadPoolExecutor(1) as pool:
        with open_archive(empty_url, tmp_path) as other:
            waiting = pool.submit(_migrate, other)
            archive.migrate()
            waiting.result(timeout=60)
        assert _differences(archive) == []


def test_a_database_of_something_else_is_refused(empty_url: str, tmp_path: Path) -> None:
    """Tables that are not ours are left as they are, and named."""
    with open_archive(empty_url, tmp_path) as archive:
        run(archive, "CREATE TABLE invoices (id int)")
        with pytest.raises(ArchiveError, match="invoices"):
            archive.migrate()
        assert (
            scalar(archive, "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'")
            == "invoices"
        )


def test_a_newer_schema_is_refused(empty_url: str, tmp_path: Path) -> None:
    """An archive of a later version, or another program's Alembic, is not touched."""
    with open_archive(empty_url, tmp_path) as archive:
        archive.migrate()
        run(archive, "UPDATE alembic_version SET version_num = 'whosaid_9999'")
        with pytest.raises(ArchiveError, match="does not know"):
            archive.migrate()


def test_an_unmigrated_database_is_no_archive(empty_url: str, tmp_path: Path) -> None:
    """Reading from or writing to an empty database is one clear error."""
    with open_archive(empty_url, tmp_path) as archive:
        for use in (archive.status, archive.models, lambda: archive.publish(publication())):
            with pytest.raises(ArchiveError, match="no archive of this version"):
                use()


def test_tests_refuse_a_database_they_did_not_make(cluster: Any, tmp_path: Path) -> None:
    """The guard that empties databases stops at one without the tests' mark."""
    assert not cluster.database.startswith(PREFIX)
    url = cluster.render_as_string(hide_password=False)
    with open_archive(url, tmp_path) as archive, pytest.raises(RuntimeError, match="not a test's database"):
        empty(archive)


def _migrate(archive: Archive) -> None:
    archive.migrate()


def _revisions(archive: Archive) -> list[str]:
    with archive.database.begin() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
        return [revision.revision for revision in script.walk_revisions()]


def _differences(archive: Archive) -> list[Any]:
    def include(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "index" and str(name).startswith("hnsw_"))

    with archive.database.begin() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": include}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata)


def _checks(archive: Archive) -> str:
    return scalar(
        archive,
        """
        SELECT string_agg(conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid), E'\\n'
                          ORDER BY conrelid::regclass::text, conname)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        """,
    )
