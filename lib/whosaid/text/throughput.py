"""What tokens per second a device should give, so that a run on a fraction of it is noticed. Pure."""

from __future__ import annotations

from typing import Final

from whosaid import flops

UNKNOWN_GPU: Final = min(peak.half for peak in flops.PEAKS.values())
CPU_THREAD: Final = 20e9  # single precision; a core with AVX2 at 2.5 GHz computes 80e9 at best
LEAST_SHARE: Final = 0.1  # of the peak: an order of magnitude below it something is wrong, whatever the model
FEEDING: Final = 100_000  # tokens/s; small models wait for kernels to start and for Python, not for arithmetic
ENOUGH: Final = 8_000  # tokens, those of half an hour of speech; fewer say nothing of the rate


def peak_of_gpu(name: str) -> float:
    """Return the FLOP/s in half precision that may be asked of a GPU of this name."""
    peak = flops.peak_of_gpu(name)
    return peak.half if peak else UNKNOWN_GPU


def peak_of_cpu(threads: int) -> float:
    """Return the FLOP/s that may be asked of so many threads."""
    return threads * CPU_THREAD


def least_rate(peak: float, parameters: int) -> float:
    """Return the tokens per second below which something is wrong, for a model of so many weights in its layers.

    Attention over a few hundred tokens adds little to what `flops.transformer` counts by weights.
    """
    return min(LEAST_SHARE * peak / flops.transformer(flops.TransformerShape(parameters), [1]), FEEDING)
