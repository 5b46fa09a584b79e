"""Who is named as whom: words with the right name, speakers taken for others or not recognised. Pure.

Names are equal whatever their case, their blanks, or underscores in the place of blanks, which RTTM and STM need.
A speaker of the reference who is not enrolled is rightly "unknown".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from whosaid.evaluation.annotations import annotate
from whosaid.evaluation.words import Alignment
from whosaid.trials import Trial
from whosaid.types import UNKNOWN, Calibration, Diarization, Identity, Seconds, Turn, Voiceprint, VoiceVectors
from whosaid.voices.identification import score, voices_of


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of some turns are wrong, and how much of their time."""

    turns: int = 0
    wrong: int = 0
    seconds: Seconds = 0.0
    wrong_seconds: Seconds = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class NamedWords:
    """How many of the words aligned with a reference are said under the right name."""

    aligned: int = 0
    right: int = 0

    def __add__(self, other: NamedWords) -> NamedWords:
        return NamedWords(self.aligned + other.aligned, self.right + other.right)

    @property
    def accuracy(self) -> float:
        return self.right / max(1, self.aligned)


@dataclass(frozen=True, slots=True)
class NameScore:
    """Turns of the reference under a name, as far as one voice alone speaks in them.

    A turn has the name that most of its time has. An enrolled speaker under another's name counts in both tallies.
    """

    accepts: Tally = field(default_factory=Tally)  # of turns whose speaker could be taken for an enrolled other
    rejects: Tally = field(default_factory=Tally)  # of turns of enrolled speakers; wrong are those without their name

    def __add__(self, other: NameScore) -> NameScore:
        return NameScore(self.accepts + other.accepts, self.rejects + other.rejects)


@dataclass(frozen=True, slots=True)
class _Named:
    """A turn of the reference: the name it should have, the name it has, and the seconds of each."""

    truth: str
    name: str
    seconds: Seconds
    right: Seconds
    misnamed: Seconds  # under the name of an enrolled speaker who does not speak


def name_words(alignment: Alignment, enrolled: Collection[str]) -> NamedWords:
    """Count the aligned words, and those under the name of who says them."""
    names = _folded(enrolled)
    right = sum(_truth(told.speaker, names) == fold(heard.speaker) for told, heard in alignment.pairs)
    return NamedWords(len(alignment.pairs), right)


def name_turns(
    reference: Sequence[Turn], turns: Sequence[Turn], identities: Iterable[Identity], enrolled: Collection[str]
) -> NameScore:
    """Count the turns of a reference that are wrongly under an enrolled name, and those wrongly not under one."""
    names = _folded(enrolled)
    found = list(_name(reference, turns, {each.label: fold(each.speaker) for each in identities}, names))
    others = [each for each in found if names - {each.truth}]
    own = [each for each in found if each.truth != UNKNOWN]
    return NameScore(
        accepts=Tally(
            turns=len(others),
            wrong=sum(each.name not in {UNKNOWN, each.truth} for each in others),
            seconds=sum(each.seconds for each in others),
            wrong_seconds=sum(each.misnamed for each in others),
        ),
        rejects=Tally(
            turns=len(own),
            wrong=sum(each.name != each.truth for each in own),
            seconds=sum(each.seconds for each in own),
            wrong_seconds=sum(each.seconds - each.right for each in own),
        ),
    )


def compare_voices(
    recording: str,
    reference: Sequence[Turn],
    diarization: Diarization,
    voices: VoiceVectors,
    voiceprints: Sequence[Voiceprint],
    calibration: Calibration,
) -> Iterator[Trial]:
    """Compare each label of a recording with each enrolled speaker: genuine where most of its speech is theirs.

    Labels without a voice vector, or that nobody of the reference speaks in, are no trials.
    """
    heard = {label: voice for label, voice in voices_of(diarization, voices).items() if len(voice.vectors)}
    truths = _speakers(reference, diarization.turns)
    labels = [label for label in heard if label in truths]
    if not labels or not voiceprints:
        return
    speakers = sorted({each.speaker for each in voiceprints})
    scores = score([heard[label] for label in labels], voiceprints, calibration.cohort)
    for label, row in zip(labels, scores, strict=True):
        for speaker, value in zip(speakers, row, strict=True):
            yield Trial(f"{recording}#{label}", speaker, fold(truths[label]) == fold(speaker), float(value))


def fold(name: str) -> str:
    """Return what all spellings of a name share."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(name) for name in names)


def _truth(speaker: str, enrolled: Collection[str]) -> str:
    return fold(speaker) if fold(speaker) in enrolled else UNKNOWN


def _name(
    reference: Sequence[Turn], turns: Sequence[Turn], names: dict[str, str], enrolled: Collection[str]
) -> Iterator[_Named]:
    """Yield the turns of the reference in which one voice alone speaks for some time."""
    overlaps = annotate((turn, turn.label) for turn in reference).support().get_overlap()
    alone = annotate((turn, i) for i, turn in enumerate(reference)).extrude(overlaps)
    named = annotate((turn, names.get(turn.label, UNKNOWN)) for turn in turns).support()
    # (turns, names) seconds
    for i, row in zip(alone.labels(), alone * named, strict=True):
        seconds = dict(zip(named.labels(), map(float, row), strict=True))
        truth = _truth(reference[i].label, enrolled)
        most = max(seconds, key=seconds.__getitem__, default=UNKNOWN)
        yield _Named(
            truth=truth,
            name=most if seconds.get(most) else UNKNOWN,
            seconds=alone.label_duration(i),
            right=seconds.get(truth, 0.0),
            misnamed=sum(each for name, each in seconds.items() if name not in {UNKNOWN, truth}),
        )


def _speakers(reference: Sequence[Turn], turns: Sequence[Turn]) -> dict[str, str]:
    """Return who speaks most of the time of each label; labels that nobody speaks in are left out."""
    told = annotate((turn, turn.label) for turn in reference).support()
    heard = annotate((turn, turn.label) for turn in turns).support()
    # (labels, speakers) seconds
    rows = dict(zip(heard.labels(), heard * told, strict=True))
    return {label: told.labels()[int(row.argmax())] for label, row in rows.items() if row.any()}
