"""The whole path over scripted engines: outcomes, what is done again, what stops a run."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from flows.console import run_here
from flows.limits import set_limits
from tests.flows.conftest import data_directory
from tests.flows.scripted import make_channel, overrides, record
from whosaid.errors import ArchiveError, ConfigurationError, SourceError, WeightsError
from whosaid.profiles import BALANCED, DEMO
from whosaid.selection import Selection
from whosaid.store import open_archive
from whosaid.types import RunSummary, VideoState


@pytest.fixture(scope="module", autouse=True)
def limits() -> None:
    asyncio.run(set_limits(BALANCED.limits))


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_channel(tmp_path_factory.mktemp("media") / "channel")


@pytest.fixture(scope="module")
def first_run(channel: Path) -> Generator[tuple[Path, RunSummary]]:
    """A finished run and its data directory, for tests to copy."""
    with data_directory() as home:
        yield home, asyncio.run(ingest(channel))


@pytest.fixture
def finished(first_run: tuple[Path, RunSummary], home: Path) -> RunSummary:
    """The finished run, in a data directory of the test's own; owners are kept, for Postgres looks at them."""
    subprocess.run(["cp", "--archive", str(first_run[0]), str(home)], check=True)
    return first_run[1]


async def ingest(channel: Path, dimension: int = 16, limit: int | None = None) -> RunSummary:
    return await run_here(str(channel), "balanced", limit, overrides(dimension))


def executed(summary: RunSummary) -> Counter[str]:
    return Counter(each.stage for each in summary.timings if not each.cached)


def test_one_bad_video_fails_alone(finished: RunSummary, home: Path) -> None:
    """The corrupt file fails with a typed reason in the archive; the others are published, silence as no speech."""
    outcomes = {Path(each.video.external_id).name: each for each in finished.outcomes}
    assert {name: each.state for name, each in outcomes.items()} == {
        "speech.wav": VideoState.done,
        "silent.wav": VideoState.done,
        "corrupt.wav": VideoState.failed,
    }
    assert outcomes["silent.wav"].detail == "no speech"
    assert outcomes["corrupt.wav"].stage == "fetch_audio"
    with open_archive(None, home) as archive:
        [standing] = archive.standings([outcomes["corrupt.wav"].video])
        status = archive.status()
    assert (standing.stage, standing.reason.split(":")[0]) == ("fetch_audio", "MediaError")
    assert (status.videos.done, status.videos.failed) == (2, 1)
    assert status.runs[0].run_id == finished.run_id


async def test_a_finished_channel_costs_nothing(finished: RunSummary, channel: Path) -> None:
    """A second run selects nothing, executes no stage and loads no engine."""
    again = await ingest(channel)
    assert (again.outcomes, again.timings, again.engines_loaded) == ((), (), ())


async def test_another_text_model_embeds_and_publishes_only(finished: RunSummary, channel: Path) -> None:
    """A changed text model finds every other stage in the cache and loads the text engine alone."""
    again = await ingest(channel, dimension=32)
    assert set(executed(again)) == {"embed_passages", "publish"}
    assert again.engines_loaded == ("ScriptedText on cpu",)


async def test_a_lost_archive_is_published_again_from_the_cache(
    finished: RunSummary, home: Path, channel: Path
) -> None:
    """Without its database, an archive comes back without any engine; only the corrupt file is fetched again."""
    shutil.rmtree(home / "postgres")
    again = await ingest(channel)
    assert executed(again) == {"check_access": 1, "fetch_audio": 1, "publish": 2}
    assert again.engines_loaded == ()
    assert {each.receipt for each in again.outcomes} == {each.receipt for each in finished.outcomes}


async def test_the_limit_counts_what_is_due(finished: RunSummary, channel: Path) -> None:
    """Finished videos are dropped before the limit counts."""
    added = [channel / "new.wav", channel / "newer.wav"]
    try:
        for file in added:
            record(file, 2.0, level=0.0)
        summary = await ingest(channel, limit=1)
    finally:
        for file in added:
            file.unlink()
    assert [each.state for each in summary.outcomes] == [VideoState.done]


async def test_a_killed_run_keeps_its_finished_stages(home: Path, channel: Path) -> None:
    """A process that dies in `transcribe` leaves the result of `fetch_audio`, and the next run goes on from it."""
    environment = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    command = [sys.executable, "-m", "tests.flows.dying_run", str(channel)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert killed.returncode == 9, killed.stderr[-2000:]
    assert [each for each in (home / "results" / "fetch_audio").rglob("*") if each.is_file()]
    assert not (home / "results" / "transcribe").exists()
    summary = await ingest(channel)
    assert Counter(each.state for each in summary.outcomes)[VideoState.done] == 2
    assert any(each.stage == "fetch_audio" and each.cached for each in summary.timings)


async def test_missing_weights_stop_the_run(home: Path, channel: Path) -> None:
    """What no video can survive stops the run with its remedy, and is held against no video."""
    await set_limits(DEMO.limits)
    with pytest.raises(WeightsError, match="whosaid-demo/whisper"):
        await run_here(str(channel), "demo")
    with open_archive(None, home) as archive:
        assert archive.status().videos.failed <= 1  # the corrupt file may have come first


async def test_a_missing_limit_stops_the_run(home: Path, channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag without a limit is an error, for Prefect would take it as no limit at all."""
    monkeypatch.setattr("whosaid.profiles.Profile.limits", {"gpu": 1, "no-such-tag": 1})
    with pytest.raises(ConfigurationError, match="no-such-tag"):
        await ingest(channel)


async def test_bad_requests_are_one_clear_line(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without media, an address that is none, an unknown profile, a dead database: one line each."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError) as nothing:
        await ingest(tmp_path / "empty")
    with pytest.raises(SourceError) as nowhere:
        await ingest(tmp_path / "no-such-folder")
    with pytest.raises(ConfigurationError, match="balanced") as unknown:
        await run_here(str(tmp_path), "no-such-profile")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WHOSAID_DATABASE_URL", f"postgresql://a:hidden@127.0.0.1:{closed.getsockname()[1]}/b")
        with pytest.raises(ArchiveError) as dead:
            await ingest(tmp_path / "empty")
    for error in (nothing, nowhere, unknown, dead):
        assert "\n" not in str(error.value)
        assert "hidden" not in str(error.value)


async def test_a_dry_run_says_what_is_due_and_does_nothing(home: Path, channel: Path) -> None:
    """The videos that are due, none of them fetched, no run entered."""
    summary = await run_here(str(channel), "balanced", 2, overrides(), dry_run=True)
    assert [each.state for each in summary.outcomes] == [VideoState.discovered] * 2
    assert not summary.timings
    with open_archive(None, home) as archive:
        assert (archive.status().videos.discovered, archive.status().runs) == (3, ())


async def test_only_the_selected_videos_are_worked_on(home: Path, channel: Path) -> None:
    """What is not meant is listed, and nothing more."""
    meant = Selection(include=("SPEECH",))
    summary = await run_here(str(channel), "balanced", None, overrides(), selection=meant)
    assert [each.video.title for each in summary.outcomes] == ["speech"]


async def test_forced_videos_find_their_stages(finished: RunSummary, home: Path, channel: Path) -> None:
    """Force does the finished ones again: from the cache, but for what is asked for afresh."""
    forced = await run_here(str(channel), "balanced", None, overrides(), force=True)
    assert len(forced.outcomes) == len(finished.outcomes)
    assert executed(forced)["transcribe"] == 0
    fresh = await run_here(str(channel), "balanced", None, overrides(), refresh=["transcribe"])
    assert executed(fresh)["transcribe"] == executed(finished)["transcribe"] > 0
    assert executed(fresh)["diarize"] == 0


async def test_an_unknown_stage_to_refresh_is_refused(home: Path, channel: Path) -> None:
    """With those there are."""
    with pytest.raises(
        ConfigurationError, match="no stage dance to refresh: choose from fetch_audio, read_captions, transcribe"
    ):
        await run_here(str(channel), "balanced", None, overrides(), refresh=["dance"])
