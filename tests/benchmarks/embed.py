"""Text embedding: length-sorted token batches against one text at a time, and against batches in order of arrival."""

from __future__ import annotations

import random
from collections.abc import Generator
from pathlib import Path

from sentence_transformers import SentenceTransformer

from tests.benchmarks.pairs import Ratio, compare
from whosaid.engines import Engines
from whosaid.profiles import DEMO
from whosaid.text import Role
from whosaid.weights import Weights

WORDS = [
    "sleep",
    "food",
    "walk",
    "light",
    "breath",
    "morning",
    "evening",
    "tea",
    "coffee",
    "bread",
    "apple",
    "run",
    "rest",
    "water",
    "night",
]
TEXTS = 200


def passages(count: int) -> list[str]:
    """Make passages of 5 to 250 words."""
    draw = random.Random(7)
    return [" ".join(draw.choices(WORDS, k=draw.randint(5, 250))) for _ in range(count)]


def run(home: Path) -> Generator[Ratio]:
    """Compare on the real all-MiniLM-L6-v2."""
    weights, texts = Weights(home / "models"), passages(TEXTS)
    folder = weights.locate(DEMO.text.model, DEMO.text.revision)
    peer = SentenceTransformer(str(folder), device="cpu")
    peer.max_seq_length = 256
    with Engines(weights, "cpu") as engines, engines.lease(DEMO.text) as embedder:

        def ours() -> object:
            return embedder.embed(texts, Role.passage)

        def one_by_one() -> object:
            return [peer.encode(text, normalize_embeddings=True) for text in texts]

        def by_arrival() -> object:
            batches = [texts[i : i + 32] for i in range(0, len(texts), 32)]
            return [peer.encode(batch, batch_size=32, normalize_embeddings=True) for batch in batches]

        yield compare("embed", ours, "one text at a time", one_by_one, 3)
        yield compare("embed", ours, "batches of 32 in order of arrival", by_arrival, 3)
