"""Measures transcripts against references: WER, DER, cpWER, words with the right speaker. Pure.

Words are compared in lower case without punctuation, digits as they stand. Speakers are compared after the best
mapping of labels, so names do not matter here. The measures are those of jiwer, pyannote.metrics and meeteval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from whosaid.types import UNKNOWN, Seconds, Span, Turn, Utterance

if TYPE_CHECKING:
    from meeteval.io.seglst import SegLstSegment

COLLAR: Final[Seconds] = 0.25
"""The time around each border of the reference that DER does not score: half of it on either side."""

_APOSTROPHES: Final = re.compile(r"['’]")
_TOKEN: Final = re.compile(r"\w+")

Spoken: TypeAlias = tuple[str, str]
"""A normalised word and the label of who said it."""


@dataclass(frozen=True, slots=True)
class Segment(Span):
    """A stretch of a reference: who says what."""

    speaker: str
    words: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A recording with its reference and what the archive says of it."""

    name: str
    reference: tuple[Segment, ...]
    utterances: tuple[Utterance, ...]
    turns: tuple[Turn, ...]  # as heard: they may overlap


@dataclass(frozen=True, slots=True)
class Score:
    """Counts that add up over episodes, and the rates that follow from them."""

    words: int = 0  # of the reference
    word_errors: int = 0
    cp_errors: int = 0  # with each speaker's words concatenated, by the best mapping of speakers
    aligned: int = 0  # words of the transcript that stand for a word of the reference
    attributed: int = 0  # of those, the ones that the right speaker says
    speech: Seconds = 0.0  # of the reference, overlaps counted for each speaker, less collars
    speech_errors: Seconds = 0.0  # missed, falsely heard, confused

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def wer(self) -> float:
        return self.word_errors / max(1, self.words)

    @property
    def cpwer(self) -> float:
        return self.cp_errors / max(1, self.words)

    @property
    def der(self) -> float:
        return self.speech_errors / self.speech if self.speech else float(self.speech_errors > 0)

    @property
    def speaker_accuracy(self) -> float:
        """The share of aligned words with the right speaker (1 - WDER of El Shafey et al. 2019)."""
        return self.attributed / max(1, self.aligned)

    def rates(self) -> dict[str, float]:
        """Return the rates and the counts under them, as reports name them."""
        rates = {name: getattr(self, name) for name in ("wer", "der", "cpwer", "speaker_accuracy")}
        return rates | {"words": self.words, "aligned": self.aligned, "speech": self.speech}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of each episode, in order, and of all together."""

    episodes: tuple[tuple[str, Score], ...]

    @property
    def overall(self) -> Score:
        return reduce(Score.__add__, (score for _, score in self.episodes), Score())


def evaluate(episodes: Iterable[Episode]) -> Evaluation:
    """Return the scores of the episodes against their references."""
    return Evaluation(tuple((episode.name, _score(episode)) for episode in episodes))


def _score(episode: Episode) -> Score:
    reference = _in_time(episode.reference)
    hypothesis = _tokens((word.text, utterance.label) for utterance in episode.utterances for word in utterance.words)
    errors, pairs = _align(reference, hypothesis)
    speech, speech_errors = _compare_turns(episode)
    return Score(
        words=len(reference),
        word_errors=errors,
        cp_errors=_cp_errors(episode),
        aligned=len(pairs),
        attributed=_count_right(pairs),
        speech=speech,
        speech_errors=speech_errors,
    )


def _normalize(text: str) -> list[str]:
    return _TOKEN.findall(_APOSTROPHES.sub("", text.lower()))


def _tokens(said: Iterable[tuple[str, str]]) -> list[Spoken]:
    return [(token, label) for text, label in said for token in _normalize(text)]


def _in_time(segments: Sequence[Segment]) -> list[Spoken]:
    """Return the words of a reference in time order; within a segment they are spread evenly over its time."""
    timed = [
        (segment.start + (i + 0.5) * segment.duration / len(tokens), token, segment.speaker)
        for segment in segments
        for tokens in [_normalize(segment.words)]
        for i, token in enumerate(tokens)
    ]
    return [(token, speaker) for _, token, speaker in sorted(timed, key=lambda each: each[0])]


def _align(reference: Sequence[Spoken], hypothesis: Sequence[Spoken]) -> tuple[int, list[tuple[str, str]]]:
    """Return the word errors, and (speaker, label) for each word that stands for one of the reference."""
    import jiwer

    if not reference:
        return len(hypothesis), []
    output = jiwer.process_words(" ".join(word for word, _ in reference), " ".join(word for word, _ in hypothesis))
    pairs = [
        (reference[i][1], hypothesis[j][1])
        for chunk in output.alignments[0]
        if chunk.type in {"equal", "substitute"}
        for i, j in zip(
            range(chunk.ref_start_idx, chunk.ref_end_idx), range(chunk.hyp_start_idx, chunk.hyp_end_idx), strict=True
        )
    ]
    return output.substitutions + output.deletions + output.insertions, pairs


def _count_right(pairs: Sequence[tuple[str, str]]) -> int:
    """Count the words whose label is mapped to their speaker, labels mapped one to one for the best; never unknown."""
    from scipy.optimize import linear_sum_assignment

    known = [(speaker, label) for speaker, label in pairs if label != UNKNOWN]
    speakers, labels = (sorted(set(names)) for names in zip(*known, strict=True)) if known else ([], [])
    counts = np.zeros((len(speakers), len(labels)), dtype=np.int64)
    for speaker, label in known:
        counts[speakers.index(speaker), labels.index(label)] += 1
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())


def _cp_errors(episode: Episode) -> int:
    from meeteval.io import SegLST
    from meeteval.wer.wer.cp import cp_word_error_rate

    reference = [_segment(each, each.speaker, each.words) for each in episode.reference]
    hypothesis = [_segment(each, each.label, each.text) for each in episode.utterances]
    # An empty segment stands for "nothing heard", which meeteval tells from "not transcribed".
    silence = [_segment(Span(0.0, 0.0), UNKNOWN, "")]
    result: Any = cp_word_error_rate(SegLST(reference or silence), SegLST(hypothesis or silence))
    return int(result.errors)


def _segment(span: Span, speaker: str, words: str) -> SegLstSegment:
    return {
        "session_id": "",
        "speaker": speaker,
        "start_time": span.start,
        "end_time": span.end,
        "words": " ".join(_normalize(words)),
    }


def _compare_turns(episode: Episode) -> tuple[Seconds, Seconds]:
    """Return the scored speech of the reference and the diarization errors in it, overlaps included."""
    from pyannote.core import Segment as Stretch
    from pyannote.core import Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    reference = _annotation((each, each.speaker) for each in episode.reference)
    hypothesis = _annotation((each, each.label) for each in episode.turns)
    end = max((each.end for each in (*episode.reference, *episode.turns)), default=0.0)
    metric: Any = DiarizationErrorRate(collar=COLLAR, skip_overlap=False)
    found = metric(reference, hypothesis, uem=Timeline([Stretch(0.0, end)]), detailed=True)
    return float(found["total"]), float(found["missed detection"] + found["false alarm"] + found["confusion"])


def _annotation(spans: Iterable[tuple[Span, str]]) -> Any:
    from pyannote.core import Annotation
    from pyannote.core import Segment as Stretch

    annotation = Annotation()
    for track, (span, label) in enumerate(spans):
        annotation[Stretch(span.start, span.end), track] = label
    return annotation
