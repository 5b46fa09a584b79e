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

    def prepare(self, texts: Sequence[str], role: Role) -> None:
        """Do ahead what `embed` of the same texts needs no GPU for; optional, and safe beside a running `embed`."""
        ...

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return one vector of length 1 for each text, (texts, dimension), in the order of the texts."""
        ...


class Attention(StrEnum):
    """Which tokens a decoder-like model lets a token see."""

    causal = "causal"
    bidirectional = "bidirectional"


class SentenceTransformer(Spec):
    """A model of the sentence-transformers library, by the library's own code: none that comes with weights is run."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"batch_size", "batch_tokens"}

    kind: Literal["sentence-transformers"] = "sentence-transformers"
    model: str
    revision: str
    dimension: int = Field(gt=0)
    prompts: tuple[tuple[Role, str], ...] = ()  # as the model's card says
    max_tokens: int = Field(default=512, gt=0)
    end_token: str = ""  # what pooling by the last token reads, where the tokenizer of the weights does not put it
    attention: Attention | None = None  # None: as the weights say
    workers: int = Field(default=32, gt=0)  # all prepare at once, and take turns on the device
    batch_size: int = Field(default=384, gt=0)
    batch_tokens: int = Field(default=32_768, gt=0)  # padding counted

    @property
    def model_key(self) -> str:
        """Which vectors may be compared with each other."""
        return f"{self.model}@{self.revision}"

    def load(self, host: Host) -> TextEmbedder:
        from whosaid.text.sentence_transformers import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder.load(self, host)


class OpenAi(Spec):
    """An embedding model of the OpenAI API, or of a server that speaks it."""

    speed: ClassVar[frozenset[str]] = Spec.speed | {"usd_per_million_tokens"}

    kind: Literal["openai"] = "openai"
    model: str = "text-embedding-3-large"
    dimension: int = Field(default=1536, gt=0)  # asked for: the service shortens its vectors to it
    usd_per_million_tokens: float = Field(default=0.13, ge=0)  # the list price of text-embedding-3-large in 2026-11
    workers: int = Field(default=4, gt=0)  # requests at once

    @property
    def model_key(self) -> str:
        """Which vectors may be compared with each other: the service names no revision."""
        return f"openai/{self.model}@{self.dimension}"

    def load(self, host: Host) -> TextEmbedder:
        from whosaid.text.openai import OpenAiEmbedder

        return OpenAiEmbedder.load(self, host)


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


TextSpec: TypeAlias = Annotated[SentenceTransformer | OpenAi | ScriptedText, Field(discriminator="kind")]
