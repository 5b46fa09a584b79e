"""Speech recognition: what is said, word by word."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias

from pydantic import Field

from whosaid.engines import Engine, Host, Spec
from whosaid.types import Transcript, Waveform


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
    beam_size: int = Field(5, ge=1)
    batch_size: int = Field(16, ge=1)

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
