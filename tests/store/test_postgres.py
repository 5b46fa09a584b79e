"""Where an archive is opened: the embedded Postgres, or a server that may be down."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import psutil
import pytest

from tests.store.publications import publication
from whosaid.errors import ArchiveError
from whosaid.store import Archive, open_archive


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data directory outside pytest's own folder, see `cluster`; each test leaves it stopped."""
    with TemporaryDirectory(prefix="whosaid-test-") as folder:
        yield Path(folder) / "not" / "there" / "yet"


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _server(home: Path) -> psutil.Process | None:
    file = home / "postgres" / "postmaster.pid"
    return psutil.Process(int(file.read_text().splitlines()[0])) if file.exists() else None


def _refusal(url: str, home: Path) -> str:
    with pytest.raises(ArchiveError) as refused, open_archive(url, home):
        pass
    return str(refused.value)


def test_a_server_that_is_down_is_said_at_once(tmp_path: Path) -> None:
    """A closed port is one clear line within seconds, without the password."""
    before = monotonic()
    message = _refusal(f"postgresql://ada:s3cret@127.0.0.1:{_closed_port()}/archive", tmp_path)
    assert monotonic() - before < 5
    assert "cannot be reached" in message
    assert "ada:***@127.0.0.1" in message
    assert "s3cret" not in message
    assert "\n" not in message


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """A port that accepts and stays silent is given up after the connection's time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/archive?connect_timeout=2"
        assert "cannot be reached" in _refusal(url, tmp_path)


def test_a_missing_database_is_said(archive_url: str, tmp_path: Path) -> None:
    """A server without that database says which."""
    assert 'database "nowhere" does not exist' in _refusal(
        archive_url.replace("whosaid_test_shared", "nowhere"), tmp_path
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///archive.db", "not in sqlite"),
        ("not a url", "cannot be read"),
        ("postgresql://ada:s3/cret@host:port/archive", "cannot be read"),
    ],
)
def test_a_wrong_url_is_refused_without_quoting_it(url: str, said: str, tmp_path: Path) -> None:
    """Another kind of database, or no URL at all, is refused; what may be a password is not repeated."""
    message = _refusal(url, tmp_path)
    assert said in message
    assert "cret" not in message


def test_drivers_of_others_are_read_as_ours(archive_url: str, tmp_path: Path) -> None:
    """A URL written for another driver, as Prefect users have, opens the same archive."""
    with open_archive(archive_url.replace("postgresql://", "postgresql+asyncpg://"), tmp_path) as archive:
        assert archive.status().videos.done >= 0


def test_the_embedded_one_is_made_kept_and_stopped(home: Path) -> None:
    """With no URL a Postgres is made under the home; it stops with its last user and keeps its rows."""
    with open_archive(None, home) as archive:
        archive.migrate()
        archive.publish(publication())
        with open_archive(None, home) as second:
            assert second.status().videos.done == 1
        assert archive.status().videos.done == 1
    assert _server(home) is None
    with open_archive(None, home) as archive:
        assert archive.transcript("one").utterances == publication().utterances


_OTHER = """
import sys
from pathlib import Path
from whosaid.store import open_archive
with open_archive(None, Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline()
"""


def _open_elsewhere(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    return process


def test_processes_share_the_embedded_one(home: Path) -> None:
    """Two processes on one home use one server; it stays while either is inside, however often the other leaves."""
    with _open_elsewhere(home) as other:
        server = _server(home)
        for _ in range(2):
            with open_archive(None, home):
                pass
        assert _server(home) == server
        with open_archive(None, home) as archive:
            other.communicate("\n")
            archive.migrate()
            assert _server(home) == server
    assert other.returncode == 0
    assert _server(home) is None
    with open_archive(None, home):
        assert _server(home)


def test_a_killed_process_does_not_keep_the_server_alive(home: Path) -> None:
    """A user that was killed is forgotten by the next one, who stops the server when it leaves."""
    with _open_elsewhere(home) as killed:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    assert _server(home)
    with open_archive(None, home):
        pass
    assert _server(home) is None


def test_a_killed_server_starts_again(home: Path) -> None:
    """The lock that a killed server leaves behind, even if its id is another program's now, keeps nobody out."""
    with open_archive(None, home) as archive:
        archive.migrate()
        archive.publish(publication())
    lock = home / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{home / 'postgres'}\n1700000000\n5432\n{home / 'postgres'}\n\n  1  2\nready\n")
    with open_archive(None, home) as archive:
        assert _done(archive) == 1


def _done(archive: Archive) -> int:
    return archive.status().videos.done


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file where the data directory should be is an ArchiveError that names it."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ArchiveError, match=str(tmp_path / "home")), open_archive(None, tmp_path / "home"):
        pass
