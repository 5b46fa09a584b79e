"""Names the voices of a recording by the enrolled voiceprints: turns x voiceprints -> identities. Pure.

A wrong name is worse than none: whatever is not clear stays unknown, with the evidence beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whosaid.errors import ConfigurationError
from whosaid.types import UNKNOWN, Calibration, Diarization, Identity, Vectors, Voiceprint, VoiceVectors, places
from whosaid.voices.purity import direction

NEAREST: Final = 100
"""Voices of the cohort, those most like the one at hand, that a score is normalised by."""

SMALLEST_COHORT: Final = 20
"""Voices below which the mean and deviation of a cohort say nothing."""

OWN: Final = 0.7
"""Cosine from which a voice of the cohort is an enrolled speaker's own, and so no impostor to them."""

Scores: TypeAlias = NDArray[np.float64]
"""(labels, speakers), cosines or normalised."""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """What is heard of one label: its windows or turns, and their mean direction."""

    vectors: Vectors  # (rows, dimension)
    seconds: NDArray[np.float64]  # (rows,)
    centroid: NDArray[np.float64]  # (dimension,), zero where the label has no vector

    @classmethod
    def of(cls, vectors: Vectors, seconds: NDArray[np.float64]) -> Self:
        """Return the voice in rows of vectors."""
        return cls(vectors, seconds, direction(vectors, seconds))

    def likeness(self, modes: NDArray[np.floating]) -> float:
        """Return how much the voice is a speaker's: the mean of what the whole and what the median second say.

        Averaging many turns hides a stranger among them, and a single turn is noisy: a label is named where
        both agree. Each is the cosine to the nearest of the speaker's centroids, `modes` (modes, dimension).
        """
        if not len(self.vectors):
            return 0.0
        return (float((modes @ self.centroid).max()) + _median((self.vectors @ modes.T).max(axis=1), self.seconds)) / 2


def identify(
    diarization: Diarization, voices: VoiceVectors, voiceprints: Sequence[Voiceprint], calibration: Calibration
) -> tuple[Identity, ...]:
    """Return an identity for each label, in order of first appearance.

    A label is named where its best speaker clears the threshold and the margin, and it is that speaker's best
    label: no two labels get one name. ConfigurationError where a voiceprint was made by another voice model.
    """
    labels, speakers = diarization.labels, sorted({voiceprint.speaker for voiceprint in voiceprints})
    _check(voices, voiceprints, calibration)
    if not labels or not speakers:
        return tuple(Identity(label) for label in labels)
    heard = voices_of(diarization, voices)
    scores = score([heard[label] for label in labels], voiceprints, calibration.cohort)
    candidates = [_identity(label, speakers, row, calibration) for label, row in zip(labels, scores, strict=True)]
    champions = scores.argmax(axis=0)  # (speakers,) the best label of each
    return tuple(
        candidate if champions[row.argmax()] == i else replace(candidate, speaker=UNKNOWN)
        for i, (candidate, row) in enumerate(zip(candidates, scores, strict=True))
    )


def voices_of(diarization: Diarization, voices: VoiceVectors) -> dict[str, Voice]:
    """Return the voice of each label, by turns: the archive keeps no finer vectors, and must come to the same names."""
    turns = voices.averaged(diarization.turns)
    labels = [diarization.turns[i].label for i in places(turns.spans, diarization.turns) if i is not None]
    rows = {label: [i for i, each in enumerate(labels) if each == label] for label in diarization.labels}
    seconds = np.array([span.duration for span in turns.spans])
    return {label: Voice.of(turns.vectors[of], seconds[of]) for label, of in rows.items()}


def score(voices: Sequence[Voice], voiceprints: Sequence[Voiceprint], cohort: Vectors) -> Scores:
    """Return the score of each voice for each speaker, (voices, speakers), speakers in order of name.

    With a cohort, by adaptive symmetric normalisation: how far a likeness stands out from that of the voice, and
    from that of the speaker, to the strangers most like them (Matejka et al. 2017, doi:10.21437/Interspeech.2017-803).
    """
    modes = _modes(voiceprints)
    raw = np.array([[voice.likeness(each) for each in modes.values()] for voice in voices])
    strangers = _strangers(cohort, np.concatenate(list(modes.values())))
    if len(strangers) < SMALLEST_COHORT:
        return raw
    tests = [_spread(np.array([voice.likeness(stranger[None]) for stranger in strangers])) for voice in voices]
    models = [_spread((strangers @ each.T).max(axis=1)) for each in modes.values()]
    by_test = np.array([(row - mean) / deviation for row, (mean, deviation) in zip(raw, tests, strict=True)])
    by_model = np.stack([(raw[:, i] - mean) / deviation for i, (mean, deviation) in enumerate(models)], axis=1)
    return (by_test + by_model) / 2


def _modes(voiceprints: Sequence[Voiceprint]) -> dict[str, Vectors]:
    speakers = sorted({voiceprint.speaker for voiceprint in voiceprints})
    return {name: np.concatenate([each.centroids for each in voiceprints if each.speaker == name]) for name in speakers}


def _strangers(cohort: Vectors, enrolled: Vectors) -> Vectors:
    """Return the voices of the cohort that are none of the enrolled ones."""
    return cohort[(cohort @ enrolled.T).max(axis=1) < OWN] if len(cohort) else cohort


def _spread(likenesses: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean and deviation of the `NEAREST` highest."""
    highest = np.sort(likenesses)[-NEAREST:]
    return float(highest.mean()), max(float(highest.std()), 1e-6)


def _median(values: NDArray[np.floating], weights: NDArray[np.float64]) -> float:
    """Return the lowest value that at least half of the weight is at or below."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _check(voices: VoiceVectors, voiceprints: Sequence[Voiceprint], calibration: Calibration) -> None:
    for voiceprint in voiceprints:
        if voiceprint.model_key != voices.model_key:
            raise ConfigurationError(
                f"the voiceprint of {voiceprint.speaker} was made by {voiceprint.model_key}, the voices of this "
                f"recording by {voices.model_key}: enrol {voiceprint.speaker} again with the present voice model"
            )
    if calibration.model_key != voices.model_key:
        raise ConfigurationError(
            f"the calibration is for {calibration.model_key}, the voices of this recording were made by "
            f"{voices.model_key}: calibrate the archive for the present voice model"
        )


def _identity(label: str, speakers: Sequence[str], scores: NDArray[np.float64], rule: Calibration) -> Identity:
    """Judge one label by itself; a speaker who is enrolled alone leads by the whole score."""
    best = int(scores.argmax())
    found = float(scores[best])
    margin = found - float(np.delete(scores, best).max()) if len(scores) > 1 else found
    clear = found >= rule.threshold and margin >= rule.margin
    return Identity(label, speakers[best] if clear else UNKNOWN, found, margin)
