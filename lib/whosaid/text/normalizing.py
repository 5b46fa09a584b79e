"""Vectors of length 1. Pure."""

from __future__ import annotations

import numpy as np

from whosaid.errors import EngineError
from whosaid.types import Vectors


def normalize(vectors: Vectors) -> Vectors:
    """Scale rows to length 1 in float32: half precision leaves them up to a hundredth off.

    EngineError where a row is not a number or zero.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if bad.size:
        raise EngineError(
            f"text {bad[0]} got a vector that is not a number or zero: the weights or the device are broken"
        )
    return vectors / lengths
