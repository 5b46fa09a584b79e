"""Voice embedding: all turns of a recording in batches against one turn at a time."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from tests.benchmarks.pairs import Ratio, compare
from whosaid.engines import Engines
from whosaid.profiles import DEMO
from whosaid.types import SAMPLE_RATE, Span
from whosaid.weights import Weights

TURNS = 300


def run(home: Path) -> Generator[Ratio]:
    """Compare on ten minutes of noise: what is computed does not depend on what is said."""
    draw = np.random.default_rng(7)
    waveform = draw.normal(0, 0.1, 600 * SAMPLE_RATE).astype(np.float32)
    starts, lengths = draw.uniform(0, 590, TURNS), draw.uniform(0.5, 6.0, TURNS)
    spans = [Span(start, start + length) for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]
    with Engines(Weights(home / "models"), "cpu") as engines, engines.lease(DEMO.voices) as embedder:
        yield compare(
            "voices",
            lambda: embedder.embed(waveform, spans),
            "one turn at a time",
            lambda: [embedder.embed(waveform, [span]) for span in spans],
            3,
        )
