"""`whosaid runs` over a real archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from tests.store.publications import publication, video
from whosaid.cli import app
from whosaid.store import Archive
from whosaid.types import Outcome, QueueUse, RunSummary, StageTiming, Telemetry, VideoState, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
VIDEOS = tuple(video(f"talk-{i}") for i in range(40))
Whosaid: TypeAlias = Callable[..., Any]


@pytest.fixture
def whosaid(archive: Archive, archive_url: str, tmp_path: Path) -> Whosaid:
    def call(*arguments: str, status: int = 0) -> Any:
        result = CliRunner().invoke(
            app, ["runs", *arguments, "--home", str(tmp_path), "--database-url", archive_url], env={"COLUMNS": "200"}
        )
        assert result.exit_code == status, result.output
        return result

    return call


def timing(stage: str, i: int, seconds: float) -> StageTiming:
    begun = NOON + timedelta(seconds=10 * i)
    return StageTiming(
        stage, VIDEOS[i].id, begun, 9.0, 0.0, 0.0, seconds, cached=False, device="cuda", work=Work(5, 1, flop=1e15)
    )


def run_of(run_id: str, hour: int, computing: float = 8.0) -> RunSummary:
    """Return a run that transcribes all videos, one at a time: its only slot is full and has a line before it."""
    outcomes = [Outcome(each, VideoState.done) for each in VIDEOS[1:]]
    failed = Outcome(VIDEOS[0], VideoState.failed, "cut", "transcribe")
    timings = tuple(timing("transcribe", i, computing) for i in range(len(VIDEOS)))
    use = QueueUse("asr", 1, 12, 0.98, 0.97, 0.96)
    return RunSummary(
        *(run_id, "https://example.org/[bold]ch", "balanced", NOON + timedelta(hours=hour), 400.0),
        *((failed, *outcomes), timings, ("HeldAsr on cuda",), "print", "NVIDIA H200", Telemetry(uses=(use,))),
    )


def remember(archive: Archive, run: RunSummary) -> None:
    """Publish the videos of a run as an hour of audio each, then enter it."""
    receipts = {}
    for each in run.outcomes[1:]:
        told = publication(each.video)
        receipts[each.video.id] = archive.publish(replace(told, audio=replace(told.audio, duration=3600.0)))
    outcomes = tuple(replace(each, receipt=receipts.get(each.video.id)) for each in run.outcomes)
    archive.finish_run(replace(run, outcomes=outcomes))


@pytest.fixture
def filled(archive: Archive) -> Archive:
    remember(archive, run_of("aaaa-1111", 0))
    for i, run_id in enumerate(("aaaa-2222", "bbbb-1111"), start=1):
        archive.finish_run(replace(run_of(run_id, i), outcomes=(Outcome(VIDEOS[1], VideoState.done),)))
    archive.start_run("cccc-1111", "folder", "demo", NOON + timedelta(hours=9))
    return archive


def test_an_archive_without_runs_says_so(whosaid: Whosaid) -> None:
    assert whosaid().output == "The archive remembers no run yet: ingest something.\n"
    assert json.loads(whosaid("--json").output) == []


def test_the_last_runs_are_listed_newest_first(filled: Archive, whosaid: Whosaid) -> None:
    """With what each did, and which never ended; what a source is called is no markup."""
    lines = whosaid().output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["cccc-111", "bbbb-111", "aaaa-222", "aaaa-111"]
    assert "never ended" in lines[1]
    assert "https://example.org/[bold]ch" in lines[4]
    assert "39 done, 1 failed in 6 min 40 s" in lines[4]
    assert [each["run_id"] for each in json.loads(whosaid("--json", "--limit", "2").output)] == [
        "cccc-1111",
        "bbbb-1111",
    ]


def test_a_run_is_told_by_stage_with_what_held_it_back(filled: Archive, whosaid: Whosaid) -> None:
    """From what is stored: the stage, its share of the peak, the full slots and their remedy."""
    told = whosaid("aaaa-1").output
    assert "run aaaa-1111 of https://example.org/[bold]ch" in told
    assert (
        "Held back: asr slots were full 97 % of the time with up to 12 waiting: raise asr workers from 1 to 2" in told
    )
    as_json = json.loads(whosaid("aaaa-1", "--json").output)
    [stage] = as_json["stages"]
    assert (stage["stage"], stage["executed"], stage["cached"]) == ("transcribe", 40, 0)
    assert stage["share_of_peak"] == pytest.approx(40e15 / 320 / 989e12)
    assert [each["cause"] for each in as_json["advice"]] == ["asr slots"]
    assert as_json["slowdowns"] == []
    assert (as_json["videos"], as_json["audio"]) == (40, 39 * 3600)


def test_a_run_that_became_slower_is_told_so(filled: Archive, whosaid: Whosaid) -> None:
    """Against the three before it on the same machine."""
    filled.finish_run(replace(run_of("dddd-1111", 5, computing=24.0), outcomes=(Outcome(VIDEOS[1], VideoState.done),)))
    told = whosaid("dddd").output
    assert "Slower: transcribe takes 3.0 times as long as in the last runs" in told


def test_a_run_that_never_ended_is_not_judged(filled: Archive, whosaid: Whosaid) -> None:
    told = whosaid("cccc").output
    assert "no video; never ended, or not yet" in told
    assert "Held back" not in told


def test_two_runs_are_compared_by_stage(filled: Archive, whosaid: Whosaid) -> None:
    """Seconds for an hour of audio, and the ratio of the second to the first."""
    filled.finish_run(replace(run_of("dddd-1111", 5, computing=4.0), outcomes=(Outcome(VIDEOS[1], VideoState.done),)))
    told = json.loads(whosaid("aaaa-1", "dddd", "--json").output)
    [stage] = told["stages"]
    assert (stage["stage"], stage["ratio"]) == ("transcribe", pytest.approx(0.5))
    assert "transcribe" in whosaid("aaaa-1", "dddd").output


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("eeee", "error: the archive has no run 'eeee': whosaid runs lists those it has"),
        ("aaaa", "error: several runs begin with 'aaaa': name one of aaaa-2222, aaaa-1111"),
        ("%", "error: the archive has no run '%'"),
    ],
)
def test_what_is_no_run_is_said_in_one_line(filled: Archive, whosaid: Whosaid, reference: str, said: str) -> None:
    """Unknown, or the beginning of several."""
    assert whosaid(reference, status=1).stderr.splitlines()[0].startswith(said)
