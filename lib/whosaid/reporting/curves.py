"""Readings as curves of few points. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from whosaid.types import GpuReading, QueueReading, QueueUse, RunSummary, Seconds

ReadingT = TypeVar("ReadingT", GpuReading, QueueReading)


@dataclass(frozen=True, slots=True)
class Curve:
    """Means over equal stretches of time, as a stair: one edge more than values."""

    edges: Any  # (points + 1,) seconds from the beginning of the run
    values: Any  # (points,)


@dataclass(frozen=True, slots=True)
class GpuCurves:
    """What one GPU did, as shares; a curve that the driver says nothing for is None."""

    gpu: int
    busy: Curve | None
    memory: Curve | None


@dataclass(frozen=True, slots=True)
class QueueCurves:
    """The slots of one tag that were taken, and those who waited for one."""

    use: QueueUse
    running: Curve
    waiting: Curve


def gpu_curves(run: RunSummary, points: int) -> tuple[GpuCurves, ...]:
    """Return the curves of every GPU, in order of their numbers."""
    readings = run.telemetry.gpus
    return tuple(_gpu_curves(run, number, points) for number in sorted({each.gpu for each in readings}))


def queue_curves(run: RunSummary, points: int) -> tuple[QueueCurves, ...]:
    """Return the curves of every tag that anybody asked a slot of."""
    return tuple(found for use in run.telemetry.uses if (found := _queue_curves(run, use, points)) is not None)


def _gpu_curves(run: RunSummary, number: int, points: int) -> GpuCurves:
    readings = [each for each in run.telemetry.gpus if each.gpu == number]
    return GpuCurves(
        number,
        _curve(readings, lambda it: it.utilisation, run, points),
        _curve(readings, _memory_share, run, points),
    )


def _memory_share(reading: GpuReading) -> float | None:
    if reading.memory_used is None or not reading.memory_total:
        return None
    return reading.memory_used / reading.memory_total


def _queue_curves(run: RunSummary, use: QueueUse, points: int) -> QueueCurves | None:
    readings = [each for each in run.telemetry.queues if each.tag == use.tag]
    running = _curve(readings, lambda it: it.running, run, points)
    waiting = _curve(readings, lambda it: it.waiting, run, points)
    if running is None or waiting is None or not use.occupancy:
        return None
    return QueueCurves(use, running, waiting)


def _curve(
    readings: Sequence[ReadingT], value: Callable[[ReadingT], float | None], run: RunSummary, points: int
) -> Curve | None:
    """Return the curve of what each reading says; None where no reading says anything."""
    said = [(each.at, found) for each in readings if (found := value(each)) is not None]
    if not said or not run.seconds:
        return None
    times = [_since(run.started_at, at) for at, _ in said]
    return average(times, [float(found) for _, found in said], run.seconds, points)


def _since(start: datetime, at: datetime) -> Seconds:
    return max(0.0, (at - start).total_seconds())


def average(times: Sequence[Seconds], values: Sequence[float], end: Seconds, points: int) -> Curve:
    """Return the means over `points` stretches of time; what a reading says holds until the next one.

    Before the first reading its value is taken. Times ascend.
    """
    moments = np.concatenate([[0.0], times[1:], [max(end, times[-1])]])
    sums = np.concatenate([[0.0], np.cumsum(np.diff(moments) * values)])
    edges = np.linspace(0.0, end, points + 1)
    return Curve(edges, np.diff(np.interp(edges, moments, sums)) / np.diff(edges))
