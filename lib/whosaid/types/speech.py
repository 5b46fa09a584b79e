"""What is heard in a recording: words, turns, who a label is, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from whosaid.types.basics import Seconds, Span, Vectors

UNKNOWN: Final = "unknown"
"""The speaker of a turn that no enrolled voice matches. A legal answer, never a guess."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording, kept in the media store under its digest."""

    sha256: str  # of the 16-bit samples
    duration: Seconds


class TranscriptOrigin(StrEnum):
    """Where the text of a video came from."""

    asr = "asr"
    captions = "captions"


@dataclass(frozen=True, slots=True)
class Word(Span):
    """One spoken word with its punctuation, no surrounding blanks."""

    text: str
    probability: float
    overlapped: bool = False  # said while another voice is heard too


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a recording in time order; no words where nobody speaks."""

    words: tuple[Word, ...]
    language: str
    origin: TranscriptOrigin = TranscriptOrigin.asr


@dataclass(frozen=True, slots=True)
class Captions:
    """What the captions of a video say, where there are any that may be used."""

    transcript: Transcript | None


@dataclass(frozen=True, slots=True)
class Turn(Span):
    """A stretch in which one voice speaks. The label is local to the recording."""

    label: str


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who speaks when, as labels local to the recording.

    `turns` are in time order and never overlap (one voice at a time, made for joining with words);
    `overlapping` are the turns as heard, which may.
    """

    turns: tuple[Turn, ...]
    overlapping: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        if any(later.start < earlier.end - 1e-6 for earlier, later in pairwise(self.turns)):
            raise ValueError("the turns of a diarization are in time order and do not overlap")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in order of first appearance."""
        return tuple(dict.fromkeys(turn.label for turn in self.turns))


@dataclass(frozen=True, slots=True)
class Monologue:
    """Whether one voice alone speaks in a recording: if so, its turns."""

    diarization: Diarization | None
    agreement: float  # cosine of all but the least like windows to the voice, 0 where nothing was compared


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a label is: an enrolled speaker or `UNKNOWN`, with the evidence."""

    label: str
    speaker: str = UNKNOWN
    score: float = 0.0  # of the best enrolled speaker, 0 where none is enrolled
    margin: float = 0.0  # score less that of the second best


@dataclass(frozen=True, slots=True)
class Speech(Span):
    """Words that one voice says, in time order."""

    label: str
    speaker: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Utterance(Speech):
    """What one voice says without another voice in between."""


@dataclass(frozen=True, slots=True)
class Passage(Speech):
    """A piece of one voice's speech, cut to be embedded and found."""


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """One text vector for each passage, rows in order of the passages."""

    model_key: str
    vectors: Vectors  # (passages, dimension)
