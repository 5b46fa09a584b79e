"""Speech recognition: what is said, word by word."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Protocol, TypeAlias

from pydantic import Field

from whosaid.engines import Engine, Host, Spec
from whosaid.types import Seconds, Transcript, Waveform

UNDETERMINED: Final = "und"
"""ISO 639-2: the language of a recording in which nobody speaks."""


class Transcriber(Engine, Protocol):
    """Turns a recording into words with times."""

    def transcribe(self, waveform: Waveform) -> Transcript:
        """Return the words of a recording in time order, none where nobody speaks; EngineError where it fails."""
        ...


class FasterWhisper(Spec):
    """Whisper by faster-whisper (ctranslate2), batched, with voice activity detection and word times."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"batch_size"}

    kind: Literal["faster-whisper"] = "faster-whisper"
    model: str
    revision: str
    language: str | None = "en"  # None lets the model detect it
    beam_size: int = Field(default=5, ge=1)
    window: Seconds = Field(default=30.0, gt=1, le=30)  # the longest stretch that is decoded at once
    compute_type: Literal["default", "float32", "float16", "int8_float16", "int8"] = "default"  # as the weights are
    # Whisper's own thresholds (Radford et al. 2022, arXiv:2212.04356, section 4.5)
    no_speech_threshold: float = 0.6
    log_prob_threshold: float = -1.0
    compression_ratio_threshold: float = 2.4
    batch_size: int = Field(default=16, ge=1)

    def load(self, host: Host) -> Transcriber:
        from whosaid.asr.faster_whisper import FasterWhisperTranscriber

        return FasterWhisperTranscriber.load(self, host)


class ScriptedAsr(Spec):
    """Speaks a fixed script, a word every half second; for tests of what lies around an engine."""

    kind: Literal["scripted"] = "scripted"
    words: tuple[str, ...] = ()

    def load(self, host: Host) -> Transcriber:
        from whosaid.asr.scripted import ScriptedTranscriber

        return ScriptedTranscriber.load(self, host)


AsrSpec: TypeAlias = Annotated[FasterWhisper | ScriptedAsr, Field(discriminator="kind")]
