"""How long a stage may compute on a recording, by its length: a model that loops on bad audio fails alone.

A thread cannot be stopped from outside, so engines look at the clock between their batches or segments.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from pydantic import BaseModel, ConfigDict, Field

from whosaid import metrics
from whosaid.errors import BudgetError
from whosaid.types import Seconds


class TimeBudget(BaseModel):
    """Seconds that one stage may compute for one recording, beside what it waits and loads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: Seconds = Field(default=1800, gt=0, description="seconds that every stage may compute")
    factor: float = Field(default=4, ge=0, description="and so many for each second of the recording")

    def of(self, duration: Seconds) -> Seconds:
        """Return what a stage may compute for a recording of so many seconds."""
        return self.base + self.factor * duration


@dataclass(frozen=True, slots=True)
class _Allowance:
    began: Seconds
    seconds: Seconds


_allowance: ContextVar[_Allowance | None] = ContextVar("whosaid_allowance", default=None)


@contextmanager
def limited(seconds: Seconds) -> Generator[None]:
    """Let `check` fail in this context once it has computed for so many seconds."""
    token = _allowance.set(_Allowance(perf_counter(), seconds))
    try:
        yield
    finally:
        _allowance.reset(token)


def check() -> None:
    """Pass while there is time left, or none was set; BudgetError."""
    given = _allowance.get()
    if given is not None and perf_counter() - given.began - metrics.idled() > given.seconds:
        raise BudgetError(
            f"the {given.seconds:.0f} s that a stage may compute on this recording are used up: listen to it, "
            "or raise `budget` in the overrides"
        )
