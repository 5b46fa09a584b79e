"""What tokens per second a device should give, so that a run on a fraction of it is noticed. Pure."""

from __future__ import annotations

import re
from typing import Final

PEAK: Final = {
    "T4": 65e12,
    "V100": 125e12,
    "A10": 125e12,
    "L4": 121e12,
    "3090": 71e12,
    "5080": 113e12,
    "4090": 165e12,
    "5090": 210e12,
    "A100": 312e12,
    "L40S": 362e12,
    "H100": 989e12,
    "H200": 989e12,
    "B200": 2250e12,
}
"""FLOP/s of dense half-precision products added up in single precision, by NVIDIA's data sheets."""

UNKNOWN_GPU: Final = 65e12  # as the slowest of the above
CPU_THREAD: Final = 20e9  # single precision; a core with AVX2 at 2.5 GHz computes 80e9 at best
LEAST_SHARE: Final = 0.1  # of the peak: an order of magnitude below it something is wrong, whatever the model
FEEDING: Final = 100_000  # tokens/s; small models wait for kernels to start and for Python, not for arithmetic
ENOUGH: Final = 8_000  # tokens, those of half an hour of speech; fewer say nothing of the rate


def peak_of_gpu(name: str) -> float:
    """Return the FLOP/s that a GPU of this name, as its driver gives it, is sold with."""
    words = set(re.findall(r"\w+", name.upper()))
    return max((peak for word, peak in PEAK.items() if word in words), default=UNKNOWN_GPU)


def peak_of_cpu(threads: int) -> float:
    """Return the FLOP/s that may be asked of so many threads."""
    return threads * CPU_THREAD


def least_rate(peak: float, parameters: int) -> float:
    """Return the tokens per second below which something is wrong, for a model of so many weights in its layers.

    A forward pass takes two operations per weight and token (Kaplan et al. 2020, Scaling Laws for Neural Language
    Models, section 2.1); attention over a few hundred tokens adds little to that.
    """
    return min(LEAST_SHARE * peak / (2 * parameters), FEEDING)
