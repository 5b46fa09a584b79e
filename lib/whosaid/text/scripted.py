"""A text embedder that needs no weights: words hashed to signed places of the vector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from whosaid import metrics
from whosaid.engines import Host
from whosaid.text import Role, ScriptedText
from whosaid.types import Vectors


@dataclass(slots=True)
class ScriptedTextEmbedder:
    """Texts that share words get vectors that are close to each other, whatever their role."""

    dimension: int
    device: str = "cpu"

    @classmethod
    def load(cls, spec: ScriptedText, host: Host) -> Self:
        """Return the embedder of a spec."""
        return cls(spec.dimension)

    def prepare(self, texts: Sequence[str], role: Role) -> None:
        """There is nothing to do ahead."""

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return (texts, dimension) float32, rows of length 1 in the order of the texts."""
        tokens = sum(len(text.split()) for text in texts)
        metrics.note_work(items=len(texts), batches=min(1, len(texts)), tokens=tokens)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def close(self) -> None:
        """Nothing is held."""

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float32)
        vector[0] = 1e-3  # so that a text without words has a direction too
        for word in text.lower().split():
            seed = hashlib.sha256(word.encode()).digest()
            vector[int.from_bytes(seed[:4], "big") % self.dimension] += 1 if seed[4] % 2 else -1
        return vector / np.float32(np.linalg.norm(vector))
