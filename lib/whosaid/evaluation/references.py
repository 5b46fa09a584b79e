"""What was really said in a recording: the values that readers of references make and measures take."""

from __future__ import annotations

from dataclasses import dataclass

from whosaid.types import Span, Turn


@dataclass(frozen=True, slots=True)
class Segment(Span):
    """A stretch of a reference: who says what."""

    speaker: str
    words: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What was really said in a recording, and by whom; in time order, turns may overlap."""

    turns: tuple[Turn, ...]  # labelled with the speakers
    said: tuple[Segment, ...] | None  # None where nobody wrote the words down

    @classmethod
    def of(cls, *said: Segment) -> Reference:
        """Return the reference whose turns are the segments themselves."""
        return cls(tuple(Turn(each.start, each.end, each.speaker) for each in said), said)

    @property
    def named(self) -> tuple[Turn, ...]:
        """The turns under the names that the words go by: an RTTM beside a transcript may name the voices otherwise."""
        return self.turns if self.said is None else Reference.of(*self.said).turns
