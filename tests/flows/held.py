"""Scripted engines that hold their slot for a set time a call, and the GPU that they would have kept busy."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from flows.console import run_here
from flows.run import STAGES
from tests.flows.scripted import WORDS, record
from whosaid import profiles
from whosaid.asr import ScriptedAsr
from whosaid.asr.scripted import ScriptedTranscriber
from whosaid.diarization import ScriptedDiarization
from whosaid.diarization.scripted import ScriptedDiarizer
from whosaid.engines import Host
from whosaid.media import fetching
from whosaid.passages import PassageRule
from whosaid.profiles import BALANCED, Overrides, ProfileName
from whosaid.text import Role, ScriptedText
from whosaid.text.scripted import ScriptedTextEmbedder
from whosaid.types import Diarization, GpuReading, RunSummary, Seconds, Span, StageTiming, Transcript, Vectors, Waveform
from whosaid.voices import ScriptedVoices
from whosaid.voices.monologue import MonologueRule
from whosaid.voices.scripted import ScriptedVoiceEmbedder

SECONDS_OF_SOUND = 40.0
TURNS = tuple((float(i) / 2, float(i + 1) / 2, "ab"[i % 2]) for i in range(int(2 * SECONDS_OF_SOUND)))
"""Short turns, so that a short recording has many windows of voices."""


@dataclass(frozen=True)
class Scene:
    """How long each call takes, what it is given at most, where the text model is, and the limits of the run."""

    fetch: Seconds = 0.1
    asr: Seconds = 0.3  # of each of its two stages
    voices: Seconds = 0.2
    texts: Seconds = 0.2
    windows: int = 1000  # a call of the voice model
    text_device: str = "cuda"
    asr_workers: int = 4
    io_workers: int = 8

    def slowed(self, times: float) -> Scene:
        """Return it with calls that take so many times as long."""
        return replace(self, **{name: times * getattr(self, name) for name in ("fetch", "asr", "voices", "texts")})


AT_ONCE: Final = Scene(fetch=0.0, asr=0.0, voices=0.0, texts=0.0)
IN_BALANCE: Final = Scene(voices=0.5, texts=0.7)  # the GPU is what binds
TROUBLES: Final = {
    "model on the CPU": Scene(texts=1.2, text_device="cpu"),
    "asr slots": Scene(asr=0.6, asr_workers=1),
    "downloads": Scene(fetch=1.2, io_workers=1, voices=0.1, texts=0.1),
    "one-by-one calls": Scene(voices=0.015, windows=1),
}
"""Runs that are held back, by what is to be named."""


class HeldAsr(ScriptedAsr):
    seconds: Seconds

    def load(self, host: Host) -> ScriptedTranscriber:
        return _Transcriber(self.words, "cuda", seconds=self.seconds)


class HeldDiarization(ScriptedDiarization):
    seconds: Seconds

    def load(self, host: Host) -> ScriptedDiarizer:
        return _Diarizer(self.turns, "cuda", seconds=self.seconds)


class HeldVoices(ScriptedVoices):
    seconds: Seconds
    windows: int

    def load(self, host: Host) -> ScriptedVoiceEmbedder:
        return _VoiceEmbedder(self.dimension, "cuda", seconds=self.seconds, windows=self.windows)


class HeldText(ScriptedText):
    seconds: Seconds
    place: str

    def load(self, host: Host) -> ScriptedTextEmbedder:
        return _TextEmbedder(self.dimension, self.place, seconds=self.seconds)


@dataclass(slots=True)
class _Transcriber(ScriptedTranscriber):
    seconds: Seconds = 0.0

    def transcribe(self, waveform: Waveform) -> Transcript:
        time.sleep(self.seconds)
        return ScriptedTranscriber.transcribe(self, waveform)


@dataclass(slots=True)
class _Diarizer(ScriptedDiarizer):
    seconds: Seconds = 0.0

    def diarize(self, waveform: Waveform) -> Diarization:
        time.sleep(self.seconds)
        return ScriptedDiarizer.diarize(self, waveform)


@dataclass(slots=True)
class _VoiceEmbedder(ScriptedVoiceEmbedder):
    seconds: Seconds = 0.0
    windows: int = 1

    def embed(self, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
        calls = [spans[i : i + self.windows] for i in range(0, len(spans), self.windows)]
        return np.concatenate([self._call(waveform, call) for call in calls])

    def _call(self, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
        time.sleep(self.seconds)
        return ScriptedVoiceEmbedder.embed(self, waveform, spans)


@dataclass(slots=True)
class _TextEmbedder(ScriptedTextEmbedder):
    seconds: Seconds = 0.0

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        time.sleep(self.seconds)
        return ScriptedTextEmbedder.embed(self, texts, role)


def make_channel(folder: Path, videos: int = 6) -> Path:
    """Make a folder of recordings that differ."""
    for i in range(videos):
        record(folder / f"{i}.wav", SECONDS_OF_SOUND, level=0.1 + i / 100)
    return folder


async def play(scene: Scene, channel: Path) -> RunSummary:
    """Ingest a channel by the real flow, everything afresh, and tell it as a machine with a GPU would."""

    def fetch(*asked: object) -> object:
        time.sleep(scene.fetch)
        return fetched(*asked)

    with pytest.MonkeyPatch.context() as patch:
        fetched = fetching.fetch_audio
        patch.setattr(fetching, "fetch_audio", fetch)
        patch.setitem(profiles.PROFILES, ProfileName.balanced, _profile(scene))
        summary = await run_here(str(channel), "balanced", None, _overrides(scene), refresh=list(STAGES), force=True)
    return replace(summary, telemetry=replace(summary.telemetry, gpus=tuple(_readings(summary))))


def _profile(scene: Scene) -> profiles.Profile:
    return BALANCED.model_copy(
        update={"io_workers": scene.io_workers, "passages": PassageRule(min_chars=100, max_chars=200)}
    )


def _overrides(scene: Scene) -> Overrides:
    return Overrides(
        asr=HeldAsr(words=WORDS, workers=scene.asr_workers, seconds=scene.asr),
        diarization=HeldDiarization(turns=TURNS, workers=scene.asr_workers, seconds=scene.asr),
        voices=HeldVoices(seconds=scene.voices, windows=scene.windows),
        monologue=MonologueRule(enabled=False),
        text=HeldText(seconds=scene.texts, place=scene.text_device),
    )


def _readings(run: RunSummary, every: Seconds = 0.1) -> Iterable[GpuReading]:
    """Say how busy a GPU would have been: fully by a voice or text model, a fifth by each recogniser."""
    spans = [_busy(each) for each in run.timings if not each.cached and each.device.startswith("cuda")]
    for i in range(int(run.seconds / every)):
        at = run.started_at + timedelta(seconds=i * every)
        load = sum(share for start, end, share in spans if start <= at < end)
        yield GpuReading(at, 0, min(1.0, load), memory_used=4 * 2**30, memory_total=16 * 2**30)


def _busy(timing: StageTiming) -> tuple[datetime, datetime, float]:
    end = timing.started_at + timedelta(seconds=timing.queued + timing.waited + timing.loading + timing.computing)
    share = 0.2 if timing.stage in {"transcribe", "diarize"} else 1.0
    return end - timedelta(seconds=timing.computing), end, share
