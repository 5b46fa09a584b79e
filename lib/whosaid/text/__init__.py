"""Text embeddings: vectors by which passages are found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias

from pydantic import Field

from whosaid.engines import Engine, Host, Spec
from whosaid.types import Vectors


class Role(StrEnum):
    """What a text is embedded as: many models prefix the two differently."""

    passage = "passage"
    query = "query"


class TextEmbedder(Engine, Protocol):
    """Turns texts into vectors."""

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return one vector of length 1 for each text, (texts, dimension), in the order of the texts."""
        ...


class SentenceTransformer(Spec):
    """A model of the sentence-transformers library."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"batch_size", "batch_tokens"}

    kind: Literal["sentence-transformers"] = "sentence-transformers"
    model: str
    revision: str
    dimension: int = Field(gt=0)
    prompts: tuple[tuple[Role, str], ...] = ()  # as the model's card says
    max_tokens: int = Field(default=512, gt=0)
    batch_size: int = Field(default=384, gt=0)
    batch_tokens: int = Field(default=32_768, gt=0)

    @property
    def model_key(self) -> str:
        """Which vectors may be compared with each other."""
        return f"{self.model}@{self.revision}"

    def load(self, host: Host) -> TextEmbedder:
        from whosaid.text.sentence_transformers import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder.load(self, host)


class ScriptedText(Spec):
    """Hashes words into a vector; for tests of what lies around an engine."""

    kind: Literal["scripted"] = "scripted"
    dimension: int = 16

    @property
    def model_key(self) -> str:
        return f"scripted-{self.dimension}"

    def load(self, host: Host) -> TextEmbedder:
        from whosaid.text.scripted import ScriptedTextEmbedder

        return ScriptedTextEmbedder.load(self, host)


TextSpec: TypeAlias = Annotated[SentenceTransformer | ScriptedText, Field(discriminator="kind")]
