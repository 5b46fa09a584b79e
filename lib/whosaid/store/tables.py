"""The rows of videos and of what is published of them. A test holds them to what the migrations make.

All that is published of a video hangs from its row in `sources` and goes with it. Times are seconds from the
start of the recording.
"""

# SQLModel declares as instance attributes what SQLAlchemy wants on the class.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from whosaid.store import fulltext
from whosaid.store.columns import MOMENT, NOW, Row, forward, key, one_of, parent
from whosaid.types import TranscriptOrigin, VideoState


class Layer(StrEnum):
    """Which turns of a diarization a row belongs to: one voice at a time, or as heard."""

    exclusive = "exclusive"
    heard = "heard"


class VideoRow(Row, table=True):
    """A video of the catalogue and where it stands; `next_attempt_at` is empty where it is never tried again."""

    __tablename__: ClassVar[str] = "videos"
    __table_args__ = (
        UniqueConstraint("kind", "external_id"),
        CheckConstraint("kind <> '' AND external_id <> ''", name="identity"),
        one_of("state", VideoState),
        CheckConstraint("state <> 'done' OR fingerprint IS NOT NULL", name="done"),
        CheckConstraint("state <> 'failed' OR (next_attempt_at IS NOT NULL AND stage <> '')", name="failed"),
        CheckConstraint("attempts >= 0", name="attempts"),
    )

    id: int = key()
    kind: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=MOMENT)
    duration_s: float | None = Field(default=None, sa_type=Double)  # as the listing claims it
    state: str = Field(sa_type=Text, sa_column_kwargs={"server_default": VideoState.discovered.value})
    reason: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    stage: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    attempts: int = Field(sa_column_kwargs={"server_default": "0"})  # in a row that ended as its state says
    next_attempt_at: datetime | None = Field(default=None, sa_type=MOMENT)
    fingerprint: str | None = Field(default=None, sa_type=Text)  # under which it was last published
    naming: str | None = Field(default=None, sa_type=Text)  # fingerprint of what its voices were last named by
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    updated_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)


class SourceRow(Row, table=True):
    """A published video, written when it is published; the row that its passages and turns hang from."""

    __tablename__: ClassVar[str] = "sources"
    __table_args__ = (
        UniqueConstraint("kind", "external_id"),
        one_of("transcript_origin", TranscriptOrigin),
        CheckConstraint("duration_s >= 0 AND duration_s < 'infinity'", name="duration"),
    )

    id: int = key(ForeignKey("videos.id", ondelete="CASCADE"))
    kind: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=MOMENT)
    duration_s: float = Field(sa_type=Double)  # of the decoded audio
    transcript_origin: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW, index=True)


class RecordingRow(Row, table=True):
    """The audio that a published video was heard in."""

    __tablename__: ClassVar[str] = "recordings"

    source_id: int = key(ForeignKey("sources.id", ondelete="CASCADE"))
    audio_sha256: str = Field(sa_type=Text, index=True)
    language: str = Field(sa_type=Text)


class TurnRow(Row, table=True):
    """A turn with its voice vector, where it is long enough to have one."""

    __tablename__: ClassVar[str] = "turns"
    __table_args__ = (
        UniqueConstraint("source_id", "layer", "ordinal"),
        one_of("layer", Layer),
        CheckConstraint("(voice_model_key IS NULL) = (voice IS NULL)", name="voice"),
        *forward(),
    )

    id: int = key()
    source_id: int = parent("sources.id")
    layer: str = Field(sa_type=Text)
    ordinal: int
    start_s: float = Field(sa_type=Double)
    end_s: float = Field(sa_type=Double)
    label: str = Field(sa_type=Text)
    speaker: str = Field(sa_type=Text, index=True)
    voice_model_key: str | None = Field(default=None, sa_type=Text)
    voice: list[float] | None = Field(default=None, sa_type=VECTOR())


class IdentityRow(Row, table=True):
    """Who a label of a video is, with the evidence."""

    __tablename__: ClassVar[str] = "identities"
    __table_args__ = (CheckConstraint("label <> '' AND speaker <> ''", name="labels"),)

    source_id: int = key(ForeignKey("sources.id", ondelete="CASCADE"))
    label: str = Field(primary_key=True, sa_type=Text)
    speaker: str = Field(sa_type=Text)
    score: float = Field(sa_type=Double)
    margin: float = Field(sa_type=Double)
    voice: int | None = Field(default=None, index=True)  # number of an unknown voice, the same in all of its videos


class UtteranceRow(Row, table=True):
    """What one voice says; `words` are rows of start, end, text, probability, and whether it is overlapped."""

    __tablename__: ClassVar[str] = "utterances"
    __table_args__ = (UniqueConstraint("source_id", "ordinal"), *forward())

    id: int = key()
    source_id: int = parent("sources.id")
    ordinal: int
    start_s: float = Field(sa_type=Double)
    end_s: float = Field(sa_type=Double)
    label: str = Field(sa_type=Text)
    speaker: str = Field(sa_type=Text, index=True)
    words: list[list[Any]] = Field(sa_type=JSONB)


class PassageRow(Row, table=True):
    """A piece of one voice's speech that can be found; `words` as in `utterances`."""

    __tablename__: ClassVar[str] = "passages"
    __table_args__ = (
        UniqueConstraint("source_id", "ordinal"),
        CheckConstraint("text <> ''", name="text"),
        *forward(),
        Index(None, "stems", postgresql_using="gin"),
        Index(None, "spoken", postgresql_using="gin"),
    )

    id: int = key()
    source_id: int = parent("sources.id")
    ordinal: int
    start_s: float = Field(sa_type=Double)
    end_s: float = Field(sa_type=Double)
    label: str = Field(sa_type=Text)
    speaker: str = Field(sa_type=Text, index=True)
    text: str = Field(sa_type=Text)
    words: list[list[Any]] = Field(sa_type=JSONB)
    language: str = Field(sa_type=Text)  # of the recording; decides the stems
    stems: str = Field(sa_type=TSVECTOR, sa_column_args=(Computed(fulltext.stems("text"), persisted=True),))
    spoken: str = Field(sa_type=TSVECTOR, sa_column_args=(Computed(fulltext.spoken_vector("text"), persisted=True),))


class TextModelRow(Row, table=True):
    """A text model that passages are embedded with: one dimension for each key, for good."""

    __tablename__: ClassVar[str] = "text_models"
    __table_args__ = (CheckConstraint("dimension > 0 AND model_key <> ''", name="dimension"),)

    model_key: str = Field(primary_key=True, sa_type=Text)
    dimension: int
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)


class ServingModelRow(Row, table=True):
    """The text model that search uses: one row, or none before anything is embedded."""

    __tablename__: ClassVar[str] = "serving_model"
    __table_args__ = (
        ForeignKeyConstraint(["model_key"], ["text_models.model_key"]),
        CheckConstraint("single", name="single"),
    )

    single: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": "true"})
    model_key: str = Field(sa_type=Text)


class PassageEmbeddingRow(Row, table=True):
    """The vector of a passage by one model."""

    __tablename__: ClassVar[str] = "passage_embeddings"
    __table_args__ = (
        ForeignKeyConstraint(["model_key"], ["text_models.model_key"]),
        Index(None, "passage_id"),
    )

    model_key: str = Field(primary_key=True, sa_type=Text)
    passage_id: int = key(ForeignKey("passages.id", ondelete="CASCADE"))
    embedding: list[float] = Field(sa_type=VECTOR())
