"""Refuse what is not a waveform before a recogniser reads noise into it."""

from __future__ import annotations

import numpy as np

from whosaid.errors import EngineError
from whosaid.types import Waveform


def expect_waveform(waveform: Waveform) -> None:
    """Raise EngineError unless the samples are (samples,) finite float32."""
    if waveform.ndim != 1 or waveform.dtype != np.float32:
        found = f"{waveform.dtype} of shape {waveform.shape}"
        raise EngineError(f"a recording is one row of float32 samples, this is {found}: decode it anew")
    if not np.isfinite(waveform).all():
        raise EngineError("the recording holds samples that are not numbers: decode it anew")
