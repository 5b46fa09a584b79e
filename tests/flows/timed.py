"""Scripted engines that take their time: so much for a second of sound, or for a character of text."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from whosaid.asr import ScriptedAsr
from whosaid.asr.scripted import ScriptedTranscriber
from whosaid.diarization import ScriptedDiarization
from whosaid.diarization.scripted import ScriptedDiarizer
from whosaid.engines import Host
from whosaid.text import Role, ScriptedText
from whosaid.text.scripted import ScriptedTextEmbedder
from whosaid.types import SAMPLE_RATE, Diarization, Span, Transcript, Vectors, Waveform
from whosaid.voices import ScriptedVoices
from whosaid.voices.scripted import ScriptedVoiceEmbedder


class TimedAsr(ScriptedAsr):
    """Takes `rate` seconds for a second of sound, and hears in each recording a word of its own."""

    rate: float

    def load(self, host: Host) -> ScriptedTranscriber:
        return _Transcriber(self.words, rate=self.rate)


class TimedDiarization(ScriptedDiarization):
    """Takes `rate` seconds for a second of sound."""

    rate: float

    def load(self, host: Host) -> ScriptedDiarizer:
        return _Diarizer(self.turns, rate=self.rate)


class TimedVoices(ScriptedVoices):
    """Takes `rate` seconds for a second of the recording."""

    rate: float

    def load(self, host: Host) -> ScriptedVoiceEmbedder:
        return _VoiceEmbedder(self.dimension, rate=self.rate)


class TimedText(ScriptedText):
    """Takes `rate` seconds for a character."""

    rate: float

    def load(self, host: Host) -> ScriptedTextEmbedder:
        return _TextEmbedder(self.dimension, rate=self.rate)


def _sound(waveform: Waveform) -> float:
    return len(waveform) / SAMPLE_RATE


@dataclass(slots=True)
class _Transcriber(ScriptedTranscriber):
    rate: float = 0.0

    def transcribe(self, waveform: Waveform) -> Transcript:
        time.sleep(self.rate * _sound(waveform))
        own = hashlib.sha256(waveform.tobytes()).hexdigest()[:8]  # no two recordings say the same
        return ScriptedTranscriber((own, *self.words)).transcribe(waveform)


@dataclass(slots=True)
class _Diarizer(ScriptedDiarizer):
    rate: float = 0.0

    def diarize(self, waveform: Waveform) -> Diarization:
        time.sleep(self.rate * _sound(waveform))
        return ScriptedDiarizer.diarize(self, waveform)


@dataclass(slots=True)
class _VoiceEmbedder(ScriptedVoiceEmbedder):
    rate: float = 0.0

    def embed(self, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
        time.sleep(self.rate * _sound(waveform))
        return ScriptedVoiceEmbedder.embed(self, waveform, spans)


@dataclass(slots=True)
class _TextEmbedder(ScriptedTextEmbedder):
    rate: float = 0.0

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        time.sleep(self.rate * sum(map(len, texts)))
        return ScriptedTextEmbedder.embed(self, texts, role)
