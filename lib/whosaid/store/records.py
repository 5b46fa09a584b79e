"""The rows kept beside the videos: enrolled speakers, runs and their stage clocks."""

# SQLModel declares as instance attributes what SQLAlchemy wants on the class.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ARRAY, REAL, CheckConstraint, Double, ForeignKey, Identity, Text, UniqueConstraint
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


class RunRow(Row, table=True):
    """A run and its outcomes; `seconds` is empty while it runs, or where it never ended in order."""

    __tablename__: ClassVar[str] = "runs"
    __table_args__ = (
        CheckConstraint("seconds >= 0 AND done >= 0 AND failed >= 0 AND unavailable >= 0", name="counts"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    profile: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=MOMENT, index=True)
    seconds: float | None = Field(default=None, sa_type=Double)
    done: int = Field(sa_column_kwargs={"server_default": "0"})
    failed: int = Field(sa_column_kwargs={"server_default": "0"})
    unavailable: int = Field(sa_column_kwargs={"server_default": "0"})
    engines_loaded: list[str] = Field(sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})


class StageTimingRow(Row, table=True):
    """The clock of one stage for one video (`kind:external_id`), in one run."""

    __tablename__: ClassVar[str] = "stage_timings"
    __table_args__ = (CheckConstraint("waited_s >= 0 AND loading_s >= 0 AND computing_s >= 0", name="seconds"),)

    id: int = key()
    run_id: str = Field(sa_type=Text, sa_column_args=(ForeignKey("runs.id", ondelete="CASCADE"),), index=True)
    video_id: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=MOMENT)
    waited_s: float = Field(sa_type=Double)
    loading_s: float = Field(sa_type=Double)
    computing_s: float = Field(sa_type=Double)
    cached: bool
    device: str = Field(sa_type=Text)
