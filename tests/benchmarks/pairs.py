"""Times two ways of doing the same thing side by side, so that what disturbs the machine disturbs both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much longer the other way takes than ours: median, least and most of the pairs."""

    benchmark: str
    other: str
    median: float
    least: float
    most: float
    ours_seconds: float
    other_seconds: float


def compare(benchmark: str, ours: Callable[[], object], other: str, theirs: Callable[[], object], pairs: int) -> Ratio:
    """Run the two in turn, `pairs` times; after one warm-up each, where more than one pair is asked for."""
    if pairs > 1:
        ours()
        theirs()
    times = [(_seconds(ours), _seconds(theirs)) for _ in range(pairs)]
    ratios = sorted(b / a for a, b in times)
    seconds = median(a for a, _ in times), median(b for _, b in times)
    return Ratio(benchmark, other, median(ratios), ratios[0], ratios[-1], *seconds)


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
