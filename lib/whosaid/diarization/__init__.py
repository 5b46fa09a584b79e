"""Diarization: who speaks when, as labels local to the recording."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias

from pydantic import Field

from whosaid.engines import Engine, Host, Spec
from whosaid.types import Diarization, Waveform
from whosaid.voices import VoiceSpec


class Diarizer(Engine, Protocol):
    """Separates the voices of a recording."""

    def diarize(self, waveform: Waveform) -> Diarization:
        """Return the turns of a recording, none where nobody speaks; EngineError where it fails.

        Labels are SPEAKER_00, SPEAKER_01, … in order of first appearance.
        """
        ...


class Pyannote(Spec):
    """A pyannote.audio pipeline, from a local folder or the model hub (gated: needs a token)."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"batch_size"}

    kind: Literal["pyannote"] = "pyannote"
    model: str
    revision: str
    batch_size: int = Field(default=16, ge=1)  # chunks; more does not make it faster

    def load(self, host: Host) -> Diarizer:
        from whosaid.diarization.pyannote import PyannoteDiarizer

        return PyannoteDiarizer.load(self, host)


class Clustering(Spec):
    """Voice activity, voice vectors over short windows, clustering: needs no gated weights."""

    kind: Literal["clustering"] = "clustering"
    voices: VoiceSpec
    threshold: float = Field(default=0.75, gt=0, le=2)  # mean cosine distance at which two clusters stay apart
    shortest_voice: float = Field(default=2.0, ge=0)  # seconds; who speaks less in all goes to the nearest voice

    def load(self, host: Host) -> Diarizer:
        from whosaid.diarization.clustering import ClusteringDiarizer

        return ClusteringDiarizer.load(self, host)


class ScriptedDiarization(Spec):
    """Gives fixed turns; for tests of what lies around an engine."""

    kind: Literal["scripted"] = "scripted"
    turns: tuple[tuple[float, float, str], ...] = ()

    def load(self, host: Host) -> Diarizer:
        from whosaid.diarization.scripted import ScriptedDiarizer

        return ScriptedDiarizer.load(self, host)


DiarizationSpec: TypeAlias = Annotated[Pyannote | Clustering | ScriptedDiarization, Field(discriminator="kind")]
