"""What the Prefect UI, the log and the report say of a run, hostile as titles are."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from flows.artifacts import link, plain
from flows.console import run_here
from flows.limits import set_limits
from flows.logs import TASK_LOGGER, drop_success, prepare_logs
from tests.flows.conftest import data_directory
from tests.flows.scripted import make_channel, overrides, record
from whosaid.profiles import BALANCED
from whosaid.types import RunSummary, Video

HOSTILE = "[x](javascript:alert(1)) <b> _it_"


@dataclass(frozen=True, slots=True)
class Told:
    """A run with what was told of it."""

    run: RunSummary
    home: Path
    artifacts: dict[str, Artifact]
    log: list[logging.LogRecord]

    def table(self, key: str) -> list[dict[str, Any]]:
        data = self.artifacts[key].data
        assert isinstance(data, str)
        return json.loads(data)


class Keeper(logging.Handler):
    """Keeps records."""

    def __init__(self) -> None:
        super().__init__()
        self.records = list[logging.LogRecord]()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


async def artifacts_of(run: RunSummary) -> dict[str, Artifact]:
    async with get_client() as client:
        ours = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.run_id]))  # type: ignore[list-item]
        return {each.key or "": each for each in await client.read_artifacts(artifact_filter=ours)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Generator[Told]:
    """A run over a recording with voices and a hostile name, one of silence, and one that is corrupt."""
    channel = make_channel(tmp_path_factory.mktemp("media") / "channel")
    (channel / "speech.wav").unlink()
    record(channel / f"{HOSTILE}.wav", 6.0)
    keeper = Keeper()
    with data_directory() as home:
        asyncio.run(set_limits(BALANCED.limits))
        logging.getLogger("whosaid").addHandler(keeper)
        try:
            run = asyncio.run(run_here(str(channel), "balanced", None, overrides()))
        finally:
            logging.getLogger("whosaid").removeHandler(keeper)
        yield Told(run, home, asyncio.run(artifacts_of(run)), keeper.records)


def test_outcomes_are_shown_as_text(told: Told) -> None:
    """A title makes no link and no tag; a file has no address to lead to; reasons are told in full."""
    rows = {row["outcome"]: row for row in told.table("outcomes") if row["why"] != "no speech"}
    assert rows["done"]["video"] == r"\[x\](javascript:alert(1)) &lt;b&gt; \_it\_"
    assert rows["done"]["length"] == "0:06"
    assert rows["done"]["words from"] == "asr"
    assert rows["failed"]["why"].startswith("MediaError: ")
    assert rows["failed"]["failed stage"] == "fetch_audio"


def test_stages_are_shown_with_what_was_found(told: Told) -> None:
    """Seconds, shares and rates, and how many results the cache had."""
    stages = {row["stage"]: row for row in told.table("stage-timings")}
    assert stages["transcribe"]["executed"] == 2
    assert float(stages["transcribe"]["items/s"]) > 0
    cache = {row["stage"]: row for row in told.table("cache")}
    assert cache["transcribe"] == {"stage": "transcribe", "found": 0, "executed": 2, "share": "0%"}


def test_the_timeline_is_a_picture_that_needs_no_network(told: Told) -> None:
    """Inside the artifact itself."""
    assert str(told.artifacts["timeline"].data).startswith("![what ran when](data:image/svg+xml;base64,")


def test_what_held_the_run_back_is_shown(told: Told) -> None:
    """Also where that is nothing; warnings go with it."""
    said = str(told.artifacts["bottleneck"].data)
    assert "Too little was computed to tell" in said
    assert "1 of 3 videos failed" in said


def test_the_progress_ends_whole(told: Told) -> None:
    """With the outcomes beside it."""
    assert told.artifacts["progress"].data == 100.0
    assert str(told.artifacts["progress"].description).startswith("3 of 3: 2 done, 1 failed")


def test_the_report_lies_in_the_data_directory(told: Told) -> None:
    """The summary and the log say where."""
    file = told.home / "reports" / f"run-{told.run.run_id}.html"
    assert "&lt;b&gt; _it_" in file.read_text()
    assert file.name.replace("_", r"\_") in str(told.artifacts["summary"].data)
    assert any(str(file) in each.getMessage() for each in told.log)


def test_the_log_has_a_line_for_each_stage_and_each_video(told: Told) -> None:
    """Of the library's own, each on one line."""
    lines = [each.getMessage() for each in told.log if each.levelno == logging.INFO]
    stages = [each for each in told.log if each.name == "whosaid.stage"]
    assert len(stages) == len(told.run.timings)
    assert len([each for each in lines if each.startswith(("1/3 ", "2/3 ", "3/3 "))]) == 3
    assert not [each for each in lines if "\n" in each]


def test_the_success_of_a_task_is_told_once() -> None:
    """Prefect's own line of it is dropped; that of a failure stays."""
    prepare_logs()
    assert drop_success in logging.getLogger(TASK_LOGGER).filters
    said = {"Finished in state Completed()": logging.INFO, "Finished in state Cached(type=COMPLETED)": logging.INFO,
            "Finished in state Failed('no')": logging.ERROR}  # fmt: skip
    records = [logging.LogRecord(TASK_LOGGER, level, "", 0, line, (), None) for line, level in said.items()]
    assert list(map(drop_success, records)) == [False, False, True]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Sleep, part 1: it's good! (really?)", "Sleep, part 1: it's good! (really?)"),
        ("1. First", r"1\. First"),
        ("- item", r"\- item"),
        ("# head", r"\# head"),
        ("`a` *b* ~c~ |d| \\e", r"\`a\` \*b\* \~c\~ \|d\| \\e"),
        ("<img src=x onerror=y> &amp;", "&lt;img src=x onerror=y&gt; &amp;amp;"),
        ("a\nb\x1b[2J", r"a b \[2J"),
    ],
)
def test_markup_is_shown_as_it_is_written(title: str, shown: str) -> None:
    """By escapes that the UI was seen to read; what is no markup stays as it is."""
    assert plain(title) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/watch?v=x&t=9", "[A \\[talk\\]](https://a.example/watch?v=x&t=9)"),
        ("https://a.example/x) [y](javascript:z", "[A \\[talk\\]](https://a.example/x%29%20%5By%5D%28javascript:z)"),
        ("javascript:alert(1)", "A \\[talk\\]"),
        ("/videos/talk.wav", "A \\[talk\\]"),
    ],
)
def test_a_video_is_linked_where_a_browser_may_follow(url: str, shown: str) -> None:
    """An address cannot end the link that it stands in."""
    assert link(Video("feed", "one", url, "A [talk]", "A channel")) == shown
