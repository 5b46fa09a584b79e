"""Who speaks when: the diarization error rate by pyannote.metrics. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from whosaid.evaluation.annotations import annotate
from whosaid.types import Seconds, Turn

COLLAR: Final[Seconds] = 0.25
"""The time around each border of the reference that DER does not score: half of it on either side."""

_ERRORS: Final = ("missed detection", "false alarm", "confusion")


@dataclass(frozen=True, slots=True)
class TurnScore:
    """Seconds of turns right and wrong, and the rate that follows from them."""

    speech: Seconds = 0.0  # of the reference, overlaps counted for each speaker, less collars
    errors: Seconds = 0.0  # missed, falsely heard, confused

    def __add__(self, other: TurnScore) -> TurnScore:
        return TurnScore(self.speech + other.speech, self.errors + other.errors)

    @property
    def der(self) -> float:
        return self.errors / self.speech if self.speech else float(self.errors > 0)


def compare_turns(reference: Sequence[Turn], heard: Sequence[Turn]) -> TurnScore:
    """Return the scored speech of the reference and the diarization errors in it, overlaps included."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    end = max((each.end for each in (*reference, *heard)), default=0.0)
    metric: Any = DiarizationErrorRate(collar=COLLAR, skip_overlap=False)
    turns = [annotate((each, each.label) for each in side) for side in (reference, heard)]
    found = metric(*turns, uem=Timeline([Segment(0.0, end)]), detailed=True)
    return TurnScore(float(found["total"]), sum(float(found[kind]) for kind in _ERRORS))
