"""A run that dies, as a power cut would have it, when the first recording is to be transcribed."""

from __future__ import annotations

import asyncio
import os
import sys

from flows.console import run_here
from tests.flows.scripted import overrides
from whosaid.asr.scripted import ScriptedTranscriber
from whosaid.types import Transcript, Waveform


def die(self: ScriptedTranscriber, waveform: Waveform) -> Transcript:
    os._exit(9)


if __name__ == "__main__":
    ScriptedTranscriber.transcribe = die  # type: ignore[method-assign]
    asyncio.run(run_here(sys.argv[1], "balanced", overrides=overrides()))
