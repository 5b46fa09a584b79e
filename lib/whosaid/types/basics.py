"""What all values are made of: seconds, arrays, spans. Times are seconds from the start of the recording."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator

Seconds: TypeAlias = float
Waveform: TypeAlias = NDArray[np.float32]
"""(samples,) float32 in [-1, 1], mono, `SAMPLE_RATE` samples a second."""

SAMPLE_RATE: Final = 16_000


def _pack(vectors: NDArray[np.float32]) -> dict[str, Any]:
    little = np.ascontiguousarray(vectors, dtype="<f4")
    return {"shape": list(little.shape), "float32": base64.b64encode(little.tobytes()).decode("ascii")}


def _unpack(packed: NDArray[np.float32] | Mapping[str, Any]) -> NDArray[np.float32]:
    if isinstance(packed, np.ndarray):
        return packed
    flat = np.frombuffer(base64.b64decode(packed["float32"]), dtype="<f4")
    return flat.reshape(packed["shape"])


Vectors: TypeAlias = Annotated[NDArray[np.float32], PlainValidator(_unpack), PlainSerializer(_pack)]
"""(rows, dimension) float32, each row of length 1."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, `start` <= `end`."""

    start: Seconds
    end: Seconds

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from 0 or later: {self.start} to {self.end}")

    @property
    def duration(self) -> Seconds:
        return self.end - self.start

    @property
    def middle(self) -> Seconds:
        return (self.start + self.end) / 2

    def overlap(self, other: Span) -> Seconds:
        """Return the seconds that both spans cover."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: Span) -> Seconds:
        """Return the seconds between the spans, 0 where they touch or overlap."""
        return max(0.0, max(self.start, other.start) - min(self.end, other.end))


def places(spans: Sequence[Span], turns: Sequence[Span]) -> list[int | None]:
    """Return for each span the index of the turn that holds its middle; the turns are in order, without overlaps."""
    ends = [turn.end for turn in turns]
    found = [bisect_right(ends, span.middle) for span in spans]
    return [
        i if i < len(turns) and turns[i].start <= span.middle else None for i, span in zip(found, spans, strict=True)
    ]
