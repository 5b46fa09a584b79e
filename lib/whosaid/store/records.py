"""The rows of enrolled speakers and of voices without a name."""

# SQLModel declares as instance attributes what SQLAlchemy wants on the class.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ARRAY, REAL, CheckConstraint, Double, Identity, Text, UniqueConstraint
from sqlmodel import Field

from whosaid.store.columns import MOMENT, NOW, Row, key, parent


class SpeakerRow(Row, table=True):
    """A person whose voice is enrolled."""

    __tablename__: ClassVar[str] = "speakers"
    __table_args__ = (UniqueConstraint("name"), CheckConstraint("name NOT IN ('', 'unknown')", name="name"))

    id: int = key()
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)


class VoiceprintRow(Row, table=True):
    """An enrolment of a speaker; the highest version counts, the others are its history."""

    __tablename__: ClassVar[str] = "voiceprints"
    __table_args__ = (
        UniqueConstraint("speaker_id", "model_key", "version"),
        CheckConstraint("array_ndims(centroids) = 2 AND array_length(centroids, 2) = dimension", name="centroids"),
    )

    id: int = key()
    speaker_id: int = parent("speakers.id")
    model_key: str = Field(sa_type=Text)
    version: int
    dimension: int
    centroids: list[list[float]] = Field(sa_type=ARRAY(REAL, dimensions=2))  # (modes, dimension)
    windows: int = Field(sa_column_kwargs={"server_default": "0"})
    seconds: float = Field(sa_type=Double, sa_column_kwargs={"server_default": "0"})
    clips: list[str] = Field(sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)


class CalibrationRow(Row, table=True):
    """When a voice carries a name; the highest version counts, the others are its history."""

    __tablename__: ClassVar[str] = "calibrations"
    __table_args__ = (UniqueConstraint("model_key", "version"),)

    id: int = key()
    model_key: str = Field(sa_type=Text)
    version: int
    threshold: float = Field(sa_type=Double)
    margin: float = Field(sa_type=Double)
    cohort: list[list[float]] = Field(sa_type=ARRAY(REAL, dimensions=2))  # (voices, dimension), empty without one
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)


class UnknownVoiceRow(Row, table=True):
    """A voice without a name; its number is given once, and outlives the rows of the videos it is heard in."""

    __tablename__: ClassVar[str] = "unknown_voices"

    number: int = Field(default=None, primary_key=True, sa_column_args=(Identity(),))
    model_key: str = Field(sa_type=Text)
    centroid: list[float] = Field(sa_type=VECTOR())
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
