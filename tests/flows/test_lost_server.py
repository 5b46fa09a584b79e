"""Prefect's server killed under a run: the run ends in a line, no video is blamed, and the next run goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.limits import set_limits
from tests.faults.processes import serving, started, until
from tests.flows.scripted import record
from whosaid.profiles import BALANCED
from whosaid.store import open_archive

VIDEOS = 12


@pytest.mark.timeout(400)
def test_a_run_without_its_server_blames_no_video() -> None:
    """Some videos are in flight, others not begun; with the server back, only what was not finished is done."""
    with TemporaryDirectory(prefix="whosaid-") as folder, serving(Path(folder) / "server") as server:
        home = Path(folder) / "home"
        for number in range(VIDEOS):
            record(home / "channel" / f"{number}.wav", 6.0 + number / 2)
        with temporary_settings({PREFECT_API_URL: server.api}):
            asyncio.run(set_limits(BALANCED.limits))
        kept = home / "results"
        own = {"WHOSAID_HOME": home, "PREFECT_LOCAL_STORAGE_PATH": kept, "PREFECT_CLIENT_MAX_RETRIES": 1}
        settings = server.settings | {name: str(value) for name, value in own.items()}
        command = ["tests.faults.stopped", str(home / "channel")]
        with started(command, settings | {"FAULTS_HOLD": "3"}, Path(folder) / "first.log") as first:
            until((home / "holding").exists, 120, first)
            server.kill()
            assert first.wait(200) == 1
        said = [line for line in first.log.read_text().splitlines() if line.startswith("error: ")]
        assert [("the Prefect server 127.0.0.1" in line, "gives no answer" in line) for line in said] == [(True, True)]
        with open_archive(None, home) as archive:
            left = archive.status().videos
            assert (left.failed, left.discovered + left.done) == (0, VIDEOS)
        finished = written(kept)
        server.start_again()
        with started(command, settings, Path(folder) / "second.log") as second:
            assert second.wait(200) == 0, second.log.read_text()[-2000:]
        with open_archive(None, home) as archive:
            assert archive.status().videos.done == VIDEOS
        assert finished
        assert finished.items() <= written(kept).items()


def written(kept: Path) -> dict[Path, int]:
    """Return the results of stages, and when each was written."""
    return {each: each.stat().st_mtime_ns for each in kept.rglob("*") if each.is_file()}
