"""The rows of runs: outcomes, the clock of every stage, what GPUs and queues did meanwhile; and of paused sources."""

# SQLModel declares as instance attributes what SQLAlchemy wants on the class.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Double, ForeignKey, Text
from sqlmodel import Field

from whosaid.store.columns import MOMENT, Row, key


def _run() -> Any:
    return Field(sa_type=Text, sa_column_args=(ForeignKey("runs.id", ondelete="CASCADE"),), index=True)


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
    audio_s: float = Field(sa_type=Double, sa_column_kwargs={"server_default": "0"})
    fingerprint: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    machine: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    troubles: list[str] = Field(sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})


class StageTimingRow(Row, table=True):
    """The clock of one stage for one video (`kind:external_id`), in one run."""

    __tablename__: ClassVar[str] = "stage_timings"
    __table_args__ = (
        CheckConstraint("queued_s >= 0 AND waited_s >= 0 AND loading_s >= 0 AND computing_s >= 0", name="seconds"),
    )

    id: int = key()
    run_id: str = _run()
    video_id: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=MOMENT)
    waited_s: float = Field(sa_type=Double)
    loading_s: float = Field(sa_type=Double)
    computing_s: float = Field(sa_type=Double)
    cached: bool
    device: str = Field(sa_type=Text)
    queued_s: float = Field(sa_type=Double, sa_column_kwargs={"server_default": "0"})
    items: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    batches: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    tokens: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    flop: float = Field(sa_type=Double, sa_column_kwargs={"server_default": "0"})


class GpuReadingRow(Row, table=True):
    """What the driver said of one GPU at one moment of a run; empty where it does not say."""

    __tablename__: ClassVar[str] = "gpu_readings"

    id: int = key()
    run_id: str = _run()
    at: datetime = Field(sa_type=MOMENT)
    gpu: int
    utilisation: float | None = Field(default=None, sa_type=Double)
    memory_utilisation: float | None = Field(default=None, sa_type=Double)
    memory_used: int | None = Field(default=None, sa_type=BigInteger)
    memory_total: int | None = Field(default=None, sa_type=BigInteger)
    temperature: int | None = None
    power: float | None = Field(default=None, sa_type=Double)
    clock: int | None = None
    throttled: list[str] = Field(sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})


class QueueReadingRow(Row, table=True):
    """The line before the slots of one tag at one moment of a run."""

    __tablename__: ClassVar[str] = "queue_readings"

    id: int = key()
    run_id: str = _run()
    at: datetime = Field(sa_type=MOMENT)
    tag: str = Field(sa_type=Text)
    waiting: int
    running: int


class QueueUseRow(Row, table=True):
    """The slots of one tag over a whole run."""

    __tablename__: ClassVar[str] = "queue_uses"

    run_id: str = Field(primary_key=True, sa_type=Text, sa_column_args=(ForeignKey("runs.id", ondelete="CASCADE"),))
    tag: str = Field(primary_key=True, sa_type=Text)
    slots: int
    peak: int
    occupancy: float = Field(sa_type=Double)
    saturated: float = Field(sa_type=Double)
    contended: float = Field(sa_type=Double)


class PausedSourceRow(Row, table=True):
    """A source that is left alone for a while, because its site refuses to answer."""

    __tablename__: ClassVar[str] = "paused_sources"
    __table_args__ = (CheckConstraint("pauses > 0", name="pauses"),)

    address: str = Field(primary_key=True, sa_type=Text)
    reason: str = Field(sa_type=Text)
    pauses: int  # in a row, each longer than the one before
    until: datetime = Field(sa_type=MOMENT)
