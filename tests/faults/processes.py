"""A Prefect server and a worker of their own, as processes, to be disturbed and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

REPOSITORY: Final = Path(__file__).parents[2]
POOL: Final = "whosaid"


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home: Path, port: int, database: str | None = None) -> dict[str, str]:
    """Return what a server and its clients are started with; without a database it is SQLite by one connection."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "WHOSAID_"))}
    return own | {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_LOCAL_STORAGE_PATH": str(home / "results"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database or f"sqlite+aiosqlite:///{home}/prefect/prefect:memory:.db",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "whosaid",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "WHOSAID_HOME": str(home),
        "DO_NOT_TRACK": "1",
    }


class Process:
    """A program in a group of its own, its output in a file."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=REPOSITORY, env=dict(environment), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._popen.pid

    def running(self) -> bool:
        """Say whether it still runs."""
        return self._popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and to nothing else."""
        self._popen.send_signal(number)

    def wait(self, seconds: float = 60) -> int:
        """Wait for its end and return its exit status."""
        return self._popen.wait(seconds)

    def kill(self) -> None:
        """Kill it and its whole group, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


@contextmanager
def started(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Generator[Process]:
    """Run a program and kill it at the end."""
    process = Process(arguments, environment, log)
    try:
        yield process
    finally:
        process.kill()


@dataclass(slots=True)
class Server:
    """A Prefect server that runs, and what its clients are started with."""

    process: Process
    settings: dict[str, str]

    @property
    def api(self) -> str:
        return self.settings["PREFECT_API_URL"]

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()

    def start_again(self) -> None:
        """Start it on the same port, with the same database."""
        self.process = _serve(self.settings, self.process.log)


@contextmanager
def serving(home: Path, database: str | None = None, port: int | None = None) -> Generator[Server]:
    """Run a Prefect server with the settings of this repository until the end."""
    settings = environment(home, port or free_port(), database)
    (home / "prefect").mkdir(parents=True, exist_ok=True)
    server = Server(_serve(settings, home / "server.log"), settings)
    try:
        yield server
    finally:
        server.kill()


def _serve(settings: Mapping[str, str], log: Path) -> Process:
    """Start a server and wait until it answers."""
    api = settings["PREFECT_API_URL"]
    port = str(urlsplit(api).port)
    process = Process(["prefect", "server", "start", "--host", "127.0.0.1", "--port", port, "--no-ui"], settings, log)
    try:
        until(lambda: answers(api), 120, process)
    except BaseException:
        process.kill()
        raise
    return process


def answers(api: str) -> bool:
    """Say whether a server is up."""
    with suppress(URLError, OSError), urlopen(f"{api}/health", timeout=2) as reply:  # noqa: S310 - an address of ours
        return reply.status == 200
    return False


def worker(settings: Mapping[str, str], log: Path) -> Process:
    """Start a worker of the pool."""
    return Process(["prefect", "worker", "start", "--pool", POOL, "--type", "process"], settings, log)


def until(true: Callable[[], object], seconds: float, alive: Process | None = None) -> float:
    """Wait until something holds and return the seconds that it took; TimeoutError with the log's end."""
    begun = time.monotonic()
    while not true():
        tail = alive.log.read_text()[-2000:] if alive else ""
        if alive and not alive.running():
            raise RuntimeError(f"a program ended too early: {tail}")
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds} s; {tail}")
        time.sleep(0.05)
    return time.monotonic() - begun
