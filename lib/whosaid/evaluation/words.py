"""What is said, and under which label: WER by jiwer, cpWER by meeteval, words with the right speaker. Pure.

Words are compared in lower case without punctuation, digits as they stand. Speakers are compared after the best
mapping of labels to them, so names do not matter here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from whosaid.evaluation.references import Segment
from whosaid.types import UNKNOWN, Span, Utterance

if TYPE_CHECKING:
    from meeteval.io.seglst import SegLstSegment

_APOSTROPHES: Final = re.compile(r"['’]")
_TOKEN: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A normalised word, and who says it; a reference has no labels."""

    word: str
    speaker: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The words of a transcript laid beside those of its reference."""

    reference: int  # words
    errors: int  # substitutions, deletions, insertions
    pairs: tuple[tuple[Spoken, Spoken], ...]  # each word of the transcript that stands for one of the reference


@dataclass(frozen=True, slots=True)
class WordScore:
    """Counts of words that add up over episodes, and the rates that follow from them."""

    words: int = 0  # of the reference
    errors: int = 0
    cp_errors: int = 0  # with each speaker's words concatenated, by the best mapping of speakers
    aligned: int = 0  # words of the transcript that stand for a word of the reference
    attributed: int = 0  # of those, the ones that the right speaker says

    def __add__(self, other: WordScore) -> WordScore:
        return WordScore(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def wer(self) -> float:
        return self.errors / max(1, self.words)

    @property
    def cpwer(self) -> float:
        return self.cp_errors / max(1, self.words)

    @property
    def speaker_accuracy(self) -> float:
        """The share of aligned words with the right speaker (1 - WDER of El Shafey et al. 2019)."""
        return self.attributed / max(1, self.aligned)


def compare_words(reference: Sequence[Segment], utterances: Sequence[Utterance], alignment: Alignment) -> WordScore:
    """Return how well the words of a transcript, aligned already, and their labels match the reference."""
    return WordScore(
        words=alignment.reference,
        errors=alignment.errors,
        cp_errors=_cp_errors(reference, utterances),
        aligned=len(alignment.pairs),
        attributed=_count_right(alignment),
    )


def align(reference: Sequence[Segment], utterances: Sequence[Utterance]) -> Alignment:
    """Lay the words of a transcript beside those of its reference, by the fewest errors."""
    import jiwer

    told = _in_time(reference)
    heard = [
        Spoken(word, each.speaker, each.label)
        for each in utterances
        for said in each.words
        for word in _plain(said.text)
    ]
    if not told:
        return Alignment(0, len(heard), ())
    output = jiwer.process_words(" ".join(each.word for each in told), " ".join(each.word for each in heard))
    pairs = tuple(
        pair
        for chunk in output.alignments[0]
        if chunk.type in {"equal", "substitute"}
        for pair in zip(
            told[chunk.ref_start_idx : chunk.ref_end_idx], heard[chunk.hyp_start_idx : chunk.hyp_end_idx], strict=True
        )
    )
    return Alignment(len(told), output.substitutions + output.deletions + output.insertions, pairs)


def _plain(text: str) -> list[str]:
    return _TOKEN.findall(_APOSTROPHES.sub("", text.lower()))


def _in_time(segments: Iterable[Segment]) -> list[Spoken]:
    """Return the words of a reference in time order; within a segment they are spread evenly over its time."""
    timed = [
        (segment.start + (i + 0.5) * segment.duration / len(words), Spoken(word, segment.speaker))
        for segment in segments
        for words in [_plain(segment.words)]
        for i, word in enumerate(words)
    ]
    return [spoken for _, spoken in sorted(timed, key=lambda each: each[0])]


def _count_right(alignment: Alignment) -> int:
    """Count the words whose label is mapped to their speaker, labels mapped one to one for the best; never unknown."""
    from scipy.optimize import linear_sum_assignment

    known = [(told.speaker, heard.label) for told, heard in alignment.pairs if heard.label != UNKNOWN]
    speakers, labels = (sorted(set(names)) for names in zip(*known, strict=True)) if known else ([], [])
    counts = np.zeros((len(speakers), len(labels)), dtype=np.int64)
    for speaker, label in known:
        counts[speakers.index(speaker), labels.index(label)] += 1
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())


def _cp_errors(reference: Sequence[Segment], utterances: Sequence[Utterance]) -> int:
    from meeteval.io import SegLST
    from meeteval.wer.wer.cp import cp_word_error_rate

    told = [_segment(each, each.speaker, each.words) for each in reference]
    heard = [_segment(each, each.label, each.text) for each in utterances]
    # An empty segment stands for "nothing heard", which meeteval tells from "not transcribed".
    silence = [_segment(Span(0.0, 0.0), UNKNOWN, "")]
    result: Any = cp_word_error_rate(SegLST(told or silence), SegLST(heard or silence))
    return int(result.errors)


def _segment(span: Span, speaker: str, words: str) -> SegLstSegment:
    return {
        "session_id": "",
        "speaker": speaker,
        "start_time": span.start,
        "end_time": span.end,
        "words": " ".join(_plain(words)),
    }
