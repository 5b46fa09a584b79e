"""What stages took in the last runs, as the archive tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.store.databases import run
from tests.store.publications import publication, video
from whosaid.rates import StageRate, rates_of
from whosaid.store import Archive
from whosaid.types import Outcome, RunSummary, StageTiming, Video, VideoState, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def _timing(stage: str, of: Video, *, cached: bool = False) -> StageTiming:
    return StageTiming(stage, of.id, NOON, 1.0, 0.5, 0.25, 6.0, cached, "" if cached else "cuda", Work(3, 2, 40, 5e9))


def _remember(archive: Archive, run_id: str, hours: int = 0, machine: str = "A", fingerprint: str = "f") -> RunSummary:
    """Publish a video, and enter a run of it and of one that failed; the length of the latter is not known."""
    receipt = archive.publish(publication(video("one")))
    failed = video("two")
    timings = (
        _timing("fetch_audio", video("one"), cached=True),
        _timing("transcribe", video("one")),
        _timing("transcribe", failed),
        _timing("embed_voices", video("one")),
    )
    outcomes = (
        Outcome(video("one"), VideoState.done, receipt=receipt),
        Outcome(failed, VideoState.failed, "cut", "embed_voices"),
    )
    begun = NOON + timedelta(hours=hours)
    summary = RunSummary(run_id, "source", "demo", begun, 60.0, outcomes, timings)
    archive.finish_run(summary)
    run(
        archive,
        "UPDATE runs SET machine = :machine, fingerprint = :fingerprint WHERE id = :id",
        machine=machine,
        fingerprint=fingerprint,
        id=run_id,
    )
    return summary


def test_rates_are_those_of_published_videos(archive: Archive) -> None:
    """Cached stages and videos of unknown length do not count; the archive tells the same as the run itself."""
    summary = _remember(archive, "run-1")
    expected = tuple(
        StageRate("run-1", stage, 1, 60.25, 1.0, 0.5, 0.25, 6.0, Work(3, 2, 40, 5e9), "cuda")
        for stage in ("transcribe", "embed_voices")
    )
    assert archive.stage_rates("demo", "A") == rates_of(summary) == expected
    assert expected[0].real_time_factor == pytest.approx(6 / 60.25)


def test_only_comparable_runs_count_newest_first(archive: Archive) -> None:
    """The same profile and machine, the same fingerprint and earlier where that is asked for, and so many."""
    for hour, (machine, fingerprint) in enumerate([("A", "f"), ("A", "g"), ("B", "f"), ("A", "f"), ("A", "f")]):
        _remember(archive, f"run-{hour}", hour, machine, fingerprint)
    archive.start_run("run-5", "source", "demo", NOON + timedelta(hours=5))  # never ended

    def runs(**asked: object) -> list[str]:
        return list(dict.fromkeys(each.run_id for each in archive.stage_rates("demo", "A", **asked)))  # type: ignore[arg-type]

    assert runs() == ["run-4", "run-3", "run-1", "run-0"]
    assert runs(runs=2) == ["run-4", "run-3"]
    assert runs(fingerprint="f", before=NOON + timedelta(hours=4)) == ["run-3", "run-0"]
    assert archive.stage_rates("speed", "A") == ()
