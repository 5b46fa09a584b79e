"""The base of all rows, and the kinds of column that they share."""

# SQLModel declares as instance attributes what SQLAlchemy wants on the class.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, MetaData, func
from sqlmodel import Field, SQLModel

MOMENT: Final = DateTime(timezone=True)
NOW: Final[dict[str, Any]] = {"server_default": func.now()}


class Row(SQLModel):
    """Base of all rows; every constraint has a name, so that migrations can speak of it."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def key(*references: ForeignKey) -> Any:
    """Make a primary key: given by the database, or that of the row it extends."""
    given = references or (Identity(),)
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=given)


def parent(column: str) -> Any:
    """Make a column for the row that this one goes with."""
    return Field(sa_type=BigInteger, sa_column_args=(ForeignKey(column, ondelete="CASCADE"),))


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Allow a column the values of an enumeration alone."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def forward() -> tuple[CheckConstraint, ...]:
    """Ask a span to run forward, and its label and speaker to say something."""
    return (
        CheckConstraint("0 <= start_s AND start_s <= end_s AND end_s < 'infinity'", name="times"),
        CheckConstraint("label <> '' AND speaker <> ''", name="labels"),
    )
