"""Scripted engines that only hold their slot for a set time, and note when."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any, Final
from unittest.mock import patch

from tests.flows.scripted import overrides
from whosaid.asr.scripted import ScriptedTranscriber
from whosaid.diarization.scripted import ScriptedDiarizer
from whosaid.profiles import Overrides
from whosaid.text.scripted import ScriptedTextEmbedder
from whosaid.voices.monologue import MonologueRule
from whosaid.voices.scripted import ScriptedVoiceEmbedder

HEARING: Final = ((ScriptedTranscriber, "transcribe"), (ScriptedDiarizer, "diarize"))
EMBEDDING: Final = ((ScriptedVoiceEmbedder, "embed"), (ScriptedTextEmbedder, "embed"))


@dataclass(slots=True)
class Held:
    """When the engines that hold the GPU computed: (start, end) in seconds of the monotonic clock, in any order."""

    spans: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    _lock: Lock = field(default_factory=Lock)

    def note(self, start: float, end: float) -> None:
        with self._lock:
            self.spans.append((start, end))

    @property
    def gaps(self) -> list[float]:
        """The seconds from the end of each to the start of the next."""
        ordered = sorted(self.spans)
        return [after[0] - before[1] for before, after in pairwise(ordered)]

    @property
    def busy(self) -> float:
        """The share of the time from the first start to the last end in which one computed."""
        first, last = min(start for start, _ in self.spans), max(end for _, end in self.spans)
        return sum(end - start for start, end in self.spans) / (last - first)


def engines() -> Overrides:
    """Return the scripted engines; with no look for monologues, whose embedding would hold the slot a third time."""
    return overrides().model_copy(update={"monologue": MonologueRule(enabled=False)})


@contextmanager
def holding(embedding: float, hearing: float = 0.0) -> Generator[Held]:
    """Make the scripted engines take so many seconds a call."""
    held = Held()
    with ExitStack() as stack:
        for kind, name in EMBEDDING:
            stack.enter_context(patch.object(kind, name, _slow(getattr(kind, name), embedding, held.note)))
        for kind, name in HEARING:
            stack.enter_context(patch.object(kind, name, _slow(getattr(kind, name), hearing, lambda *_: None)))
        yield held


def _slow(compute: Callable[..., Any], seconds: float, note: Callable[[float, float], None]) -> Callable[..., Any]:
    def slow(engine: Any, *inputs: Sequence[Any]) -> Any:
        start = time.monotonic()
        time.sleep(seconds)
        result = compute(engine, *inputs)
        note(start, time.monotonic())
        return result

    return slow
