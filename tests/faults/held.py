"""The real flow over scripted engines that hold: what is deployed where a run is to be caught at work."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from flows.ingest import ingest
from whosaid.types import Span, Vectors, Waveform
from whosaid.voices.scripted import ScriptedVoiceEmbedder

__all__ = ["ingest"]

SECONDS = float(os.environ.get("FAULTS_HOLD", "0"))
_embed = ScriptedVoiceEmbedder.embed


def hold(self: ScriptedVoiceEmbedder, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
    """Compute for a while, as a model does: in the slot of the GPU, in a thread that nothing interrupts."""
    Path(os.environ["WHOSAID_HOME"], "holding").touch()
    time.sleep(SECONDS)
    return _embed(self, waveform, spans)


ScriptedVoiceEmbedder.embed = hold  # type: ignore[method-assign]
