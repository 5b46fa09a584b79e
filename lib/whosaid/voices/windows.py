"""Cuts spans into windows of few lengths, so that windows can share a batch without padding. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from whosaid.errors import EngineError
from whosaid.types import SAMPLE_RATE, Seconds, Span
from whosaid.voices import SHORTEST_SPAN

STEP: Final = SAMPLE_RATE // 10  # samples; lengths are multiples of it
LONGEST: Final = 3 * SAMPLE_RATE  # samples


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of samples that stands for (a part of) the span of that row."""

    row: int
    start: int
    length: int


def cut(spans: Sequence[Span], samples: int) -> list[Window]:
    """Cut each span into windows of one length: a multiple of 0.1 s, at most 3 s, evenly laid.

    EngineError where less than `SHORTEST_SPAN` of a span lies within a recording of that many samples.
    """
    return [window for row, span in enumerate(spans) for window in _cut_one(row, span, samples)]


def _cut_one(row: int, span: Span, samples: int) -> Generator[Window]:
    start, end = round(span.start * SAMPLE_RATE), min(round(span.end * SAMPLE_RATE), samples)
    if end - start < round(SHORTEST_SPAN * SAMPLE_RATE) - 1:  # rounding both ends may take a sample
        raise EngineError(
            f"the span {span.start:.2f}-{span.end:.2f} s has less than {SHORTEST_SPAN} s within the recording of "
            f"{samples / SAMPLE_RATE:.2f} s: leave out spans too short to hear a voice in"
        )
    count = ceil((end - start) / LONGEST)
    length = (end - start) // count // STEP * STEP
    for number in range(count):
        middle = start + (end - start) * (2 * number + 1) // (2 * count)
        yield Window(row, middle - length // 2, length)


def batch(windows: Sequence[Window], seconds: Seconds) -> Generator[list[Window]]:
    """Group windows of equal length into batches of at most that many seconds, at least one window each."""
    by_length: defaultdict[int, list[Window]] = defaultdict(list)
    for window in windows:
        by_length[window.length].append(window)
    for length, alike in sorted(by_length.items()):
        size = max(1, int(seconds * SAMPLE_RATE) // length)
        yield from (alike[first : first + size] for first in range(0, len(alike), size))
