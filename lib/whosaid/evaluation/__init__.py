"""Measures an archive against references: words, turns, names. Pure.

What a reference does not tell, or nothing is there to tell, is not measured: None, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol, Self, TypeVar

from whosaid.evaluation.names import NamedWords, NameScore, compare_voices, name_turns, name_words
from whosaid.evaluation.provenance import is_heard_in
from whosaid.evaluation.references import Reference, Segment
from whosaid.evaluation.turns import COLLAR, TurnScore, compare_turns
from whosaid.evaluation.words import WordScore, align, compare_words
from whosaid.trials import ErrorRates, Trial, error_rates
from whosaid.types import Calibration, Diarization, Identity, Utterance, Video, Voiceprint, VoiceVectors

__all__ = ["COLLAR", "Episode", "Evaluation", "Reference", "Score", "Segment", "evaluate"]


class _Count(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


_Counted = TypeVar("_Counted", bound=_Count)


@dataclass(frozen=True, slots=True)
class Episode:
    """A recording with its reference and what the archive says of it."""

    name: str
    video: Video
    reference: Reference
    utterances: tuple[Utterance, ...]
    diarization: Diarization
    identities: tuple[Identity, ...] = ()
    voices: VoiceVectors | None = None  # None where no enrolled voice can be compared with them


@dataclass(frozen=True, slots=True)
class Score:
    """What was measured of an episode, or of several together."""

    turns: TurnScore | None = None
    words: WordScore | None = None
    names: NameScore | None = None
    named_words: NamedWords | None = None

    def __add__(self, other: Score) -> Score:
        return Score(
            _add(self.turns, other.turns),
            _add(self.words, other.words),
            _add(self.names, other.names),
            _add(self.named_words, other.named_words),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The scores of each episode, in order, and the trials of the enrolled voices over those that may judge names."""

    episodes: tuple[tuple[str, Score], ...]
    enrolled: tuple[str, ...] = ()
    enrolled_from: tuple[str, ...] = ()  # episodes that an enrolled voice was heard in: no judges of names
    trials: tuple[Trial, ...] = ()
    calibration: Calibration | None = None

    @property
    def overall(self) -> Score:
        return reduce(Score.__add__, (score for _, score in self.episodes), Score())

    @property
    def verification(self) -> ErrorRates:
        """The error rates of the trials at the threshold of the archive."""
        return ErrorRates() if self.calibration is None else error_rates(self.trials, self.calibration.threshold)


def evaluate(
    episodes: Iterable[Episode], voiceprints: Sequence[Voiceprint] = (), calibration: Calibration | None = None
) -> Evaluation:
    """Return the scores of the episodes; names are judged where somebody is enrolled, and not from that episode."""
    told = list(episodes)
    enrolled = tuple(sorted({each.speaker for each in voiceprints}))
    clips = [clip for each in voiceprints for clip in each.clips]
    judges = [each for each in told if enrolled and not any(is_heard_in(clip, each.video) for clip in clips)]
    return Evaluation(
        episodes=tuple((each.name, _score(each, enrolled if each in judges else ())) for each in told),
        enrolled=enrolled,
        enrolled_from=tuple(each.name for each in told if enrolled and each not in judges),
        trials=tuple(trial for each in judges for trial in _trials(each, voiceprints, calibration)),
        calibration=calibration,
    )


def _score(episode: Episode, enrolled: Sequence[str]) -> Score:
    """Return what can be measured of an episode; its names where it judges those of somebody enrolled."""
    reference, diarization = episode.reference, episode.diarization
    turns = compare_turns(reference.turns, diarization.overlapping or diarization.turns)
    names = name_turns(reference.named, diarization.turns, episode.identities, enrolled) if enrolled else None
    if reference.said is None:
        return Score(turns, names=names)
    alignment = align(reference.said, episode.utterances)
    words = compare_words(reference.said, episode.utterances, alignment)
    return Score(turns, words, names, name_words(alignment, enrolled) if enrolled else None)


def _trials(episode: Episode, voiceprints: Sequence[Voiceprint], calibration: Calibration | None) -> Iterable[Trial]:
    if episode.voices is None or calibration is None:
        return ()
    reference = episode.reference.named
    return compare_voices(episode.name, reference, episode.diarization, episode.voices, voiceprints, calibration)


def _add(one: _Counted | None, other: _Counted | None) -> Any:
    if one is None or other is None:
        return one or other
    return one + other
