"""Speak sentences with espeak-ng: the voices of the training and, held out from it, the cast of the episodes."""

import io
import itertools
import subprocess
import wave
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

Samples: TypeAlias = NDArray[np.float32]  # mono, 16 kHz, within [-1, 1]

SAMPLE_RATE = 16_000
LOUDNESS = 0.07  # root mean square of a spoken sentence
SILENCE = 0.004  # peak of what is trimmed from both ends
FRAME = 160  # samples, 10 ms

ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc", "en-gb-x-gbclan")
MALE = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Andy", "Alex", "Lee", "john", "Denis")
FEMALE = ("f1", "f2", "f3", "f4", "f5", "Annie", "Andrea", "Alicia", "steph", "belinda", "linda")
PITCHES = (30, 50, 70)
RATES = (145, 160, 175)


@dataclass(frozen=True, slots=True)
class Voice:
    """Settings of espeak-ng: accent and variant by name, pitch 0-99, rate in words per minute."""

    accent: str
    variant: str
    pitch: int
    rate: int

    @property
    def identity(self) -> str:
        """Name who is heard: the rate changes how, not who."""
        return f"{self.accent}+{self.variant}/{self.pitch}"


@dataclass(frozen=True, slots=True)
class CastMember:
    """Tie a name in the references to a voice."""

    name: str
    voice: Voice


HOST = CastMember("Nora Bell", Voice("en-us", "f2", 46, 160))
CAST = (
    HOST,
    CastMember("Tom Hale", Voice("en-us", "m3", 42, 165)),
    CastMember("Anna Reed", Voice("en-gb", "f4", 62, 158)),
    CastMember("Victor Stone", Voice("en-gb-scotland", "m7", 36, 155)),
    CastMember("Ruth Gray", Voice("en-029", "Annie", 56, 162)),
    CastMember("Sam Park", Voice("en-us-nyc", "m1", 64, 168)),
    CastMember("Grace Lowe", Voice("en-gb-x-rp", "f5", 40, 150)),
)


def training_voices() -> tuple[Voice, ...]:
    """List every combination, leaving out whatever shares accent and variant with the cast."""
    held_out = {(member.voice.accent, member.voice.variant) for member in CAST}
    combinations = itertools.product(ACCENTS, MALE + FEMALE, PITCHES, RATES)
    voices = (Voice(*combination) for combination in combinations)
    return tuple(voice for voice in voices if (voice.accent, voice.variant) not in held_out)


def say(text: str, voice: Voice) -> Samples:
    """Speak a text: mono float32 at 16 kHz, silence trimmed from both ends, at one loudness for all voices."""
    command = ["espeak-ng", "-v", f"{voice.accent}+{voice.variant}", "-p", str(voice.pitch), "-s", str(voice.rate)]
    spoken = subprocess.run([*command, "--stdout", text], check=True, capture_output=True)
    return _level(_trim(_read(spoken.stdout)))


def _read(data: bytes) -> Samples:
    """Decode espeak's WAV; its header lies about the length when written to a pipe."""
    with wave.open(io.BytesIO(data)) as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(len(data)), dtype="<i2").astype(np.float32) / 32768
    return resample_poly(samples, SAMPLE_RATE, rate).astype(np.float32)


def _trim(samples: Samples) -> Samples:
    """Cut both ends where whole frames stay silent, keeping one frame of margin."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    loud = np.flatnonzero(np.abs(frames).max(axis=1) > SILENCE)
    return samples[max(loud[0] - 1, 0) * FRAME : (loud[-1] + 2) * FRAME]


def _level(samples: Samples) -> Samples:
    """Bring a sentence to the common loudness, short of clipping."""
    levelled = samples * (LOUDNESS / np.sqrt(np.mean(samples**2)))
    return (levelled / max(1.0, float(np.abs(levelled).max()) / 0.95)).astype(np.float32)
