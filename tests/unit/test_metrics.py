"""What the figures of a run say: rates of stages, pace, and the time that the rest takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whosaid.metrics import StageSummary, stage_summaries
from whosaid.progress import Pace, Progress, pace_of
from whosaid.types import Outcome, Receipt, RunSummary, Seconds, StageTiming, Video, VideoState, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = 3600.0
NOTHING = Work()


def _video(name: str, duration: Seconds | None = None) -> Video:
    return Video("feed", name, f"https://example.org/{name}", name, "channel", duration=duration)


def _done(name: str, duration: Seconds) -> Outcome:
    return Outcome(_video(name), VideoState.done, receipt=Receipt(f"feed:{name}", duration, 1, 1, 1, 1))


def _failed(name: str) -> Outcome:
    return Outcome(_video(name), VideoState.failed, "corrupt", "transcribe")


def _timing(
    stage: str, name: str, start: Seconds, computing: Seconds, *, cached: bool = False, work: Work = NOTHING
) -> StageTiming:
    at = NOON + timedelta(seconds=start)
    return StageTiming(stage, f"feed:{name}", at, 0.0, 0.0, 0.0, computing, cached, "cpu", work)


def _stage(outcomes: tuple[Outcome, ...], *timings: StageTiming) -> StageSummary:
    (stage,) = stage_summaries(RunSummary("run", "source", "demo", NOON, 60.0, outcomes, timings))
    return stage


def test_rates_are_over_the_time_of_computing() -> None:
    """Audio, items and tokens; what a stage does not count it has no rate of."""
    stage = _stage(
        (_done("a", 600.0), _done("b", 200.0)),
        _timing("embed", "a", 0, 3.0, work=Work(items=90, tokens=9000)),
        _timing("embed", "b", 0, 1.0, work=Work(items=30, tokens=1000)),
    )
    assert (stage.real_time_factor, stage.items_per_second, stage.tokens_per_second) == (0.005, 30.0, 2500.0)
    plain = _stage((_done("a", 600.0),), _timing("cut", "a", 0, 3.0))
    assert (plain.real_time_factor, plain.items_per_second, plain.tokens_per_second) == (0.005, None, None)


def test_a_found_result_has_no_rate() -> None:
    stage = _stage((_done("a", 600.0),), _timing("embed", "a", 0, 0.001, cached=True))
    assert (stage.real_time_factor, stage.executed, stage.cached) == (None, 0, 1)


def test_a_video_that_failed_slows_no_stage() -> None:
    """Nobody knows how much of it was worked through; its time still counts as computing."""
    stage = _stage((_done("a", 600.0), _failed("b")), _timing("asr", "a", 0, 6.0), _timing("asr", "b", 0, 94.0))
    assert (stage.real_time_factor, stage.computing) == (pytest.approx(0.01), 100.0)


def test_videos_at_the_same_time_count_the_time_once() -> None:
    """Two of an hour each, side by side, in a minute: 120 hours of audio an hour."""
    outcomes = (_done("a", HOUR), _done("b", HOUR))
    timings = (_timing("asr", "a", 0, 60.0), _timing("asr", "b", 0, 60.0))
    pace = pace_of(RunSummary("run", "source", "demo", NOON, 1000.0, outcomes, timings))
    assert pace == Pace(2 * HOUR, 60.0)
    assert (pace.speed, pace.real_time_factor) == (120.0, pytest.approx(1 / 120))


def test_a_pause_between_videos_is_no_work_and_orchestration_is() -> None:
    """A breath between two stages counts, an hour in which nothing is due does not."""
    progress = Progress.over([])
    progress.add(_done("a", 100.0), [_timing("fetch", "a", 0, 10.0), _timing("asr", "a", 12, 8.0)])
    progress.add(_done("b", 100.0), [_timing("asr", "b", 5000, 20.0)])
    assert progress.pace() == Pace(200.0, 40.0)


def test_found_videos_say_nothing_of_the_rest() -> None:
    """A run that goes on where another was killed finds a thousand videos in a minute, and then works."""
    progress = Progress.over([_video("left", HOUR), *(_video(f"found-{i}") for i in range(1000))])
    for i in range(1000):
        found = [
            _timing("asr", f"found-{i}", i / 20, 0.01, cached=True),
            _timing("publish", f"found-{i}", i / 20, 0.05),
        ]
        progress.add(_done(f"found-{i}", HOUR), found)
    progress.add(_done("a", HOUR), [_timing("asr", "a", 100, 58.0), _timing("publish", "a", 158, 2.0)])
    assert progress.time_left() == pytest.approx(60.0)
    assert progress.pace() == Pace(HOUR, pytest.approx(60.0))


def test_a_run_that_does_one_stage_anew_goes_by_that() -> None:
    """Another text model: everything is found but the embedding, and that is the pace of the rest."""
    progress = Progress.over([_video("left", HOUR)])
    for i in range(3):
        clocks = [_timing("asr", f"{i}", 4 * i, 0.01, cached=True), _timing("embed", f"{i}", 4 * i, 4.0)]
        progress.add(_done(f"{i}", HOUR), clocks)
    assert progress.time_left() == pytest.approx(4.0)


def test_lengths_that_nobody_knows_are_the_mean() -> None:
    """Those of the listing where it has them; a feed has none."""
    progress = Progress.over([_video("a"), _video("b"), _video("known", 300.0), _video("unknown")])
    progress.add(_done("a", 100.0), [_timing("asr", "a", 0, 10.0)])
    progress.add(_done("b", 200.0), [_timing("asr", "b", 10, 20.0)])
    assert progress.time_left() == pytest.approx(0.1 * (300 + 150))


def test_before_a_video_is_done_nothing_is_known() -> None:
    """Failures are quick, and so are videos that cannot be had."""
    progress = Progress.over([_video("a"), _video("b")])
    assert progress.time_left() is None
    progress.add(_failed("a"), [_timing("asr", "a", 0, 10.0)])
    assert progress.time_left() is None
    assert list(progress.left) == ["feed:b"]


def test_when_all_is_done_nothing_is_left() -> None:
    progress = Progress.over([_video("a")])
    progress.add(_done("a", 100.0), [_timing("asr", "a", 0, 10.0)])
    assert progress.time_left() == 0.0


@given(st.lists(st.integers(1, 200), min_size=1, max_size=10), st.integers(1, 4))
def test_a_steady_run_is_foretold(lengths: list[int], side_by_side: int) -> None:
    """With every slot taken all the time, the rest takes as long for its audio as what was done."""
    progress = Progress.over([_video("left", 500.0)])
    for lane in range(side_by_side):
        start = 0
        for number, length in enumerate(lengths):
            name = f"{lane}-{number}"
            progress.add(_done(name, 10.0 * length), [_timing("asr", name, start, float(length))])
            start += length
    assert progress.time_left() == pytest.approx(50.0 / side_by_side)
