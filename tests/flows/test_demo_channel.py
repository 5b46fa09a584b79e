"""The golden run: the demo channel through yt-dlp, the real engines, the real flow and a real archive."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.demo.__main__ import ingest_demo
from deployments.demo.home import CHANNEL
from tests.flows.conftest import data_directory
from whosaid.cli import app
from whosaid.evaluation import Segment
from whosaid.references import read_references
from whosaid.types import RunSummary, Span, Unavailability, VideoState

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


def test_search_finds_what_was_asked(run: RunSummary, home: Path) -> None:
    """The passage that says the answer comes first for at least 8 of the 10 written questions."""
    references = read_references(CHANNEL)
    questions = json.loads((CHANNEL / "questions.json").read_text())
    found = [whosaid(home, "search", each["question"], "--limit", "1")[0] for each in questions]
    right = [answers(hit, each, references[each["episode"]]) for hit, each in zip(found, questions, strict=True)]
    assert len(questions) == 10
    assert sum(right) >= 8, [each["question"] for each, ok in zip(questions, right, strict=True) if not ok]


def answers(hit: dict[str, Any], question: dict[str, str], reference: tuple[Segment, ...]) -> bool:
    """Say whether a hit covers most of the stretch of the reference that says the answer."""
    [said] = [each for each in reference if plain(question["answer"]) in plain(each.words)]
    covered = Span(hit["start"], hit["end"]).overlap(said)
    return hit["video"].endswith(question["episode"]) and covered >= said.duration / 2


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_a_second_run_does_nothing(run: RunSummary, home: Path) -> None:
    """Nothing is due: no stage is executed, no engine is loaded, no audio is read."""
    again = asyncio.run(ingest_demo(home))
    assert (again.executed, again.engines_loaded, again.outcomes) == (0, (), ())
