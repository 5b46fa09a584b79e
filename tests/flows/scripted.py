"""A profile whose engines follow scripts, and a folder of recordings for them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from whosaid.asr import ScriptedAsr
from whosaid.diarization import ScriptedDiarization
from whosaid.media.decoding import Samples
from whosaid.profiles import Overrides
from whosaid.text import ScriptedText
from whosaid.types import SAMPLE_RATE
from whosaid.voices import ScriptedVoices

WORDS = ("Sleep", "comes", "first.", "Then", "food.")


def overrides(dimension: int = 16) -> Overrides:
    """Engines that need no weights; `dimension` makes another text model of it."""
    return Overrides(
        asr=ScriptedAsr(words=WORDS),
        diarization=ScriptedDiarization(turns=((0.0, 3.0, "a"), (3.0, 6.0, "b"))),
        voices=ScriptedVoices(),
        text=ScriptedText(dimension=dimension),
    )


def record(file: Path, seconds: float, *, level: float = 0.1) -> None:
    """Write a recording of noise; level 0 is silence."""
    samples = np.random.default_rng(1).normal(0, level, int(seconds * SAMPLE_RATE)).clip(-1, 1)
    write_wav(file, (samples * 32767).astype("<i2"))


def write_wav(file: Path, samples: Samples) -> None:
    """Write 16 kHz mono."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.tobytes())


def make_channel(folder: Path) -> Path:
    """Make a folder of one recording with voices, one of silence, and one that is corrupt."""
    record(folder / "speech.wav", 6.0)
    record(folder / "silent.wav", 2.0, level=0.0)
    (folder / "corrupt.wav").write_bytes(b"RIFF" + bytes(1000))
    return folder
