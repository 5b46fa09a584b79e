"""Voice embedding of 1,000 turns: ours in batches against one turn at a time, in memory and through files."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.benchmarks.pairs import Ratio, compare
from tests.flows.scripted import write_wav
from whosaid.engines import Engines
from whosaid.media.decoding import decode, to_samples
from whosaid.profiles import DEMO
from whosaid.types import SAMPLE_RATE, Diarization, Span, Turn, Vectors, Waveform
from whosaid.voices import VoiceEmbedder
from whosaid.voices.turns import embed_turns
from whosaid.weights import Weights

TURNS = 1_000
PAIRS = {"cpu": 1, "cuda": 5}  # a pass takes a minute or two on a CPU


def run(home: Path) -> Generator[Ratio]:
    """Compare on an hour of noise, on a GPU where there is one: what is computed does not depend on what is said."""
    waveform, diarization = conversation(TURNS)
    with Engines(Weights(home / "models")) as engines, engines.lease(DEMO.voices) as embedder:
        spans = diarization.turns
        embed_singly(embedder, waveform, spans[:20])  # what the first calls cost is nobody's
        ours = partial(embed_turns, embedder, waveform, diarization, DEMO.voices.model_key)
        others = {
            "one turn at a time": partial(embed_singly, embedder, waveform, spans),
            "one turn at a time through a file": partial(embed_files, embedder, waveform, spans),
        }
        for name, theirs in others.items():
            yield compare(f"voices on {embedder.device}", ours, name, theirs, PAIRS[embedder.device])


def conversation(turns: int) -> tuple[Waveform, Diarization]:
    """Make turns of 0.5 to 6 s with a pause between them, of noise."""
    draw = np.random.default_rng(7)
    lengths = draw.uniform(0.5, 6.0, turns)
    starts = np.cumsum(np.concatenate([[0.0], lengths[:-1] + 0.3]))
    made = tuple(
        Turn(start, start + length, f"SPEAKER_{i % 2:02d}")
        for i, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True))
    )
    waveform = draw.normal(0, 0.1, int((made[-1].end + 1) * SAMPLE_RATE)).clip(-1, 1).astype(np.float32)
    return waveform, Diarization(made)


def embed_singly(embedder: VoiceEmbedder, waveform: Waveform, spans: Sequence[Span]) -> list[Vectors]:
    """Call the model once a turn."""
    return [embedder.embed(waveform, [span]) for span in spans]


def embed_files(embedder: VoiceEmbedder, waveform: Waveform, spans: Sequence[Span]) -> list[Vectors]:
    """Write every turn to a file of its own, read it back, and call the model on that."""
    with TemporaryDirectory() as folder:
        return [_through_file(embedder, waveform, span, Path(folder) / f"{i}.wav") for i, span in enumerate(spans)]


def _through_file(embedder: VoiceEmbedder, waveform: Waveform, span: Span, file: Path) -> Vectors:
    write_wav(file, to_samples(waveform[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]))
    sound = decode(file)
    return embedder.embed(sound, [Span(0.0, len(sound) / SAMPLE_RATE)])
