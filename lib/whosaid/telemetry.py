"""What GPUs and queues do while a run goes on: one thread that looks at them, and what its readings say afterwards.

Looking must not harm what is looked at: whatever goes wrong here is said once in the log and kept with the run, which
goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event, Thread
from time import perf_counter
from typing import Final, Self

from whosaid import gpu
from whosaid.gpu_curve import GpuCurve, merge
from whosaid.queue_log import QueueLog
from whosaid.types import GpuReading, RunSummary, Seconds, StageTiming, Telemetry

SECONDS_TO_STOP: Final = 5.0  # that the driver is given to answer the last questions
MOST_TROUBLES: Final = 50
logger = logging.getLogger("whosaid.telemetry")


class Sampler:
    """Reads GPUs and queues every `period` seconds, from entering to leaving, and says so every `pace` in the log.

    Enter it inside the run that the log lines belong to: its thread takes over the context.
    """

    def __init__(
        self,
        queues: QueueLog,
        period: Seconds = 5.0,
        pace: Seconds = 60.0,
        watch: Callable[[], AbstractContextManager[gpu.Watch]] = gpu.watch,
    ) -> None:
        self._queues, self._period, self._pace, self._watch = queues, period, pace, watch
        self._curves = dict[int, GpuCurve]()
        self._lately = dict[int, list[GpuReading]]()  # since the last line in the log
        self._said = perf_counter()
        self._troubles = dict[str, None]()  # a set that keeps its order
        self._stop = Event()

    def __enter__(self) -> Self:
        run = copy_context().run
        self._thread = Thread(target=run, args=(self._sample,), name="whosaid-telemetry", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(SECONDS_TO_STOP)
        if self._thread.is_alive():
            self._note(f"the GPU driver has not answered for {SECONDS_TO_STOP:.0f} s: see whether nvidia-smi does")

    def telemetry(self) -> Telemetry:
        """Return what was seen so far. Call it as soon as the work has ended: slots stand empty from then on."""
        readings = [each for curve in tuple(self._curves.values()) for each in curve.all()]
        in_order = tuple(sorted(readings, key=lambda each: (each.at, each.gpu)))
        return Telemetry(in_order, self._queues.readings(), self._queues.uses(), tuple(self._troubles))

    def _sample(self) -> None:
        try:
            with ExitStack() as stack:
                watched = self._open(stack)
                self._look(watched)
                while not self._stop.wait(self._period):
                    self._look(watched)
                self._look(watched)
        except Exception as e:  # noqa: BLE001 - the run goes on without its telemetry
            self._note(f"the watch over the GPUs has ended: {type(e).__name__}: {e}")

    def _open(self, stack: ExitStack) -> gpu.Watch:
        try:
            watched = stack.enter_context(self._watch())
        except Exception as e:  # noqa: BLE001 - as above
            self._note(f"the GPUs are not watched: {type(e).__name__}: {e}")
            return gpu.Watch([])
        if not watched.devices:
            logger.info("no GPU that this process may see: the queues alone are watched")
        return watched

    def _look(self, watched: gpu.Watch) -> None:
        for reading in watched.read(datetime.now(UTC)):
            self._curves.setdefault(reading.gpu, GpuCurve()).add(reading)
            self._lately.setdefault(reading.gpu, []).append(reading)
        for trouble in watched.troubles:
            self._note(trouble)
        if perf_counter() - self._said >= self._pace:
            self._say({each.index: each.name for each in watched.devices})

    def _say(self, names: Mapping[int, str]) -> None:
        gpus = [(names[index], merge(readings)) for index, readings in self._lately.items() if index in names]
        queues = [(each.tag, each.running, self._queues.slots(each.tag), each.waiting) for each in self._queues.now()]
        logger.info("%s", describe(gpus, queues))
        self._said, self._lately = perf_counter(), {}

    def _note(self, trouble: str) -> None:
        if trouble not in self._troubles and len(self._troubles) < MOST_TROUBLES:
            self._troubles[trouble] = None
            logger.warning("%s", trouble)


def describe(gpus: Sequence[tuple[str, GpuReading]], queues: Iterable[tuple[str, int, int, int]]) -> str:
    """Say in one line how it goes: "NVIDIA H200 · SM 84 % · memory 75 % · 65 °C · 250 W · gpu 1/1 +3 waiting"."""
    said = [part for name, reading in gpus for part in _describe_gpu(name, reading, len(gpus))]
    for tag, running, slots, waiting in queues:
        said.append(f"{tag} {running}/{slots}" + (f" +{waiting} waiting" if waiting else ""))
    return " · ".join(said)


def _describe_gpu(name: str, it: GpuReading, count: int) -> Iterator[str]:
    yield name if count == 1 else f"GPU {it.gpu}: {name}"
    if it.utilisation is not None:
        yield f"SM {100 * it.utilisation:.0f} %"
    if it.memory_used is not None and it.memory_total:
        yield f"memory {100 * it.memory_used / it.memory_total:.0f} %"
    if it.temperature is not None:
        yield f"{it.temperature} °C"
    if it.power is not None:
        yield f"{it.power:.0f} W"
    if it.throttled:
        yield f"held down: {', '.join(it.throttled)}"


@dataclass(frozen=True, slots=True)
class StageBusy:
    """How busy one stage kept the GPUs; the stage "" stands for the time in which none of them computed there."""

    stage: str
    seconds: Seconds  # of one GPU being busy for it
    share: float  # of the time in which the GPUs were watched


def busy_by_stage(run: RunSummary) -> tuple[StageBusy, ...]:
    """Share the busy time of the GPUs out to the stages that computed on them meanwhile, the busiest first.

    Each reading holds for the time since the one before. Stages that compute at the same time share alike, for the
    driver does not say who its kernels belong to. Empty where the driver tells of no utilisation.
    """
    busy, watched = dict[str, Seconds](), 0.0
    for index in sorted({each.gpu for each in run.telemetry.gpus}):
        readings = [each for each in run.telemetry.gpus if each.gpu == index and each.utilisation is not None]
        if len(readings) > 1:
            watched += (readings[-1].at - readings[0].at).total_seconds()
            _share_out(readings, _changes(run.timings, index), busy)
    ordered = sorted(busy.items(), key=lambda each: -each[1])
    return tuple(StageBusy(stage, seconds, seconds / watched) for stage, seconds in ordered if seconds)


def _changes(timings: Iterable[StageTiming], index: int) -> Iterator[tuple[datetime, str, int]]:
    """Yield when a stage begins and ends to compute on a GPU: at the end of its clock, after all waiting."""
    for each in timings:
        kind, _, number = each.device.partition(" ")[0].partition(":")
        if not each.cached and kind == "cuda" and int(number or 0) == index:
            began = each.started_at + timedelta(seconds=each.queued + each.waited + each.loading)
            yield began, each.stage, 1
            yield began + timedelta(seconds=each.computing), each.stage, -1


def _share_out(
    readings: Sequence[GpuReading], changes: Iterable[tuple[datetime, str, int]], busy: dict[str, Seconds]
) -> None:
    """Go through readings and changes in order of time, and add up who had what of each moment between two of them."""
    levels = [(before.at, "", now.utilisation or 0.0) for before, now in pairwise(readings)]
    moments = sorted([*levels, (readings[-1].at, "", 0.0), *changes], key=lambda moment: moment[0])
    at_work, level = Counter[str](), 0.0
    for (at, stage, change), (until, *_) in pairwise(moments):
        if stage:
            at_work[stage] += int(change)
        else:
            level = change
        passed, users = level * (until - at).total_seconds(), at_work.total()
        for user, count in at_work.items() if users else [("", 1)]:
            busy[user] = busy.get(user, 0.0) + passed * count / (users or 1)
