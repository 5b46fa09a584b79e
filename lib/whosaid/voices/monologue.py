"""Tells a recording of one voice from others without diarizing it: windows over its whole length must agree. Pure.

The first seconds are not asked alone: an interview may open with a minute of its host. Whatever is in doubt is
diarized, so the gate saves time and changes no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from whosaid.types import Diarization, Monologue, Seconds, Span, Turn, VoiceVectors
from whosaid.voices.purity import CLEAR, PurityRule, direction, find_second_voice

UNDECIDED: Final = Monologue(None, 0.0)  # nothing was compared: the recording is diarized


class MonologueRule(BaseModel):
    """When a recording is taken for a monologue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    window: Seconds = Field(default=3.0, ge=CLEAR)
    hop: Seconds = Field(default=5.0, gt=0)  # of speech, from one window to the next
    least_speech: Seconds = Field(default=20.0, ge=0)  # a shorter recording is quickly diarized
    quantile: float = Field(default=0.02, ge=0, lt=0.5)  # of the windows' cosines to their mean direction
    agreement: float = Field(default=0.5, ge=-1, le=1)  # that the quantile has to reach
    second_voice: PurityRule = PurityRule(shortest_voice=3.0)  # a single window of another voice is enough for doubt


def lay_windows(speech: Sequence[Span], rule: MonologueRule) -> tuple[Span, ...]:
    """Return windows over all of the speech, in time order; none where there is too little of it."""
    if not rule.enabled or sum(span.duration for span in speech) < rule.least_speech:
        return ()
    return tuple(window for span in speech if span.duration >= CLEAR for window in _lay(span, rule))


def _lay(span: Span, rule: MonologueRule) -> list[Span]:
    """Lay windows evenly over a stretch of speech, the first and the last flush with its ends."""
    length = min(rule.window, span.duration)
    count = 1 + int(np.ceil((span.duration - length) / rule.hop))
    return [Span(float(start), float(start) + length) for start in np.linspace(span.start, span.end - length, count)]


def judge(speech: Sequence[Span], windows: VoiceVectors, rule: MonologueRule) -> Monologue:
    """Return the diarization of a recording in which all windows are one voice, and how well they agree."""
    if not windows.spans:
        return UNDECIDED
    whole = direction(windows.vectors, np.array([span.duration for span in windows.spans]))
    agreement = float(np.quantile(windows.vectors @ whole, rule.quantile))
    if agreement < rule.agreement or find_second_voice(windows, rule.second_voice) is not None:
        return Monologue(None, agreement)
    return Monologue(Diarization(tuple(Turn(span.start, span.end, "SPEAKER_00") for span in speech)), agreement)
