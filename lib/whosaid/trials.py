"""Scored comparisons of a voice with a speaker, and the error rates of verification that they give. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Trial:
    """A voice compared with a speaker: genuine where they are the same person."""

    voice: str  # VIDEO#LABEL, with the stretch where it is not the whole label
    speaker: str  # an enrolled name, or a VIDEO#LABEL that stands for one
    genuine: bool
    score: float


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """What a threshold makes of trials, by counts; a rate without trials is not measured: None."""

    genuine: int = 0
    impostor: int = 0
    false_rejects: int = 0  # genuine ones below the threshold
    false_accepts: int = 0  # impostors at the threshold or above
    eer: float | None = None  # equal error rate, whatever the threshold

    @property
    def false_reject_rate(self) -> float | None:
        return self.false_rejects / self.genuine if self.genuine else None

    @property
    def false_accept_rate(self) -> float | None:
        return self.false_accepts / self.impostor if self.impostor else None


def scores_of(trials: Iterable[Trial], *, genuine: bool) -> list[float]:
    """Return the scores of one of the two classes, in order."""
    return [trial.score for trial in trials if trial.genuine == genuine]


def error_rates(trials: Sequence[Trial], threshold: float) -> ErrorRates:
    """Count the errors of accepting every trial from a threshold on."""
    same, other = (scores_of(trials, genuine=each) for each in (True, False))
    return ErrorRates(
        genuine=len(same),
        impostor=len(other),
        false_rejects=sum(score < threshold for score in same),
        false_accepts=sum(score >= threshold for score in other),
        eer=equal_error_rate(trials) if same and other else None,
    )


def equal_error_rate(trials: Sequence[Trial]) -> float:
    """Return the rate at which as many impostors are accepted as genuine trials rejected; both classes are needed.

    Between two points of the curve it is read off the straight line that joins them.
    """
    from sklearn.metrics import roc_curve

    accepted, hit, _ = roc_curve([each.genuine for each in trials], [each.score for each in trials])
    return float(np.interp(0.0, accepted - (1 - hit), accepted))


def upper_bound(errors: int, trials: int) -> float:
    """Return the highest rate that so few errors speak for, with 95 % confidence (Clopper & Pearson 1934)."""
    from scipy.stats import binomtest

    return float(binomtest(errors, trials, alternative="less").proportion_ci(0.95, "exact").high)
