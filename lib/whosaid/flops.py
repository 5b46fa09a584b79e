"""How many floating-point operations models take, and how many a device can do in a second. Pure.

A product and the sum that it goes into are two operations. Counted are matrix products, convolutions and attention, as
is usual; what is done element by element adds little to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Peak:
    """FLOP/s of dense products: of half precision added up in single, and of single precision without tensor cores."""

    half: float
    single: float


PEAKS: Final[Mapping[str, Peak]] = {
    "T4": Peak(65e12, 8.1e12),
    "V100": Peak(125e12, 15.7e12),
    "A10": Peak(125e12, 31.2e12),
    "L4": Peak(121e12, 30.3e12),
    "3090": Peak(71e12, 35.6e12),
    "5080": Peak(113e12, 56.3e12),
    "4090": Peak(165e12, 82.6e12),
    "5090": Peak(210e12, 104.8e12),
    "A100": Peak(312e12, 19.5e12),
    "L40S": Peak(362e12, 91.6e12),
    "H100": Peak(989e12, 67e12),
    "H200": Peak(989e12, 67e12),
    "B200": Peak(2250e12, 75e12),
}
"""By NVIDIA's data sheets and architecture white papers, of the SXM form where there are several."""


def peak_of_gpu(name: str) -> Peak | None:
    """Return what a GPU of this name, as its driver gives it, is sold with; None where it is not in the table."""
    words = set(re.findall(r"\w+", name.upper()))
    return max((peak for word, peak in PEAKS.items() if word in words), key=lambda peak: peak.half, default=None)


def share_of_peak(flop: float, seconds: float, machine: str, device: str) -> float | None:
    """Return the share of the peak of a machine's GPU that so much work in so many seconds is.

    `device` is that of a stage, such as "cuda bfloat16"; half precision where it names none. None where nothing was
    counted, where the stage did not run on a GPU, and where the GPU is not in the table.
    """
    peak = peak_of_gpu(machine)
    if not flop or seconds <= 0 or peak is None or not device.startswith("cuda"):
        return None
    return flop / seconds / (peak.single if "float32" in device else peak.half)


@dataclass(frozen=True, slots=True)
class TransformerShape:
    """The sizes of a model of texts."""

    weights: int  # without the embeddings, which are looked up
    layers: int = 0
    width: int = 0  # of all heads of a layer together


def transformer(shape: TransformerShape, lengths: Iterable[int]) -> float:
    """Return the operations of one pass over texts of so many tokens each.

    Two for every weight and token, and 4 n^2 w for the attention of a layer over n tokens of width w (Kaplan et al.
    2020, Scaling Laws for Neural Language Models, arXiv:2001.08361, table 1).
    """
    return float(sum(2 * shape.weights * n + 4 * shape.layers * n * n * shape.width for n in lengths))


@dataclass(frozen=True, slots=True)
class ConvolutionShape:
    """The weights of a network of convolutions: those that every frame passes, and those of the whole window."""

    per_frame: int
    per_window: int


def ecapa(shape: ConvolutionShape, windows: int, frames: int) -> float:
    """Return the operations of ECAPA-TDNN on windows of so many frames of 10 ms.

    All its convolutions keep the length (Desplanques et al. 2020, arXiv:2005.07143, section 3), so that every frame
    passes every weight once, but for the squeeze-excitation blocks and the last layer, which see their windows whole.
    """
    return 2.0 * windows * (frames * shape.per_frame + shape.per_window)


@dataclass(frozen=True, slots=True)
class WhisperShape:
    """The sizes of a Whisper (Radford et al. 2022, arXiv:2212.04356, table 1)."""

    mels: int
    positions: int  # of the encoder: 1,500 for 30 s
    width: int
    inner: int  # width of the feed-forward layers
    encoder_layers: int
    decoder_layers: int
    vocabulary: int


def whisper_encoder(shape: WhisperShape) -> float:
    """Return the operations of the encoder on one window: two convolutions, then layers as in `transformer`.

    The first convolution has twice the positions, the second halves them; both have three taps.
    """
    n, w = shape.positions, shape.width
    convolutions = 2 * 3 * w * n * (2 * shape.mels + w)
    layer = 2 * n * (4 * w * w + 2 * w * shape.inner) + 4 * n * n * w
    return float(convolutions + shape.encoder_layers * layer)


def whisper_decoder(shape: WhisperShape, tokens: int, beams: int = 1) -> float:
    """Return the operations of decoding so many tokens of one window, one after the other, in so many beams.

    A token passes the weights of self-attention, of the two projections of cross-attention that are its own, of the
    feed-forward layers and of the output (Radford et al. 2022, section 2.2); it attends to all tokens before it and to
    the whole encoding, whose keys and values are computed once.
    """
    n, w = shape.positions, shape.width
    weights = 4 * w * w + 2 * w * w + 2 * w * shape.inner
    attention = 4 * w * (n + tokens / 2)
    token = shape.decoder_layers * (2 * weights + attention) + 2 * w * shape.vocabulary
    return beams * tokens * token + shape.decoder_layers * 4 * n * w * w
