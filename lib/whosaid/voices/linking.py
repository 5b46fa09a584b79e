"""Links the unknown voices of many recordings to each other, and keeps their numbers. Pure.

The clearest label begins; each further one joins the voice that it resembles most, if it does so well enough, or
begins a voice of its own (greedy clustering by leaders: Hartigan 1975). Likeness is that of two centroids, on the
scale of the calibration's threshold: cosines, or with a cohort their adaptive symmetric normalisation. A centroid
is clearer than the turns that identification also asks, so a link is found a little sooner than a name is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whosaid.types import Calibration, Vectors
from whosaid.voices.identification import NEAREST, OWN, SMALLEST_COHORT

_FLAT: Final = (0.0, 1.0)  # mean and deviation that change nothing


@dataclass(slots=True, eq=False)
class _Voices:
    """The voices found so far; the first `count` rows of each array are theirs."""

    calibration: Calibration
    sums: Vectors  # (labels, dimension) of the vectors of their labels, by seconds
    centroids: Vectors  # the same, of length 1
    spreads: NDArray[np.float64]  # (labels, 2)
    count: int = 0
    heard_in: dict[int, list[int]] = field(default_factory=dict[int, list[int]])  # recording -> voices

    def place(self, recording: int, vector: Vectors, seconds: float) -> int:
        """Put a label with the voice that it resembles most, or with a new one; return which."""
        spread, taken = _spread(vector, self.calibration), self.heard_in.setdefault(recording, [])
        likeness = _normalise(self.centroids[: self.count] @ vector, spread, self.spreads[: self.count])
        likeness[taken] = -np.inf  # one voice speaks under one label of a recording
        best = int(likeness.argmax()) if self.count else 0
        if not self.count or likeness[best] < self.calibration.threshold:
            best, self.count = self.count, self.count + 1
        self.sums[best] += seconds * vector
        self.centroids[best] = self.sums[best] / np.linalg.norm(self.sums[best])
        self.spreads[best] = _spread(self.centroids[best], self.calibration)
        taken.append(best)
        return best


def link(
    recordings: Sequence[int], centroids: Vectors, seconds: NDArray[np.float64], calibration: Calibration
) -> list[int]:
    """Return the voice of each label, counted from 0; labels of one recording are never one voice.

    `centroids` are (labels, dimension) of length 1, heard for `seconds` (labels,).
    """
    rows = np.zeros((2, *centroids.shape), np.float32)
    voices = _Voices(calibration, rows[0], rows[1], np.zeros((len(centroids), 2)))
    found = [0] * len(recordings)
    for row in np.argsort(-seconds, kind="stable"):
        found[row] = voices.place(recordings[row], centroids[row], float(seconds[row]))
    return found


def centroids_of(voices: Sequence[int], centroids: Vectors, seconds: NDArray[np.float64]) -> Vectors:
    """Return the mean direction of the labels of each voice, (voices, dimension)."""
    sums = np.zeros((max(voices, default=-1) + 1, centroids.shape[1]))
    np.add.at(sums, list(voices), centroids * seconds[:, None])
    return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)


def number(
    voices: Sequence[int],
    had: Sequence[int | None],
    centroids: Vectors,
    remembered: Mapping[int, Vectors],
    calibration: Calibration,
) -> list[int | None]:
    """Return the number of each voice, None for one that needs a new number.

    A voice keeps the lowest number that its labels had; where labels of one number have parted, most of them keep
    it. A voice without any takes the number of a remembered one (dimension,) that nobody has now and that it is.
    """
    numbers = _kept(voices, had, len(centroids))
    taken = {each for each in had if each is not None}
    new = [voice for voice, each in enumerate(numbers) if each is None]
    free = [each for each in remembered if each not in taken]
    for voice, again in _recognise(centroids[new], [remembered[each] for each in free], calibration):
        numbers[new[voice]] = free[again]
    return numbers


def _kept(voices: Sequence[int], had: Sequence[int | None], count: int) -> list[int | None]:
    """Return the lowest of the numbers that each voice keeps: those that most of their labels carried into it."""
    labels = Counter((each, voice) for voice, each in zip(voices, had, strict=True) if each is not None)
    heir: dict[int, int] = {}
    for each, voice in sorted(labels, key=lambda of: (-labels[of], of)):
        heir.setdefault(each, voice)
    numbers: list[int | None] = [None] * count
    for each in sorted(heir, reverse=True):
        numbers[heir[each]] = each
    return numbers


def _recognise(
    centroids: Vectors, remembered: Sequence[Vectors], calibration: Calibration
) -> Iterator[tuple[int, int]]:
    """Yield which voice is which remembered one, the most alike first, each at most once."""
    if not remembered or not len(centroids):
        return
    known = np.stack(remembered)
    spreads = np.array([_spread(each, calibration) for each in known])
    likeness = np.stack([_normalise(known @ each, _spread(each, calibration), spreads) for each in centroids])
    pairs = np.argwhere(likeness >= calibration.threshold)
    settled = set[tuple[str, int]]()
    for voice, again in pairs[np.argsort(-likeness[tuple(pairs.T)], kind="stable")].tolist():
        if settled.isdisjoint(pair := {("voice", voice), ("remembered", again)}):
            settled |= pair
            yield voice, again


def _spread(vector: Vectors, calibration: Calibration) -> tuple[float, float]:
    """Return the mean and deviation of a voice's likeness to the strangers most like it; see `identification.score`."""
    if len(calibration.cohort) < SMALLEST_COHORT:
        return _FLAT
    likeness = calibration.cohort @ vector
    strangers = np.sort(likeness[likeness < OWN])[-NEAREST:]
    return (float(strangers.mean()), max(float(strangers.std()), 1e-6)) if len(strangers) else _FLAT


def _normalise(cosines: Vectors, spread: tuple[float, float], spreads: NDArray[np.float64]) -> NDArray[np.float64]:
    by_label = (cosines - spread[0]) / spread[1]
    by_voice = (cosines - spreads[:, 0]) / spreads[:, 1]
    return (by_label + by_voice) / 2
