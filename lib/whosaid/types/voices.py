"""Voices as vectors: in the stretches of a recording, of enrolled speakers, and when one is taken for the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from whosaid.types.basics import Seconds, Span, Vectors, places


@dataclass(frozen=True, slots=True, eq=False)
class VoiceVectors:
    """The voice in stretches of a recording, in time order: windows of its turns, or whole turns."""

    model_key: str
    spans: tuple[Span, ...]
    vectors: Vectors  # (len(spans), dimension)

    def averaged(self, turns: Sequence[Span]) -> VoiceVectors:
        """Return one vector for each turn that has any: the mean direction of those whose middle it holds.

        The turns are in time order and do not overlap; a vector counts by the seconds that it was heard for.
        """
        sums: dict[int, NDArray[np.float64]] = {}
        for turn, span, vector in zip(places(self.spans, turns), self.spans, self.vectors, strict=True):
            if turn is not None:
                sums[turn] = sums.get(turn, np.zeros(len(vector))) + span.duration * vector
        rows = np.array([sums[turn] / np.linalg.norm(sums[turn]) for turn in sorted(sums)], np.float32)
        spans = tuple(Span(turns[turn].start, turns[turn].end) for turn in sorted(sums))
        return VoiceVectors(self.model_key, spans, rows.reshape(len(sums), self.vectors.shape[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Voiceprint:
    """The enrolled voice of a named speaker."""

    speaker: str
    model_key: str
    centroids: Vectors  # (modes, dimension)
    windows: int  # that the centroids are made of
    seconds: Seconds
    clips: tuple[str, ...]  # where the voice was heard: VIDEO#LABEL, or the name of a file or its address


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """When a voice carries a name: set once from an archive's own voices, and the same for all of its videos.

    Scores are cosines, or with a cohort the adaptive symmetric normalisation of cosines (Matejka et al. 2017).
    """

    model_key: str
    threshold: float = 0.5  # score from which a voice is taken for a speaker
    margin: float = 0.15  # lead over the second best speaker
    cohort: Vectors = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (voices, dimension)
