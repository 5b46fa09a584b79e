"""What `make serve` says where it cannot start, and that what it starts ends with it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
import typer
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings

from deployments import bootstrap, serve
from deployments.programs import running
from tests.unit.test_blocks import closed_port, service
from whosaid.errors import ConfigurationError

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def dead_server() -> Generator[str]:
    with closed_port() as port:
        address = f"http://user:hidden@127.0.0.1:{port}/api"
        with temporary_settings({PREFECT_API_URL: address}):
            yield address


def test_a_taken_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo channel has a fixed one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(serve, "SITE", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConfigurationError, match="is taken"), serve.serving_channel():
            pass


def test_a_server_that_is_named_is_not_started(dead_server: str, tmp_path: Path) -> None:
    """It is down, which is said without the password in its address."""
    with pytest.raises(ConfigurationError, match="gives no answer") as refused, serve.serving_prefect(tmp_path):
        pass
    assert "hidden" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_another_program_on_the_port_is_no_server(tmp_path: Path) -> None:
    """It answers, and not as Prefect would."""
    with service("token", "/nothing") as address:
        here = {PREFECT_API_URL: None, PREFECT_SERVER_API_PORT: int(address.rpartition(":")[2])}
        with (
            temporary_settings(here),
            pytest.raises(ConfigurationError, match="not as a Prefect server"),
            serve.serving_prefect(tmp_path),
        ):
            pass


def test_bootstrap_says_in_one_line_that_the_server_is_down(
    dead_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what to do."""
    with pytest.raises(typer.Exit):
        bootstrap.main("balanced")
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: the Prefect server 127.0.0.1:")
    assert "make serve" in line


def test_what_a_program_has_started_ends_with_it(tmp_path: Path) -> None:
    """Even in a session of its own, as a run of a worker's is."""
    said = tmp_path / "said"
    with said.open("w") as output, running([sys.executable, "-c", PARENT], {}, output) as parent:
        while not said.read_text().endswith("\n"):
            assert parent.poll() is None
        child = psutil.Process(int(said.read_text()))
        assert child.is_running()
    assert parent.returncode
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
