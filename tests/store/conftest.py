"""One Postgres for all store tests; one archive in it, emptied before each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import URL

from tests.store.databases import PREFIX, empty
from whosaid.store import Archive, embedded, open_archive


@pytest.fixture(scope="session")
def cluster() -> Iterator[URL]:
    """An embedded Postgres that forgets: nothing waits for the disk.

    Not below pytest's own folder: another session closes that to the user that Postgres runs as under root.
    """
    with TemporaryDirectory(prefix="whosaid-test-") as folder, embedded.serving(Path(folder) / "postgres") as url:
        _run(url, "ALTER SYSTEM SET fsync = off")
        _run(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def archive_url(cluster: URL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the archive that the tests share, one after the other."""
    url = _create(cluster, f"{PREFIX}shared")
    with open_archive(url, tmp_path_factory.mktemp("home")) as opened:
        opened.migrate()
    return url


@pytest.fixture
def archive(archive_url: str, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    with open_archive(archive_url, tmp_path) as opened:
        empty(opened)
        yield opened


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def empty_url(cluster: URL, numbers: Iterator[int]) -> str:
    """The address of a database with nothing in it, not even tables."""
    return _create(cluster, f"{PREFIX}{next(numbers)}")


def _create(cluster: URL, name: str) -> str:
    _run(cluster, f"CREATE DATABASE {name} TEMPLATE template0")
    return cluster.set(database=name).render_as_string(hide_password=False)


def _run(url: URL, statement: str) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement.encode())
