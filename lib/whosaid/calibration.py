"""Sets when a voice carries a name, from an archive's own voices. Pure.

Trials compare a voice with a speaker by the score that names are given by. Only what is certain counts:

- genuine: a label against the rest of its speaker's, where the user enrolled that speaker from several recordings;
  and the second half of a label against its first half.
- impostor: two labels of one recording, and two labels that the user enrolled as different speakers.

Names that identification gave are left out: they would confirm the threshold that gave them. Halves of a recording
share its room and microphone, so genuine trials are easier than recognising a speaker elsewhere; and two labels of a
recording may be one speaker whom the diarizer took for two, which shows as an impostor with a high score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whosaid.errors import CalibrationError
from whosaid.trials import ErrorRates, Trial, error_rates, scores_of
from whosaid.types import Calibration, Seconds, Vectors, Voiceprint
from whosaid.voices.identification import SMALLEST_COHORT, Voice, score
from whosaid.voices.purity import direction

ENOUGH: Final[Seconds] = 10.0
"""Speech on either side of a trial; a shorter label says more of its words than of its voice."""

FEWEST: Final = 10
"""Trials of a class below which its borders are chance."""

MANY: Final = 100
"""Trials of a class from which a hundredth may be mistakes of the labels; below, every one counts."""

MOST: Final = 500
"""Trials of a class, taken evenly: more would hardly move the borders, and a cohort makes each one slow."""

WIDEST_MARGIN: Final = 0.15
NARROWEST_MARGIN: Final = 0.05
"""Lead over the second best speaker, in cosine."""

_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is heard of a voice, turn by turn in time order."""

    name: str
    vectors: Vectors  # (turns, dimension)
    seconds: NDArray[np.float64]  # (turns,)

    @property
    def heard(self) -> Seconds:
        return float(self.seconds.sum())


@dataclass(frozen=True, slots=True, eq=False)
class LabelVoice:
    """The voice of a label, and the speaker whom the user enrolled from it."""

    recording: str
    sample: Sample
    speaker: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A trial before it is scored: a voice, and what stands for a speaker."""

    voice: Sample
    model: Sample
    genuine: bool


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What the trials say, and the calibration that follows from them."""

    before: Calibration
    after: Calibration
    trials: tuple[Trial, ...]
    across: int  # genuine trials between recordings
    highest_impostor: float  # scores; of many trials, with the outermost hundredth left out
    lowest_genuine: float

    @property
    def errors(self) -> ErrorRates:
        """The errors of the new threshold on the trials that it was set by."""
        return error_rates(self.trials, self.after.threshold)


def calibrate(voices: Sequence[LabelVoice], before: Calibration, cohort: Vectors) -> Fit:
    """Return the calibration that parts the voices; CalibrationError where they are too few or cannot be parted.

    The threshold is the middle between the highest impostor and the lowest genuine trial: a wrong name is worse than
    none, which asks for more, and recordings differ more than halves of one do, which asks for less. The margin is
    half of the least lead that a label has over its likeness to anybody else, for the same reason, and between 0.05
    and 0.15 in cosine. Fewer than `MANY` impostors do not show how much alike two people can be: by them the threshold
    is raised, not lowered. With fewer than `SMALLEST_COHORT` voices there is no cohort, and scores are cosines.
    """
    used = cohort if len(cohort) >= SMALLEST_COHORT else np.zeros((0, 0), np.float32)
    across, halves, others = list(_across(voices)), list(_halves(voices)), list(_others(voices))
    _require(len(across) + len(halves), len(others))
    comparisons = [*_thin([*across, *halves]), *_thin(others)]
    trials = compare(comparisons, before.model_key, used)
    highest, lowest = _borders(trials)
    if highest >= lowest:
        raise CalibrationError(_overlap(trials, highest, lowest))
    stretch = _deviation(trials) / _deviation(compare(comparisons, before.model_key, used[:0])) if len(used) else 1.0
    margin = float(np.clip(_least_lead(trials) / 2, NARROWEST_MARGIN * stretch, WIDEST_MARGIN * stretch))
    least = min(before.threshold, lowest) if len(others) < MANY and _share_scale(before.cohort, used) else highest
    after = Calibration(before.model_key, max((highest + lowest) / 2, least), margin, used)
    return Fit(before, after, tuple(trials), len(across), highest, lowest)


def compare(comparisons: Iterable[Comparison], model_key: str, cohort: Vectors) -> list[Trial]:
    """Score the comparisons as names are given."""
    return [_compare(each, model_key, cohort) for each in comparisons]


def _compare(asked: Comparison, model_key: str, cohort: Vectors) -> Trial:
    voice, model = asked.voice, asked.model
    centroid = direction(model.vectors, model.seconds)[None].astype(np.float32)
    voiceprint = Voiceprint(model.name, model_key, centroid, len(model.vectors), model.heard, ())
    scores = score([Voice.of(voice.vectors, voice.seconds)], [voiceprint], cohort)
    return Trial(voice.name, model.name, asked.genuine, float(scores[0, 0]))


def _across(voices: Sequence[LabelVoice]) -> Iterator[Comparison]:
    """Yield each label that the user enrolled against what else was enrolled of its speaker."""
    enrolled = [each for each in voices if each.speaker is not None]
    for voice in enrolled:
        rest = [each for each in enrolled if each.speaker == voice.speaker and each.recording != voice.recording]
        if rest:
            model = _join(f"{voice.speaker} elsewhere", [each.sample for each in rest])
            yield from _long_enough(Comparison(voice.sample, model, genuine=True))


def _halves(voices: Sequence[LabelVoice]) -> Iterator[Comparison]:
    """Yield the second half of each label against its first."""
    for voice in voices:
        sample = voice.sample
        middle = int(np.searchsorted(sample.seconds.cumsum(), sample.heard / 2)) + 1
        first = Sample(f"{sample.name}, first half", sample.vectors[:middle], sample.seconds[:middle])
        second = Sample(sample.name, sample.vectors[middle:], sample.seconds[middle:])
        yield from _long_enough(Comparison(second, first, genuine=True))


def _others(voices: Sequence[LabelVoice]) -> Iterator[Comparison]:
    """Yield the pairs of labels that are certainly two people: of one recording, or enrolled as two."""
    for _, together in groupby(sorted(voices, key=_recording), key=_recording):
        yield from _pair(each for each in permutations(together, 2) if not _are_one(*each))
    enrolled = permutations((each for each in voices if each.speaker is not None), 2)
    yield from _pair(each for each in enrolled if not _are_one(*each) and each[0].recording != each[1].recording)


def _pair(pairs: Iterable[tuple[LabelVoice, LabelVoice]]) -> Iterator[Comparison]:
    for voice, model in pairs:
        yield from _long_enough(Comparison(voice.sample, model.sample, genuine=False))


def _recording(voice: LabelVoice) -> str:
    return voice.recording


def _are_one(one: LabelVoice, other: LabelVoice) -> bool:
    return one.speaker is not None and one.speaker == other.speaker


def _long_enough(asked: Comparison) -> Iterator[Comparison]:
    if min(asked.voice.heard, asked.model.heard) >= ENOUGH:
        yield asked


def _join(name: str, samples: Sequence[Sample]) -> Sample:
    vectors = np.concatenate([each.vectors for each in samples])
    return Sample(name, vectors, np.concatenate([each.seconds for each in samples]))


def _thin(comparisons: Sequence[Comparison]) -> Sequence[Comparison]:
    return comparisons[:: max(1, ceil(len(comparisons) / MOST))]


def _require(genuine: int, impostor: int) -> None:
    if min(genuine, impostor) >= FEWEST:
        return
    raise CalibrationError(
        f"too few trials to calibrate by: {genuine} of one voice and {impostor} of two, {FEWEST} of each are needed; "
        f"ingest more recordings in which one voice speaks for {2 * ENOUGH:.0f} s and two for {ENOUGH:.0f} s each, "
        "or enrol speakers from several recordings by VIDEO#LABEL"
    )


def _borders(trials: Sequence[Trial]) -> tuple[float, float]:
    """Return the highest score of impostors and the lowest of genuine trials."""
    impostor, genuine = (scores_of(trials, genuine=each) for each in (False, True))
    highest = np.quantile(impostor, 0.99 if len(impostor) >= MANY else 1.0)
    return float(highest), float(np.quantile(genuine, 0.01 if len(genuine) >= MANY else 0.0))


def _overlap(trials: Sequence[Trial], highest: float, lowest: float) -> str:
    """Say which trials do not part."""
    same = sorted((each for each in trials if each.genuine and each.score <= highest), key=lambda each: each.score)
    other = sorted((each for each in trials if not each.genuine and each.score >= lowest), key=lambda each: -each.score)
    return (
        f"one voice and two cannot be told apart: two score up to {highest:.2f}, one down to {lowest:.2f}; "
        f"two voices: {_tell(other)}; one voice: {_tell(same)}; listen to them, and enrol the labels of one speaker "
        "under one name, or take another voice model"
    )


def _tell(trials: Sequence[Trial]) -> str:
    return ", ".join(f"{each.voice} and {each.speaker} {each.score:.2f}" for each in trials[:_SHOWN])


def _least_lead(trials: Sequence[Trial]) -> float:
    """Return by how much a voice is more like itself than like others, where least but for a hundredth of many."""
    rivals = dict[str, float]()
    for trial in trials:
        if not trial.genuine:
            rivals[trial.voice] = max(trial.score, rivals.get(trial.voice, -np.inf))
    leads = [each.score - rivals[each.voice] for each in trials if each.genuine and each.voice in rivals]
    return float(np.quantile(leads, 0.01 if len(leads) >= MANY else 0.0)) if leads else np.inf


def _share_scale(cohort: Vectors, other: Vectors) -> bool:
    """Say whether scores mean the same with both: cosines, or normalised ones."""
    return (len(cohort) >= SMALLEST_COHORT) == (len(other) >= SMALLEST_COHORT)


def _deviation(trials: Sequence[Trial]) -> float:
    return float(np.std([each.score for each in trials]))
