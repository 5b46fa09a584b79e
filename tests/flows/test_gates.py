"""What holds a run back: a site that refuses, time that is used up, limits on what was never brought in."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from time import sleep
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client

from flows.console import run_here
from flows.limits import set_limits
from tests.flows.scripted import make_channel, overrides, record
from tests.media_site import Item, Reply, Site, open_site, opus
from whosaid import budget
from whosaid.asr.scripted import ScriptedTranscriber
from whosaid.budget import TimeBudget
from whosaid.errors import SourceError
from whosaid.profiles import BALANCED
from whosaid.store import open_archive
from whosaid.types import RunSummary, Transcript, VideoState, Waveform

VIDEOS = 9


@pytest.fixture(scope="module", autouse=True)
def limits() -> None:
    asyncio.run(set_limits(BALANCED.limits))


@pytest.fixture
def site() -> Generator[Site]:
    with open_site() as site:
        yield site


def feed(site: Site) -> str:
    return site.feed([Item(f"/{i}.opus", guid=f"show-{i}", title=f"Talk {i}") for i in range(VIDEOS)], title="A show")


async def ingest(address: str | Path, **wishes: object) -> RunSummary:
    return await run_here(str(address), "balanced", None, overrides(), **wishes)


async def flow_run(summary: RunSummary) -> tuple[str, str]:
    """Return the name and the state of a run as the UI shows them."""
    async with get_client() as client:
        run = await client.read_flow_run(UUID(summary.run_id))
    return run.name, run.state_name or ""


async def test_a_site_that_refuses_is_left_alone(home: Path, tmp_path: Path, site: Site) -> None:
    """Five refusals in a row pause the source: the backlog stays, later runs do not ask, a forced one does."""
    address = feed(site)
    site.replies |= {f"/{i}.opus": Reply(status=429) for i in range(VIDEOS)}
    refused = await ingest(address)
    assert {each.state for each in refused.outcomes} == {VideoState.discovered}
    assert "paused until" in refused.line
    assert (await flow_run(refused))[1] == "Refused by the site"
    with open_archive(None, home) as archive:
        assert archive.status().videos.discovered == VIDEOS
    asked = len(site.asked)
    with pytest.raises(SourceError, match=r"left alone until .*: wait, or run with force"):
        await ingest(address)
    assert len(site.asked) == asked
    site.replies |= {f"/{i}.opus": Reply(opus(tmp_path)) for i in range(VIDEOS)}
    forced = await ingest(address, force=True)
    assert {each.state for each in forced.outcomes} == {VideoState.done}
    with open_archive(None, home) as archive:
        assert archive.paused(address) is None


async def test_a_few_refusals_stop_nothing(home: Path, tmp_path: Path, site: Site) -> None:
    """Fewer than five videos that are refused wait for the next run; the others are brought in."""
    address = feed(site)
    site.replies |= {f"/{i}.opus": Reply(opus(tmp_path)) for i in range(VIDEOS)} | {"/3.opus": Reply(status=429)}
    summary = await ingest(address)
    states = [each.state for each in summary.outcomes]
    assert (states.count(VideoState.done), states.count(VideoState.discovered)) == (VIDEOS - 1, 1)
    assert await flow_run(summary) == (f"ingest balanced · A show · {VIDEOS} videos", "Completed")


async def test_a_stage_that_never_ends_fails_its_video(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that loops on a recording is stopped when its time is used up; the other videos are brought in."""

    def loop(self: ScriptedTranscriber, waveform: Waveform) -> Transcript:
        while len(waveform) > 80_000:
            budget.check()
            sleep(0.01)
        return transcribe(self, waveform)

    transcribe = ScriptedTranscriber.transcribe
    monkeypatch.setattr(ScriptedTranscriber, "transcribe", loop)
    record(tmp_path / "channel" / "short.wav", 4.0)
    record(tmp_path / "channel" / "long.wav", 6.0)
    hurried = overrides().model_copy(update={"budget": TimeBudget(base=0.1, factor=0.1)})
    summary = await run_here(str(tmp_path / "channel"), "balanced", None, hurried)
    outcomes = {each.video.title: each for each in summary.outcomes}
    assert outcomes["short"].state is VideoState.done
    assert (outcomes["long"].state, outcomes["long"].stage) == (VideoState.failed, "transcribe")
    assert "BudgetError: the 1 s" in outcomes["long"].detail


async def test_only_what_was_never_brought_in_counts(home: Path, tmp_path: Path) -> None:
    """With `limit_unprocessed`, another text model makes nothing of the archive due, and new ones are limited."""
    channel = make_channel(tmp_path / "channel")
    await ingest(channel)
    for name in ("new", "newer"):
        record(channel / f"{name}.wav", 2.0, level=0.0)
    summary = await run_here(str(channel), "balanced", None, overrides(32), limit_unprocessed=1)
    assert [each.video.title for each in summary.outcomes] == ["new"]
