"""Who is named as whom: words with the right name, speakers taken for others or not recognised. Pure.

Names are equal whatever their case, their blanks, or underscores in the place of blanks, which RTTM and STM need.
A speaker of the reference who is not enrolled is rightly "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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

    A turn has the name of the label that most of its time has. A name that is wrong for the speaker of the turn, but
    right for the one whom the label is mostly of, is no error of naming: the diarizer misplaced the turn. An enrolled
    speaker under the name of another counts in both of the first tallies.
    """

    accepts: Tally = field(default_factory=Tally)  # of turns whose speaker could be taken for an enrolled other
    rejects: Tally = field(default_factory=Tally)  # of turns of enrolled speakers; wrong are those without their name
    misplaced: Tally = field(default_factory=Tally)  # of all turns

    def __add__(self, other: NameScore) -> NameScore:
        return NameScore(self.accepts + other.accepts, self.rejects + other.rejects, self.misplaced + other.misplaced)


@dataclass(frozen=True, slots=True)
class _Label:
    """What a label is called, and who speaks in it for the most part, by name where enrolled."""

    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of the reference: the name that it should have, and the seconds of it under each label."""

    truth: str
    seconds: Seconds
    under: dict[str, Seconds]

    @property
    def label(self) -> str | None:
        """The label of most of its time."""
        return max(self.under, key=self.under.__getitem__, default=None)


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
    owners = {label: _truth(speaker, names) for label, speaker in _speakers(reference, turns).items()}
    labels = {each.label: _Label(fold(each.speaker), owners.get(each.label, UNKNOWN)) for each in identities}
    told = list(_alone(reference, turns, names))
    others = [turn for turn in told if names - {turn.truth}]
    own = [turn for turn in told if turn.truth != UNKNOWN]
    return NameScore(
        accepts=_tally(others, labels, _is_accepted),
        rejects=_tally(own, labels, _is_rejected),
        misplaced=_tally(told, labels, _is_misplaced),
    )


def _is_accepted(truth: str, label: _Label) -> bool:
    return label.name not in {UNKNOWN, truth, label.owner}


def _is_rejected(truth: str, label: _Label) -> bool:
    return label.name not in {truth, label.owner}


def _is_misplaced(truth: str, label: _Label) -> bool:
    return label.name != truth and label.name == label.owner


def _tally(turns: Sequence[_Turn], labels: Mapping[str, _Label], wrong: Callable[[str, _Label], bool]) -> Tally:
    """Count the turns that are wrong by the label of most of their time, and the seconds that are by any."""
    unnamed = _Label(UNKNOWN, UNKNOWN)
    return Tally(
        turns=len(turns),
        wrong=sum(wrong(turn.truth, labels.get(turn.label or "", unnamed)) for turn in turns),
        seconds=sum(turn.seconds for turn in turns),
        wrong_seconds=sum(
            seconds
            for turn in turns
            for label, seconds in turn.under.items()
            if wrong(turn.truth, labels.get(label, unnamed))
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


def _alone(reference: Sequence[Turn], turns: Sequence[Turn], enrolled: Collection[str]) -> Iterator[_Turn]:
    """Yield the turns of the reference in which one voice alone speaks for some time, without the rest of it."""
    overlaps = annotate((turn, turn.label) for turn in reference).support().get_overlap()
    alone = annotate((turn, i) for i, turn in enumerate(reference)).extrude(overlaps)
    heard = annotate((turn, turn.label) for turn in turns).support()
    # (turns, labels) seconds
    for i, row in zip(alone.labels(), alone * heard, strict=True):
        under = {label: float(seconds) for label, seconds in zip(heard.labels(), row, strict=True) if seconds > 0}
        yield _Turn(_truth(reference[i].label, enrolled), alone.label_duration(i), under)


def _speakers(reference: Sequence[Turn], turns: Sequence[Turn]) -> dict[str, str]:
    """Return who speaks most of the time of each label; labels that nobody speaks in are left out."""
    told = annotate((turn, turn.label) for turn in reference).support()
    heard = annotate((turn, turn.label) for turn in turns).support()
    # (labels, speakers) seconds
    rows = dict(zip(heard.labels(), heard * told, strict=True))
    return {label: told.labels()[int(row.argmax())] for label, row in rows.items() if row.any()}
