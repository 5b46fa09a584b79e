"""The golden run: the demo channel through yt-dlp, the real engines, the real flow and a real archive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.demo.__main__ import ingest_demo
from deployments.demo.home import CHANNEL
from tests.benchmarks.retrieval import measure
from tests.flows.conftest import data_directory
from whosaid.cli import app
from whosaid.store import open_archive
from whosaid.types import RunSummary, Unavailability, VideoState

PLAYABLE = {path.stem for path in CHANNEL.glob("*.json")} - {"channel", "questions"}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def home() -> Generator[Path]:
    """One data directory for the golden run."""
    with data_directory() as home:
        yield home


@pytest.fixture(scope="module")
def run(home: Path) -> RunSummary:
    return asyncio.run(ingest_demo(home))


def whosaid(home: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--home", str(home), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_episode_ends_as_it_must(run: RunSummary) -> None:
    """The playable ones are published, the gone, silent and corrupt ones are named as what they are."""
    outcomes = {each.video.external_id: each for each in run.outcomes}
    done = {name for name, each in outcomes.items() if each.state is VideoState.done}
    assert done == PLAYABLE | {"music-only"}
    assert outcomes["music-only"].detail == "no speech"
    assert outcomes["lost-interview"].detail.startswith(Unavailability.removed)
    assert (outcomes["broken-tape"].stage, outcomes["broken-tape"].detail[:10]) == ("fetch_audio", "MediaError")


def test_the_archive_is_as_good_as_promised(run: RunSummary, home: Path) -> None:
    """WER <= 6 %, DER <= 15 %, at least 90 % of the words with the right speaker, over the playable episodes."""
    measured = whosaid(home, "eval", "demo")
    assert {each["episode"] for each in measured["episodes"]} == PLAYABLE
    assert measured["wer"] <= 0.06
    assert measured["der"] <= 0.15
    assert measured["speaker_accuracy"] >= 0.90


def test_the_host_has_her_name_and_no_guest_has_it(run: RunSummary, home: Path) -> None:
    """Enrolled from one episode: >= 90 % of the words of the others have the right name, and no guest is named."""
    measured = whosaid(home, "eval", "demo")
    assert measured["enrolled_from"] == ["light-in-the-morning"]
    assert measured["name_accuracy"] >= 0.90
    assert (measured["false_accept_turns"], measured["false_accept_turns_of"]) == (0, 70)
    assert (measured["far"], measured["genuine_trials"], measured["impostor_trials"]) == (0, 5, 8)
    assert Path(measured["plot"]).read_text().startswith("<?xml")


def test_search_finds_what_was_asked(run: RunSummary, home: Path) -> None:
    """The answer comes first for two of three written questions; words and vectors together beat each alone."""
    with open_archive(None, home) as archive:
        over_all = {way: figures for way, kind, figures in measure(archive, home) if kind == "all"}
    hybrid, vectors, words = (over_all[way] for way in ("hybrid", "vectors", "words"))
    assert hybrid.recall_at_1 >= max(2 / 3, vectors.recall_at_1, words.recall_at_1)
    assert hybrid.recall_at_5 >= max(0.9, vectors.recall_at_5, words.recall_at_5)
    assert hybrid.mrr >= max(vectors.mrr, words.mrr)


def test_the_command_finds_the_quote_that_the_question_finds(run: RunSummary, home: Path) -> None:
    """A question by meaning and a quote by its words lead to the same passage, and to the second that says it."""
    asked = whosaid(home, "search", "How long before bedtime should I have my last coffee?", "--limit", "1")
    quoted = whosaid(home, "search", "before you go to bed", "--exact")
    assert [hit["text"] for hit in quoted] == [hit["text"] for hit in asked]
    assert quoted[0]["start"] < quoted[0]["moment"] < quoted[0]["end"]


def test_a_second_run_does_nothing(run: RunSummary, home: Path) -> None:
    """Nothing is due: no stage is executed, no engine is loaded, no audio is read."""
    again = asyncio.run(ingest_demo(home))
    assert (again.executed, again.engines_loaded, again.outcomes) == (0, (), ())
