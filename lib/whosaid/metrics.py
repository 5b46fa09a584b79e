"""Stage clocks, and what a run's figures say. Pure but for the clock of the stage that runs.

A stage runs inside `stopwatch()`; whoever makes it wait or loads a model for it notes that on the stopwatch
of the current context, so that no algorithm carries a timer.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from whosaid.types import Seconds


@dataclass(slots=True)
class Stopwatch:
    """Seconds that the current stage spent waiting for an engine and loading it, and where that engine is."""

    waited: Seconds = 0.0
    loading: Seconds = 0.0
    device: str = ""


_current: ContextVar[Stopwatch | None] = ContextVar("whosaid_stopwatch", default=None)


@contextmanager
def stopwatch() -> Generator[Stopwatch]:
    """Make a stopwatch that `waiting` and the notes below reach from the same context."""
    watch = Stopwatch()
    token = _current.set(watch)
    try:
        yield watch
    finally:
        _current.reset(token)


@contextmanager
def waiting() -> Generator[None]:
    """Count the time inside as waiting."""
    start = perf_counter()
    try:
        yield
    finally:
        if watch := _current.get():
            watch.waited += perf_counter() - start


def note_loading(seconds: Seconds) -> None:
    """Add the seconds of loading a model."""
    if watch := _current.get():
        watch.loading += seconds


def note_device(device: str) -> None:
    """Remember the device of the engine that the stage used last."""
    if watch := _current.get():
        watch.device = device
