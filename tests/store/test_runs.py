"""Runs and voiceprints are remembered, and remembering twice leaves one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.store.publications import unit, video
from whosaid.errors import ArchiveError
from whosaid.store import Archive, RunRecord
from whosaid.types import (
    UNKNOWN,
    Calibration,
    GpuReading,
    Outcome,
    QueueReading,
    QueueUse,
    Receipt,
    RunSummary,
    StageTiming,
    Telemetry,
    Vectors,
    VideoState,
    Voiceprint,
    Work,
)

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
    Outcome(video("one"), VideoState.done, receipt=Receipt("feed:one", 600.0, 900, 4, 3, 3)),
    Outcome(video("two"), VideoState.done, receipt=Receipt("feed:two", 150.5, 0, 0, 0, 0)),
    Outcome(video("three"), VideoState.failed, "MediaError: cut", "fetch_audio"),
    Outcome(video("four"), VideoState.unavailable, "removed"),
)


TELEMETRY = Telemetry(
    gpus=(
        GpuReading(NOON, 0, 0.84, 0.1, 12 * 2**30, 16 * 2**30, 65, 250.5, 2610, ("power limit", "heat")),
        GpuReading(NOON, 1),
        GpuReading(NOON + timedelta(seconds=5), 0, utilisation=1 / 3),
    ),
    queues=(QueueReading(NOON, "gpu", 3, 1), QueueReading(NOON + timedelta(milliseconds=50), "asr", 0, 4)),
    uses=(QueueUse("asr", 4, 0, 0.5, 0.1, 0.0), QueueUse("gpu", 1, 3, 0.9, 0.9, 1 / 3)),
    troubles=("GPU 1 (O'Neill's \"card\"; DROP TABLE runs) is lost",),
)


def _summary(run_id: str = "run-1", started_at: datetime = NOON) -> RunSummary:
    seen = (OUTCOMES, TIMINGS, ("Whisper on cpu",), "fingerprint", "NVIDIA H200 x 2", TELEMETRY)
    return RunSummary(run_id, "https://example.org", "demo", started_at, 61.5, *seen)


def test_a_run_is_remembered_with_all_that_is_known_of_it(archive: Archive) -> None:
    """Counts by outcome, audio, machine, every stage clock and all telemetry come back as they were noted."""
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    archive.finish_run(_summary())
    counts = (2, 1, 1, ("Whisper on cpu",), 750.5, "fingerprint", "NVIDIA H200 x 2")
    (record,) = archive.last_runs(5)
    assert record == RunRecord("run-1", "https://example.org", "demo", NOON, 61.5, *counts)
    assert record.speed == pytest.approx(750.5 / 61.5)
    assert archive.timings("run-1") == TIMINGS
    assert archive.telemetry("run-1") == TELEMETRY


def test_finishing_twice_leaves_one(archive: Archive) -> None:
    """A report that is made again doubles nothing."""
    archive.finish_run(_summary())
    archive.finish_run(_summary())
    assert len(archive.last_runs(5)) == 1
    assert archive.timings("run-1") == TIMINGS
    assert archive.telemetry("run-1") == TELEMETRY


def test_a_run_that_is_killed_keeps_what_it_had(archive: Archive) -> None:
    """Each video counts as soon as it has ended; such a run has no duration, and so no speed."""
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    archive.add_outcome("run-1", OUTCOMES[0], TIMINGS[:2])
    archive.add_outcome("run-1", OUTCOMES[2], TIMINGS[2:])
    (record,) = archive.last_runs(5)
    assert (record.done, record.failed, record.audio, record.seconds, record.speed) == (1, 1, 600.0, None, None)
    assert archive.timings("run-1") == TIMINGS
    assert archive.telemetry("run-1") == Telemetry()


def test_a_run_that_ends_counts_no_video_twice(archive: Archive) -> None:
    """What is noted at the end takes the place of what was noted on the way."""
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    for outcome in OUTCOMES:
        archive.add_outcome("run-1", outcome, TIMINGS[:1])
    archive.finish_run(_summary())
    (record,) = archive.last_runs(5)
    assert (record.done, record.failed, record.unavailable, record.audio) == (2, 1, 1, 750.5)
    assert archive.timings("run-1") == TIMINGS


def test_a_run_that_begins_again_begins_with_nothing(archive: Archive) -> None:
    """A run that Prefect starts again under the same id does not keep the clocks of its first attempt."""
    archive.finish_run(_summary())
    archive.start_run("run-1", "https://example.org", "demo", NOON)
    (record,) = archive.last_runs(5)
    assert (record.done, record.seconds, record.audio) == (0, None, 0.0)
    assert archive.timings("run-1") == ()
    assert archive.telemetry("run-1") == Telemetry()


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
