"""What watching costs a run: the thread that reads GPUs, the log of the queues, and the stopwatches of the stages.

The same arithmetic in two threads, with and without being watched, in turn. Everything is worse than in a run: a
stage takes a fifth of a second, the GPU is read ten times as often as by default, and each question to the stand-in of
the driver takes a millisecond. The clock on the wall shows what else runs on the machine rather than one part in a
hundred, so what watching takes is measured by itself too, as processor time. `python -m tests.benchmarks.telemetry`
runs it alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean
from time import process_time, thread_time
from typing import Final

import numpy as np

from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import Ratio, compare
from tests.nvml import Card, Driver, installed
from whosaid import gpu, metrics
from whosaid.queue_log import QueueLog
from whosaid.telemetry import Sampler

STAGES: Final = 5  # of each of two threads
STAGE_SECONDS: Final = 0.2
PERIOD: Final = 0.5
RUN_PERIOD: Final = 5.0  # of a sampler that is told none
PAIRS: Final = 5
LATENCY: Final = 0.001  # of one question to the driver
Work = Callable[[], None]


@dataclass
class Watcher:
    """Watches runs, and keeps the processor time that this took: of its thread, and of the clocks in the stages."""

    clocks: list[float] = field(default_factory=list[float])
    readings: list[float] = field(default_factory=list[float])

    def run(self, work: Work) -> None:
        """Do the work as the stages of a run that is watched."""
        queues = QueueLog({"asr": 2, "gpu": 1})
        with Sampler(queues, PERIOD, pace=1.0, watch=self._watch):
            _in_threads(partial(self._stage, queues, work))

    def _stage(self, queues: QueueLog, work: Work) -> None:
        began = thread_time()
        with queues.waiting("asr"):
            pass
        with queues.running("asr"), metrics.stopwatch(), metrics.waiting():
            until = thread_time()
            work()
            after = thread_time()
            metrics.note_device("cuda:0")
            metrics.note_work(items=100, batches=1, tokens=1000, flop=1e12)
        self.clocks.append(thread_time() - after + until - began)

    @contextmanager
    def _watch(self) -> Generator[gpu.Watch]:
        with installed(Driver(Card(), latency=LATENCY)) as driver, gpu.watch() as seen:
            yield seen
            number = driver.calls["nvmlDeviceGetPowerUsage"]
            self.readings.append(thread_time() / number)  # the thread has done nothing else


def run(home: Path) -> Iterator[Ratio | Figure]:
    """Compare the two, then say what watching took of the processor time of a run."""
    logging.getLogger("whosaid").setLevel(logging.WARNING)
    work, watcher = _arithmetic(), Watcher()
    ours, theirs = partial(watcher.run, work), partial(_in_threads, work)
    yield compare("telemetry: a run that is watched", ours, "not watched", theirs, PAIRS)
    watcher, used = Watcher(), process_time()
    for _ in range(PAIRS):
        watcher.run(work)
    used = process_time() - used
    reading = fmean(watcher.readings)
    yield Figure("telemetry", "processor time of a reading", 1000 * reading, "ms")
    yield Figure("telemetry", "of a processor, at the period of a run", 100 * reading / RUN_PERIOD, "%")
    yield Figure("telemetry", "processor time of the clocks of a stage", 1e6 * fmean(watcher.clocks), "us")
    yield Figure("telemetry", "of all processor time, those clocks", 100 * sum(watcher.clocks) / used, "%")


def _arithmetic() -> Work:
    """Return work that takes as much of a processor as a stage is to take."""
    numbers = np.random.default_rng(7).normal(size=(192, 192))

    def work(rounds: int) -> None:
        for _ in range(rounds):
            np.dot(numbers, numbers)

    start, rounds = thread_time(), 0
    while thread_time() - start < STAGE_SECONDS:
        work(1)
        rounds += 1
    return partial(work, rounds)


def _in_threads(stage: Work) -> None:
    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(stage) for _ in range(2 * STAGES)]:
            each.result()


def main() -> None:
    """Print what is measured, as it comes."""
    for each in run(Path()):
        print(each, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
