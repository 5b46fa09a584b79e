"""The watch over GPUs and queues tells what it sees, and harms nothing where it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from threading import Event, active_count
from threading import enumerate as threads
from time import sleep

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nvml import Card, Driver, installed
from whosaid import gpu, telemetry
from whosaid.errors import DeviceError
from whosaid.gpu_curve import MOST_READINGS, GpuCurve, merge
from whosaid.queue_log import QueueLog
from whosaid.telemetry import Sampler, StageBusy, busy_by_stage, describe
from whosaid.types import GpuReading, RunSummary, StageTiming, Telemetry

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOURS = 3600.0  # a period that never passes in a test
RUN: ContextVar[str] = ContextVar("run", default="none")


class Log(logging.Handler):
    """Keeps what is logged, and tells when there is something; knows the run by the context, as Prefect does."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[tuple[str, str]] = []
        self.said = Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((RUN.get(), record.getMessage()))
        self.said.set()


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    telemetry.logger.addHandler(handler)
    level = telemetry.logger.level
    telemetry.logger.setLevel(logging.INFO)
    yield handler
    telemetry.logger.setLevel(level)
    telemetry.logger.removeHandler(handler)


@pytest.fixture
def queues() -> QueueLog:
    return QueueLog({"gpu": 1, "asr": 4})


def test_a_run_shorter_than_the_period_is_seen_at_both_ends(queues: QueueLog) -> None:
    """Two readings of every GPU, the queues, and no thread that stays behind."""
    before = active_count()
    with installed(Driver(Card(), Card())):
        with Sampler(queues, HOURS) as sampler, queues.running("gpu"):
            pass
        seen = sampler.telemetry()
    assert [(each.gpu, each.utilisation) for each in seen.gpus] == [(0, 0.84), (1, 0.84), (0, 0.84), (1, 0.84)]
    assert {each.tag for each in seen.queues} == {"gpu", "asr"}
    assert [use.tag for use in seen.uses] == ["asr", "gpu"]
    assert seen.troubles == ()
    assert active_count() == before


def test_the_log_line_belongs_to_the_run(queues: QueueLog, log: Log) -> None:
    """The thread takes over the context of whoever enters it, by which a line finds its run."""
    RUN.set("ours")
    with (
        installed(Driver(Card(reasons=pynvml.nvmlClocksEventReasonSwPowerCap))),
        queues.running("gpu"),
        queues.waiting("gpu"),
        Sampler(queues, period=0.01, pace=0.0),
    ):
        assert log.said.wait(30)
    assert log.lines[0] == (
        "ours",
        "NVIDIA RTX 5080 · SM 84 % · memory 75 % · 65 °C · 250 W · held down: power limit · asr 0/4 · "
        "gpu 1/1 +1 waiting",
    )


def test_no_gpu_is_said_and_is_no_trouble(queues: QueueLog, log: Log) -> None:
    """The queues are watched all the same."""
    with installed(None), Sampler(queues, HOURS) as sampler:
        pass
    assert log.lines[0][1] == "no GPU that this process may see: the queues alone are watched"
    assert (sampler.telemetry().gpus, sampler.telemetry().troubles) == ((), ())
    assert describe([], [("gpu", 0, 1, 0)]) == "gpu 0/1"


def test_a_driver_that_fails_stops_no_run(queues: QueueLog, log: Log) -> None:
    """What went wrong is logged once, and kept with the run."""
    driver = Driver(Card(), refuses={"nvmlInitWithFlags": pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH})
    with installed(driver), Sampler(queues, HOURS) as sampler:
        pass
    (trouble,) = sampler.telemetry().troubles
    assert trouble.startswith("the GPUs are not watched: DeviceError: the GPU driver does not answer")
    assert [line for _, line in log.lines] == [trouble]


def test_what_a_gpu_does_not_say_is_said_once(queues: QueueLog, log: Log) -> None:
    """Not with every reading."""
    driver = Driver(Card(refuses={"nvmlDeviceGetPowerUsage": pynvml.NVML_ERROR_NOT_SUPPORTED}))
    with installed(driver), Sampler(queues, period=0.001) as sampler:
        while driver.calls["nvmlDeviceGetPowerUsage"] < 5:
            sleep(0.001)
    told = "GPU 0 (NVIDIA RTX 5080) does not say power: Not Supported"
    assert sampler.telemetry().troubles == (told,)
    assert [line for _, line in log.lines] == [told]


class Broken(gpu.Watch):
    """Fails as no driver is known to."""

    def read(self, at: datetime) -> tuple[GpuReading, ...]:
        raise OverflowError("the driver's counter")


def _broken() -> Generator[gpu.Watch]:
    yield Broken([])


def _failing_at_the_end() -> Generator[gpu.Watch]:
    yield gpu.Watch([])
    raise DeviceError("the GPU driver does not answer")


@pytest.mark.parametrize(
    ("watch", "told"),
    [
        (contextmanager(_broken), "the watch over the GPUs has ended: OverflowError: the driver's counter"),
        (contextmanager(_failing_at_the_end), "the watch over the GPUs has ended: DeviceError: the GPU driver"),
    ],
)
def test_nothing_that_fails_in_the_watch_reaches_the_run(
    queues: QueueLog, watch: Callable[[], AbstractContextManager[gpu.Watch]], told: str
) -> None:
    """Not even what nobody expected."""
    with Sampler(queues, HOURS, watch=watch) as sampler:
        pass
    (trouble,) = sampler.telemetry().troubles
    assert trouble.startswith(told)


def test_a_driver_that_hangs_keeps_no_run_from_ending(queues: QueueLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread is left alone after a while, and that is said."""
    monkeypatch.setattr(telemetry, "SECONDS_TO_STOP", 0.05)
    hung, answered = Event(), Event()

    class Hanging(gpu.Watch):
        def read(self, at: datetime) -> tuple[GpuReading, ...]:
            hung.set()
            answered.wait(60)
            return ()

    @contextmanager
    def watch() -> Generator[gpu.Watch]:
        yield Hanging([])

    with Sampler(queues, HOURS, watch=watch) as sampler:
        hung.wait(30)
    assert "the GPU driver has not answered" in sampler.telemetry().troubles[0]
    answered.set()
    for thread in threads():
        if thread.name == "whosaid-telemetry":
            thread.join(30)


def test_a_line_names_each_of_several_gpus() -> None:
    """What is not known is left out."""
    both = [("NVIDIA T4", GpuReading(NOON, 0, utilisation=0.5)), ("NVIDIA T4", GpuReading(NOON, 1, power=70.4))]
    assert describe(both, []) == "GPU 0: NVIDIA T4 · SM 50 % · GPU 1: NVIDIA T4 · 70 W"


def test_a_day_of_readings_is_kept_in_bounded_memory() -> None:
    """Two become one, and their mean is that of the day."""
    curve = GpuCurve()
    for i in range(17_280):
        curve.add(GpuReading(NOON + timedelta(seconds=5 * i), 0, utilisation=(i % 10) / 10))
    kept = curve.all()
    assert MOST_READINGS / 2 < len(kept) <= MOST_READINGS
    assert sum(each.utilisation or 0.0 for each in kept) / len(kept) == pytest.approx(0.45, abs=0.001)
    assert kept[-1].at == NOON + timedelta(seconds=5 * 17_279)
    assert list(kept) == sorted(kept, key=lambda each: each.at)


def test_readings_become_one_by_what_they_mean() -> None:
    """Shares and rates by their mean, memory and heat by the most, reasons all of them; None is not nothing."""
    first = GpuReading(NOON, 0, 0.2, None, 4, 16, 70, 100.0, 2000, ("heat",))
    second = GpuReading(NOON + timedelta(seconds=5), 0, 0.4, None, 8, 16, 60, None, 2100, ("power limit", "heat"))
    assert merge([first, second]) == GpuReading(
        second.at, 0, pytest.approx(0.3), None, 8, 16, 70, 100.0, 2050, ("heat", "power limit")
    )


def _run(gpus: tuple[GpuReading, ...], *timings: StageTiming) -> RunSummary:
    return RunSummary("run", "source", "demo", NOON, 60.0, (), timings, telemetry=Telemetry(gpus))


def _timing(stage: str, start: float, computing: float, device: str = "cuda:0", *, cached: bool = False) -> StageTiming:
    return StageTiming(stage, "feed:one", NOON + timedelta(seconds=start - 3), 1.0, 1.0, 1.0, computing, cached, device)


def _readings(*levels: float | None, gpu: int = 0) -> tuple[GpuReading, ...]:
    return tuple(GpuReading(NOON + timedelta(seconds=10 * i), gpu, level) for i, level in enumerate(levels))


def test_the_gpu_is_busy_for_the_stage_that_computes() -> None:
    """After what it waited and loaded; what nobody computed for is told apart."""
    run = _run(
        _readings(0.9, 0.6, 1.0), _timing("transcribe", 0, 10, "cuda:0 float16"), _timing("embed", 15, 5, "cuda")
    )
    assert busy_by_stage(run) == (
        StageBusy("transcribe", pytest.approx(6.0), pytest.approx(0.3)),
        StageBusy("", pytest.approx(5.0), pytest.approx(0.25)),
        StageBusy("embed", pytest.approx(5.0), pytest.approx(0.25)),
    )


def test_stages_at_the_same_time_share_alike() -> None:
    """Two of one stage and one of another: two thirds and one."""
    three = (_timing("asr", 0, 10), _timing("asr", 0, 10), _timing("embed", 0, 10))
    assert busy_by_stage(_run(_readings(0.0, 0.9), *three)) == (
        StageBusy("asr", pytest.approx(6.0), pytest.approx(0.6)),
        StageBusy("embed", pytest.approx(3.0), pytest.approx(0.3)),
    )


def test_only_what_computed_on_that_gpu_counts() -> None:
    """Neither the processor, nor another GPU, nor a result that was found."""
    others = (_timing("a", 0, 10, "cpu"), _timing("b", 0, 10, "cuda:1"), _timing("c", 0, 10, cached=True))
    assert [each.stage for each in busy_by_stage(_run(_readings(0.0, 0.9), *others))] == [""]


@pytest.mark.parametrize("gpus", [(), _readings(None, None, None), _readings(0.5)])
def test_without_utilisation_nothing_is_said(gpus: tuple[GpuReading, ...]) -> None:
    """No GPU, a part of a chip, or a run of one moment."""
    assert busy_by_stage(_run(gpus, _timing("asr", 0, 10))) == ()


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=8),
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 70), st.floats(0, 40)), max_size=6),
)
def test_no_busy_time_is_lost_or_made(levels: list[float], stages: list[tuple[str, float, float]]) -> None:
    """What the stages have together is what the readings say."""
    busy = busy_by_stage(_run(_readings(*levels), *(_timing(*each) for each in stages)))
    assert sum(each.seconds for each in busy) == pytest.approx(10 * sum(levels[1:]), abs=1e-6)
    assert sum(each.share for each in busy) == pytest.approx(sum(levels[1:]) / (len(levels) - 1), abs=1e-6)
