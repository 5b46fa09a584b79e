"""Runs and voiceprints are remembered, and remembering twice leaves one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.store.publications import unit, video
from whosaid.errors import ArchiveError
from whosaid.store import Archive, RunRecord
from whosaid.types import UNKNOWN, Calibration, Outcome, RunSummary, StageTiming, Vectors, VideoState, Voiceprint, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TIMINGS = tuple(
    StageTiming(
        stage,
        "feed:one",
        NOON + timedelta(seconds=i),
        0.05,
        0.1,
        0.2,
        1 / 3,
        stage == "publish",
        "cpu",
        Work(3, 2, 40, 5e9),
    )
    for i, stage in enumerate(("fetch_audio", "transcribe", "publish"))
)
OUTCOMES = (
    Outcome(video("one"), VideoState.done),
    Outcome(video("two"), VideoState.done),
    Outcome(video("three"), VideoState.failed, "MediaError: cut", "fetch_audio"),
    Outcome(video("four"), VideoState.unavailable, "removed"),
)


def _summary(run_id: str = "run-1", started_at: datetime = NOON) -> RunSummary:
    return RunSummary(run_id, "https://example.org", "demo", started_at, 61.5, OUTCOMES, TIMINGS, ("Whisper on cpu",))


def test_a_run_is_remembered_with_its_clocks(archive: Archive) -> None:
    """Counts by outcome, engines and every stage clock come back as they were noted."""
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    archive.finish_run(_summary())
    assert archive.last_runs(5) == (
        RunRecord("run-1", "https://example.org", "demo", NOON, 61.5, 2, 1, 1, ("Whisper on cpu",)),
    )
    assert archive.timings("run-1") == TIMINGS


def test_finishing_twice_leaves_one(archive: Archive) -> None:
    """A report that is made again does not double the clocks."""
    archive.finish_run(_summary())
    archive.finish_run(_summary())
    assert len(archive.last_runs(5)) == 1
    assert archive.timings("run-1") == TIMINGS


def test_a_run_that_never_ended_shows(archive: Archive) -> None:
    """A run that was killed has no duration."""
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    assert archive.last_runs(5)[0].seconds is None


def test_last_runs_come_newest_first(archive: Archive) -> None:
    """The status shows the newest runs."""
    for i in range(7):
        archive.finish_run(_summary(f"run-{i}", NOON + timedelta(hours=i)))
    assert [record.run_id for record in archive.status().runs] == ["run-6", "run-5", "run-4", "run-3", "run-2"]


def test_voiceprints_come_in_order_of_name(archive: Archive) -> None:
    """Only those of the asked model, each as it was enrolled."""
    zoe, ada = _voiceprint("Zoe", "voice-a", unit(2, 5, 1)), _voiceprint("Ada", "voice-a", unit(1, 5, 2))
    for voiceprint in (zoe, ada, _voiceprint("Bob", "voice-b", unit(1, 4))):
        archive.keep_voiceprint(voiceprint)
    stored = archive.voiceprints("voice-a")
    assert [(each.speaker, each.model_key) for each in stored] == [("Ada", "voice-a"), ("Zoe", "voice-a")]
    np.testing.assert_array_equal(stored[0].centroids, ada.centroids)
    np.testing.assert_array_equal(stored[1].centroids, zoe.centroids)
    assert archive.status().enrolled == 3


def test_enrolling_again_adds_a_version(archive: Archive) -> None:
    """The newest enrolment of a speaker counts; the older one is kept in the database."""
    assert archive.keep_voiceprint(_voiceprint("Ada", "voice-a", unit(1, 5, 1))) == 1
    assert archive.keep_voiceprint(_voiceprint("Ada", "voice-a", unit(1, 5, 2))) == 2
    (stored,) = archive.voiceprints("voice-a")
    np.testing.assert_array_equal(stored.centroids, unit(1, 5, 2))


def test_unknown_is_nobodys_name(archive: Archive) -> None:
    """Nobody can be enrolled under the name that stands for no match."""
    with pytest.raises(ArchiveError, match="ck_speakers_name"):
        archive.keep_voiceprint(_voiceprint(UNKNOWN, "voice-a", unit(1, 5)))


def _voiceprint(speaker: str, model_key: str, centroids: Vectors) -> Voiceprint:
    return Voiceprint(speaker, model_key, centroids, 12, 34.5, ("feed:one#SPEAKER_00", "clip.wav"))


def test_a_voiceprint_keeps_what_it_was_made_of(archive: Archive) -> None:
    """The windows, the seconds and the clips come back with it."""
    archive.keep_voiceprint(_voiceprint("Ada", "voice-a", unit(1, 5)))
    (stored,) = archive.voiceprints("voice-a")
    assert (stored.windows, stored.seconds, stored.clips) == (12, 34.5, ("feed:one#SPEAKER_00", "clip.wav"))


def test_the_newest_calibration_counts(archive: Archive) -> None:
    """Each model has its own; without one the default holds, without a cohort."""
    assert archive.calibration("voice-a").cohort.size == 0
    assert archive.keep_calibration(Calibration("voice-a", 0.4, 0.1)) == 1
    assert archive.keep_calibration(Calibration("voice-a", 0.6, 0.2, unit(3, 5))) == 2
    stored = archive.calibration("voice-a")
    assert (stored.threshold, stored.margin) == (0.6, 0.2)
    np.testing.assert_array_equal(stored.cohort, unit(3, 5))
    assert archive.calibration("voice-b").threshold == Calibration("voice-b").threshold
