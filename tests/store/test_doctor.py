"""What the doctor says of a real Postgres."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from tests.store.databases import run, scalar
from whosaid.doctor import Finding, State, Subject, observe
from whosaid.doctor.archive import check_database
from whosaid.profiles import DEMO
from whosaid.store import Archive, open_archive
from whosaid.store.schema import configuration

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def _look(url: str, home: Path) -> dict[str, Finding]:
    return {each.name: each for each in observe("database", check_database, Subject(DEMO, home, url))}


def test_an_archive_of_this_version_is_ok(archive_url: str, tmp_path: Path) -> None:
    """Server, pgvector and schema each have their line."""
    found = _look(archive_url, tmp_path)
    assert {name: each.state for name, each in found.items()} == dict.fromkeys(
        ("database", "pgvector", "schema"), State.ok
    )


def test_an_empty_database_is_left_empty(empty_url: str, tmp_path: Path) -> None:
    """Looking does not migrate."""
    assert "empty" in _look(empty_url, tmp_path)["schema"].detail
    with open_archive(empty_url, tmp_path) as archive:
        assert scalar(archive, TABLES) == 0


def test_a_schema_is_known_or_not(empty_url: str, tmp_path: Path) -> None:
    """An older schema is a warning; one from the future, and the tables of others, are trouble."""
    with open_archive(empty_url, tmp_path) as archive:
        archive.migrate()
        head = scalar(archive, "SELECT version_num FROM alembic_version")
        oldest = _oldest(archive)
        for revision, state in ((oldest, State.warning), ("ffff", State.missing), (head, State.ok)):
            run(archive, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
            assert _look(empty_url, tmp_path)["schema"].state is state
        run(archive, "DROP TABLE alembic_version")
    assert _look(empty_url, tmp_path)["schema"].state is State.missing


def test_a_server_that_does_not_answer_is_missing(tmp_path: Path) -> None:
    """The line has a remedy and no password."""
    url = make_url("postgresql://someone:hush@127.0.0.1:1/nothing").render_as_string(hide_password=False)
    found = _look(url, tmp_path)["database"]
    assert found.state is State.missing
    assert found.remedy
    assert "hush" not in str(found)


def _oldest(archive: Archive) -> str:
    with archive.database.begin() as connection:
        return ScriptDirectory.from_config(configuration(connection)).get_bases()[0]
