"""A real Prefect server for the tests of the flows, once a session; a data directory of its own for each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Generator[None]:
    """A server on a database of its own; it costs seconds, so all tests of flows share it."""
    folder = tempfile.mkdtemp(prefix=":memory:")  # one connection to its database, as the Makefile has it
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after Prefect's own, which empties it at exit
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", folder)
            stack.enter_context(prefect_test_harness(server_startup_timeout=120))
        yield


@contextmanager
def data_directory() -> Generator[Path]:
    """Make a data directory, with its result store, that of the runs inside.

    Not below pytest's own folder: that is closed to the user that the embedded Postgres runs as under root.
    """
    with TemporaryDirectory(prefix="whosaid-") as folder, pytest.MonkeyPatch.context() as patch:
        home = Path(folder) / "home"
        patch.setenv("WHOSAID_HOME", str(home))
        patch.delenv("WHOSAID_DATABASE_URL", raising=False)
        with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: home / "results"}):
            yield home


@pytest.fixture
def home() -> Generator[Path]:
    """The data directory of a test."""
    with data_directory() as home:
        yield home
