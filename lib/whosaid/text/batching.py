"""Batches of token ids: how many texts go into one, and what they look like to a model. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Budget:
    """How many texts, and how many tokens with the padding, go into one batch; shrinks to what has been seen to fit."""

    texts: int
    tokens: int

    def count(self, longest: int) -> int:
        """Return how many texts of at most `longest` tokens make a batch; at least one."""
        return max(1, min(self.texts, self.tokens // max(1, longest)))

    def shrink(self, count: int, longest: int) -> None:
        """Allow half of a batch that did not fit, from now on."""
        self.tokens = max(1, count // 2 * longest)


def sort_longest_first(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return the indices of rows of tokens, longest first: what does not fit shows in the first batch."""
    return sorted(range(len(rows)), key=lambda i: len(rows[i]), reverse=True)


def pad(rows: Sequence[Sequence[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids and their mask, both (rows, longest), rows padded at their end."""
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, padding, dtype=np.int64)
    ids[mask] = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    return ids, mask.astype(np.int64)
