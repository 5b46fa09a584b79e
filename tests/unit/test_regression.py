"""A run against the last ones like it: what became slower, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from whosaid.rates import StageRate, rates_of
from whosaid.regression import Slowdown, slowdowns
from whosaid.types import GpuReading, Outcome, Receipt, RunSummary, StageTiming, Telemetry, Video, VideoState, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = 3600.0


def rate(run: int = 0, stage: str = "transcribe", hours: float = 1.0, **changes: Any) -> StageRate:
    """Return what a stage took in a former run: a minute for each hour of audio, whatever else is said."""
    usual = StageRate(
        *(f"run-{run}", stage, 2, hours * HOUR, 5.0, 1.0, 10.0, 60.0 * hours, Work(round(9000 * hours), 10), "cuda")
    )
    return replace(usual, **changes)


NOTHING_READ = Telemetry()


def run(telemetry: Telemetry = NOTHING_READ, hours: float = 1.0, **changes: Any) -> RunSummary:
    """Return a run of two videos over an hour in all, one stage of it, as long as before where nothing else is said."""
    usual: dict[str, Any] = {"waited": 1.0, "loading": 10.0, "computing": 60.0 * hours, "device": "cuda", "items": 9000}
    told = usual | {"items": 9000 * hours} | changes
    videos = [Video("feed", str(i), "", "", "", None, None) for i in range(2)]
    outcomes = tuple(
        Outcome(each, VideoState.done, receipt=Receipt(each.id, hours * HOUR / 2, 1, 1, 1, 1)) for each in videos
    )
    half = {name: told[name] / 2 for name in ("waited", "loading", "computing")}
    timings = tuple(
        StageTiming(
            "transcribe", each.id, NOON, 2.0, *half.values(), cached=False, device=told["device"],
            work=Work(round(told["items"] / 2), 5),
        )
        for each in videos
    )  # fmt: skip
    return RunSummary("now", "source", "balanced", NOON, 300.0, outcomes, timings, telemetry=telemetry)


FORMER = tuple(rate(i) for i in range(3))


def only(found: tuple[Slowdown, ...]) -> Slowdown:
    [slowdown] = found
    return slowdown


def test_a_run_like_the_others_is_not_slow() -> None:
    """Nor one that is a little slower."""
    assert slowdowns(run(), FORMER) == ()
    assert slowdowns(run(computing=84.0), FORMER) == ()


def test_a_stage_that_takes_longer_is_told_with_its_figures() -> None:
    """Against the median: one former run that was slow itself, or fast, changes nothing."""
    former = (*FORMER, rate(3, computing=300.0), rate(4, computing=6.0))
    found = only(slowdowns(run(computing=129.0), former))
    assert (found.stage, found.ratio) == ("transcribe", pytest.approx(140 / 71))
    assert (found.before, found.now) == (pytest.approx(71), pytest.approx(140))
    assert "no reading says why" in found.cause


@pytest.mark.parametrize(
    ("former", "hours"),
    [(FORMER[:2], 1.0), (tuple(rate(i, hours=0.4) for i in range(3)), 1.0), (FORMER, 0.4), ((), 1.0)],
)
def test_too_little_is_not_judged(former: tuple[StageRate, ...], hours: float) -> None:
    """Fewer than three runs, or too little audio then or now."""
    assert slowdowns(run(hours=hours, computing=600.0), former) == ()


def test_a_short_run_loads_as_long_as_a_long_one() -> None:
    """Loading and waiting are the same however much there is to do: neither a short run after long ones is slow, …"""
    long_runs = [rate(i, hours=50.0) for i in range(3)]
    assert slowdowns(run(hours=1.0), long_runs) == ()
    # … nor a long one after short ones, whose waits grow with what it does.
    assert slowdowns(run(hours=50.0, waited=50.0, loading=10.0), FORMER) == ()


def test_loading_that_takes_longer_is_named() -> None:
    found = only(slowdowns(run(loading=200.0), FORMER))
    assert found.cause.startswith("its models took 200 s to load")


def test_waiting_that_takes_longer_is_named() -> None:
    found = only(slowdowns(run(waited=150.0), FORMER))
    assert found.cause.startswith("it waited 150 s for a model")


def test_another_device_is_named() -> None:
    found = only(slowdowns(run(computing=600.0, device="cpu"), FORMER))
    assert found.cause == "it computed on cpu, and on cuda before"


def test_more_to_do_is_named() -> None:
    found = only(slowdowns(run(computing=150.0, items=22_500), FORMER))
    assert found.cause == "there was more to do: 2.5 times as many items for a second of audio"


def readings(**told: Any) -> Telemetry:
    """Return what a driver says while the stages compute, and after them."""
    moments = [NOON + timedelta(seconds=i) for i in range(0, 300, 10)]
    return Telemetry(tuple(GpuReading(**{"at": at, "gpu": 0, "utilisation": 0.9} | told) for at in moments))


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({"throttled": ("overheating",)}, "the clock of the GPU was held down in 100% of the readings at work"),
        ({"memory_used": 95, "memory_total": 100}, "the memory of the GPU was 95% full"),
        ({}, "the GPU was 90% busy while no stage computed on it"),
    ],
)
def test_what_the_readings_say_is_the_cause(told: dict[str, Any], cause: str) -> None:
    """Heat, a full memory, somebody else's work."""
    found = only(slowdowns(run(readings(**told), computing=150.0), FORMER))
    assert found.cause.startswith(cause)


def test_a_loss_that_nobody_feels_is_not_told() -> None:
    """Below a twentieth of the run."""
    former = tuple(rate(i, computing=1.0, loading=0.0, waited=0.0) for i in range(3))
    assert slowdowns(run(computing=10.0, loading=0.0, waited=0.0), former) == ()


def test_rates_leave_out_videos_of_unknown_length() -> None:
    """Those that failed, and stages that were found."""
    whole = run()
    failed = replace(whole, outcomes=(whole.outcomes[0], replace(whole.outcomes[1], receipt=None)))
    [found] = rates_of(failed)
    assert (found.videos, found.audio, found.computing) == (1, HOUR / 2, 30.0)
    cached = replace(whole, timings=tuple(replace(each, cached=True) for each in whole.timings))
    assert rates_of(cached) == ()
