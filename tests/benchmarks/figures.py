"""What a benchmark measures that is no ratio of two ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number."""

    benchmark: str
    name: str
    value: float
    unit: str


def latencies(benchmark: str, name: str, asks: Sequence[Callable[[], object]]) -> list[Figure]:
    """Return the median and the 95th percentile of the milliseconds that each takes, after a warm-up of ten."""
    for ask in asks[:10]:
        ask()
    cuts = quantiles([milliseconds(ask) for ask in asks], n=20)
    return [Figure(benchmark, f"{name}, p50", cuts[9], "ms"), Figure(benchmark, f"{name}, p95", cuts[18], "ms")]


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)
