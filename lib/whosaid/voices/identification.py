"""Names the voices of a recording by the enrolled voiceprints: turns x voiceprints -> identities. Pure.

A wrong name is worse than none: whatever is not clear stays unknown, with the evidence beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from whosaid.errors import ConfigurationError
from whosaid.types import UNKNOWN, Diarization, Identity, Voiceprint, VoiceVectors

Scores: TypeAlias = NDArray[np.float64]
"""(labels, speakers) cosine."""


class IdentificationRule(BaseModel):
    """When a voice carries a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(default=0.5, ge=-1, le=1)  # cosine to the speaker's nearest centroid
    margin: float = Field(default=0.15, ge=0, le=2)  # lead over the second best speaker


def identify(
    diarization: Diarization, voices: VoiceVectors, voiceprints: Sequence[Voiceprint], rule: IdentificationRule
) -> tuple[Identity, ...]:
    """Return an identity for each label, in order of first appearance.

    A label is named where its best speaker clears the threshold and the margin, and it is that speaker's best
    label: no two labels get one name. ConfigurationError where a voiceprint was made by another voice model.
    """
    labels = diarization.labels
    speakers = sorted({voiceprint.speaker for voiceprint in voiceprints})
    _check(voices, voiceprints)
    if not labels or not speakers:
        return tuple(Identity(label) for label in labels)
    scores = _scores(_centroids(diarization, voices), speakers, voiceprints)
    candidates = [_identity(label, speakers, row, rule) for label, row in zip(labels, scores, strict=True)]
    champions = scores.argmax(axis=0)  # (speakers,) the best label of each
    return tuple(
        candidate if champions[row.argmax()] == i else replace(candidate, speaker=UNKNOWN)
        for i, (candidate, row) in enumerate(zip(candidates, scores, strict=True))
    )


def _check(voices: VoiceVectors, voiceprints: Sequence[Voiceprint]) -> None:
    for voiceprint in voiceprints:
        if voiceprint.model_key != voices.model_key:
            raise ConfigurationError(
                f"the voiceprint of {voiceprint.speaker} was made by {voiceprint.model_key}, the voices of this "
                f"recording by {voices.model_key}: enrol {voiceprint.speaker} again with the present voice model"
            )


def _centroids(diarization: Diarization, voices: VoiceVectors) -> NDArray[np.float64]:
    """Return (labels, dimension): the mean of each label's vectors weighted by seconds, of length 1.

    A label none of whose turns is long enough for a vector has the zero vector, which resembles nobody.
    """
    row_of = {label: i for i, label in enumerate(diarization.labels)}
    total = np.zeros((len(row_of), voices.vectors.shape[1]))
    for turn, vector in zip((diarization.turns[i] for i in voices.turns), voices.vectors, strict=True):
        total[row_of[turn.label]] += turn.duration * vector
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.divide(total, lengths, out=np.zeros_like(total), where=lengths > 0)


def _scores(centroids: NDArray[np.float64], speakers: Sequence[str], voiceprints: Sequence[Voiceprint]) -> Scores:
    def nearest(speaker: str) -> NDArray[np.float64]:
        modes = np.concatenate([voiceprint.centroids for voiceprint in voiceprints if voiceprint.speaker == speaker])
        return (centroids @ modes.T).max(axis=1)

    return np.stack([nearest(speaker) for speaker in speakers], axis=1)


def _identity(label: str, speakers: Sequence[str], scores: NDArray[np.float64], rule: IdentificationRule) -> Identity:
    """Judge one label by itself; a speaker who is enrolled alone leads by the whole score."""
    best = int(scores.argmax())
    score = float(scores[best])
    margin = score - float(np.delete(scores, best).max()) if len(scores) > 1 else score
    clear = score >= rule.threshold and margin >= rule.margin
    return Identity(label, speakers[best] if clear else UNKNOWN, score, margin)
