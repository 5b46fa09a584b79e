"""Voices: vectors that tell speakers apart, and the names that they carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal, Protocol, TypeAlias

from pydantic import Field

from whosaid.engines import Engine, Host, Spec
from whosaid.types import Seconds, Span, Vectors, Waveform

SHORTEST_SPAN: Final[Seconds] = 0.3
"""Below this nobody, machine or human, tells voices apart."""


class VoiceEmbedder(Engine, Protocol):
    """Turns stretches of a recording into voice vectors."""

    def embed(self, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
        """Return one vector of length 1 for each span, (spans, dimension), in the order of the spans.

        The vector of a span does not depend on the other spans. EngineError where a vector is not a number or
        zero, or where less than `SHORTEST_SPAN` of a span lies within the recording.
        """
        ...


class Ecapa(Spec):
    """ECAPA-TDNN by speechbrain (Desplanques et al. 2020, arXiv:2005.07143), 192 dimensions."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"batch_seconds"}

    kind: Literal["ecapa"] = "ecapa"
    model: str
    revision: str
    batch_seconds: float = Field(default=240.0, gt=0)

    @property
    def model_key(self) -> str:
        """Which vectors may be compared with each other."""
        return f"{self.model}@{self.revision}"

    def load(self, host: Host) -> VoiceEmbedder:
        from whosaid.voices.ecapa import EcapaEmbedder

        return EcapaEmbedder.load(self, host)


class ScriptedVoices(Spec):
    """Gives a span the vector of the second it begins in; for tests of what lies around an engine."""

    kind: Literal["scripted"] = "scripted"
    dimension: int = 8

    @property
    def model_key(self) -> str:
        return f"scripted-{self.dimension}"

    def load(self, host: Host) -> VoiceEmbedder:
        from whosaid.voices.scripted import ScriptedVoiceEmbedder

        return ScriptedVoiceEmbedder.load(self, host)


VoiceSpec: TypeAlias = Annotated[Ecapa | ScriptedVoices, Field(discriminator="kind")]
