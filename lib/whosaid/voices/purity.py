"""Tells whether windows hold one voice or two, and splits the labels that a diarizer gave to two voices. Pure.

A label that mixes two voices resembles both and is neither, whatever the threshold (cluster purification: Anguera
et al. 2006). The same question is asked of the clips of an enrolment and of a whole recording.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from whosaid.types import Diarization, Seconds, Span, Turn, Vectors, VoiceVectors, places

CLEAR: Final[Seconds] = 1.0
"""Shorter windows are too noisy to prove a second voice; they go where the others have gone."""
_ROUNDS: Final = 20

Mask: TypeAlias = NDArray[np.bool_]
_Held: TypeAlias = tuple[Span, str]  # a window of a turn, and the label that it has now


class PurityRule(BaseModel):
    """When windows hold two voices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    same_voice: float = Field(default=0.5, ge=-1, le=1)  # cosine of two groups' centroids from which they are one voice
    shortest_voice: Seconds = Field(default=4.0, gt=0)  # less of a voice is no proof that there is one


def find_second_voice(voices: VoiceVectors, rule: PurityRule) -> Mask | None:
    """Return which of the windows are the second voice's, (windows,), the one heard less; None where there is one.

    The windows are parted by spherical 2-means (Dhillon & Modha 2001), begun along their main direction.
    """
    seconds = np.array([span.duration for span in voices.spans])
    clear = seconds >= CLEAR
    if np.count_nonzero(clear) < 2:
        return None
    parted = _part(voices.vectors[clear], seconds[clear])
    centroids = np.stack([direction(voices.vectors[clear][part], seconds[clear][part]) for part in (~parted, parted)])
    heard = [float(seconds[clear][part].sum()) for part in (~parted, parted)]
    if min(heard) < rule.shortest_voice or float(centroids[0] @ centroids[1]) >= rule.same_voice:
        return None
    less = int(np.argmin(heard))
    return (voices.vectors @ centroids.T).argmax(axis=1) == less


def direction(vectors: Vectors, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean direction of vectors weighted by seconds, (dimension,); zero where there are none."""
    total = seconds @ vectors
    length = np.linalg.norm(total)
    return total / length if length > 0 else total


def _part(vectors: Vectors, seconds: NDArray[np.float64]) -> Mask:
    """Return one side of the best parting in two, (rows,); all False where the rows are all alike."""
    centred = vectors - np.average(vectors, axis=0, weights=seconds)
    main = np.linalg.svd(centred * np.sqrt(seconds)[:, None], full_matrices=False)[2][0]
    mask: Mask = centred @ main > 0
    for _ in range(_ROUNDS):
        sides = np.stack([direction(vectors[part], seconds[part]) for part in (~mask, mask)])
        moved = vectors @ sides[1] > vectors @ sides[0]
        if (moved == mask).all():
            break
        mask = moved
    return mask


def purify(diarization: Diarization, voices: VoiceVectors, rule: PurityRule) -> Diarization:
    """Return the diarization with every label that holds two voices split, so that a label is one voice.

    The voice heard less in a label joins the label that it resembles, else it becomes a new one.
    """
    at = places(voices.spans, diarization.turns)
    labels = [diarization.turns[turn].label if turn is not None else "" for turn in at]
    split = _split(labels, voices, rule)
    if split == labels:
        return diarization
    windows: defaultdict[int | None, list[_Held]] = defaultdict(list)
    for turn, span, label in zip(at, voices.spans, split, strict=True):
        windows[turn].append((span, label))
    turns = tuple(piece for i, turn in enumerate(diarization.turns) for piece in _cut(turn, windows[i]))
    mixed = {before for before, after in zip(labels, split, strict=True) if before != after}
    heard = (
        _follow(turn, diarization.turns, turns) if turn.label in mixed else (turn,) for turn in diarization.overlapping
    )
    return Diarization(turns, tuple(chain.from_iterable(heard)))


def _split(labels: Sequence[str], voices: VoiceVectors, rule: PurityRule) -> list[str]:
    """Return the label of each window once no label holds two voices."""
    settled, waiting = list(labels), list(dict.fromkeys(label for label in labels if label))
    while waiting:
        label = waiting.pop()
        rows = np.flatnonzero(np.array(settled) == label)
        second = find_second_voice(_rows(voices, rows), rule)
        if second is None:
            continue
        joined = _resembled(rows[second], label, settled, voices, rule)
        if joined is None:
            joined = _new(settled)
            waiting.append(joined)
        waiting.append(label)
        for row in rows[second]:
            settled[row] = joined
    return settled


def _rows(voices: VoiceVectors, rows: NDArray[np.intp]) -> VoiceVectors:
    return VoiceVectors(voices.model_key, tuple(voices.spans[row] for row in rows), voices.vectors[rows])


def _centroid(voices: VoiceVectors, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    return direction(voices.vectors[rows], np.array([voices.spans[row].duration for row in rows]))


def _resembled(
    rows: NDArray[np.intp], label: str, labels: Sequence[str], voices: VoiceVectors, rule: PurityRule
) -> str | None:
    """Return the other label whose voice the rows are, if there is one."""
    voice = _centroid(voices, rows)
    others = dict.fromkeys(each for each in labels if each not in ("", label))
    likeness = {each: float(voice @ _centroid(voices, np.flatnonzero(np.array(labels) == each))) for each in others}
    nearest = max(likeness, key=likeness.__getitem__, default=None)
    return nearest if nearest is not None and likeness[nearest] >= rule.same_voice else None


def _new(labels: Sequence[str]) -> str:
    taken = set(labels)
    return next(name for number in range(len(taken) + 1) if (name := f"SPEAKER_{number:02d}") not in taken)


def _cut(turn: Turn, windows: Sequence[_Held]) -> Iterator[Turn]:
    """Cut a turn halfway between the windows of two voices; a turn without windows keeps its label."""
    runs = [(label, list(run)) for label, run in groupby(windows, key=lambda each: each[1])] or [(turn.label, [])]
    start = turn.start
    for (label, run), following in zip(runs, [*runs[1:], None], strict=True):
        end = turn.end if following is None else (run[-1][0].middle + following[1][0][0].middle) / 2
        yield Turn(start, end, label)
        start = end


def _follow(heard: Turn, before: Sequence[Turn], after: Sequence[Turn]) -> Iterator[Turn]:
    """Give a turn as heard the labels that its time has now, as far as its own label had that time."""
    own = [turn for turn in before if turn.label == heard.label and turn.overlap(heard) > 0]
    pieces = [each for each in after if any(each.overlap(turn) > 0 for turn in own) and each.overlap(heard) > 0]
    runs = [(label, list(run)) for label, run in groupby(pieces, key=lambda each: each.label)] or [(heard.label, [])]
    start = heard.start
    for (label, _), following in zip(runs, [*runs[1:], None], strict=True):
        end = heard.end if following is None else following[1][0].start
        yield Turn(start, end, label)
        start = end
