"""Readings of one GPU over a run of any length, in bounded memory. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from whosaid.types import GpuReading

MOST_READINGS: Final = 2000  # even: two become one when there are as many


@dataclass(slots=True)
class GpuCurve:
    """Readings in order of time, each the sum of `per` samples, which is doubled whenever there are too many."""

    per: int = 1
    readings: list[GpuReading] = field(default_factory=list[GpuReading])
    pending: list[GpuReading] = field(default_factory=list[GpuReading])

    def add(self, sample: GpuReading) -> None:
        """Add the next sample."""
        self.pending.append(sample)
        if len(self.pending) < self.per:
            return
        self.readings.append(merge(self.pending))
        self.pending = []
        if len(self.readings) >= MOST_READINGS:
            self.per *= 2
            self.readings = [merge(self.readings[i : i + 2]) for i in range(0, MOST_READINGS, 2)]

    def all(self) -> tuple[GpuReading, ...]:
        """Return the readings, with the last samples as one that is still incomplete."""
        return (*self.readings, *([merge(self.pending)] if self.pending else []))


def merge(readings: Sequence[GpuReading]) -> GpuReading:
    """Return one reading for several that follow each other, at the time of the last.

    Means of what is a share or a rate; the most of memory and temperature, which matter where they are high.
    """
    last = readings[-1]
    clock = _mean(each.clock for each in readings)
    return GpuReading(
        last.at,
        last.gpu,
        _mean(each.utilisation for each in readings),
        _mean(each.memory_utilisation for each in readings),
        _most(each.memory_used for each in readings),
        _most(each.memory_total for each in readings),
        _most(each.temperature for each in readings),
        _mean(each.power for each in readings),
        None if clock is None else round(clock),
        tuple(dict.fromkeys(why for each in readings for why in each.throttled)),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
