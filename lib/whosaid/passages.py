"""Cuts utterances into passages to be embedded and found. Pure.

Built from words, never from text: every word is kept, and times are those of the first and the last word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import chain, groupby
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from whosaid.types import Passage, Seconds, Utterance, Word

_SENTENCE_END: Final = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")
_CLAUSE_END: Final = re.compile(r"""[,;:–—，、；：]["'”’»)\]]*$""")


class PassageRule(BaseModel):
    """How long a passage may be. The maxima are hard; a single word that exceeds them is a passage by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_chars: int = Field(
        default=1100, ge=0
    )  # a cut is put off until so many, unless a maximum or the speaker asks for it
    max_chars: int = Field(default=1400, gt=0)
    max_seconds: Seconds = Field(default=120.0, gt=0)
    max_words: int = Field(default=320, gt=0)  # stands for the token limit of the text model: about 1.4 tokens a word
    pause: Seconds = Field(default=1.0, gt=0)  # a silence as long as this is the best place to cut

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is above max_chars {self.max_chars}")
        return self


class Cut(IntEnum):
    """What a place to cut is, the best first."""

    pause = 0
    sentence = 1
    clause = 2
    word = 3


def cut(utterances: Sequence[Utterance], rule: PassageRule) -> tuple[Passage, ...]:
    """Return passages that tile the utterances: every word once and in order, one voice a passage.

    What fits the rule stays whole; what does not is cut at a long pause, else at the end of a sentence,
    else of a clause, else between words.
    """
    voices = groupby(utterances, key=lambda utterance: (utterance.label, utterance.speaker))
    return tuple(
        _passage(label, speaker, words)
        for (label, speaker), said in voices
        for words in _pieces(tuple(chain.from_iterable(utterance.words for utterance in said)), rule)
    )


def _passage(label: str, speaker: str, words: tuple[Word, ...]) -> Passage:
    return Passage(words[0].start, max(word.end for word in words), label, speaker, words)


def _pieces(words: tuple[Word, ...], rule: PassageRule) -> Iterator[tuple[Word, ...]]:
    lengths = _cumulative_chars(words)
    start = 0
    while start < len(words):
        stop = _stop(words, lengths, start, rule)
        yield words[start:stop]
        start = stop


def _cumulative_chars(words: Sequence[Word]) -> list[int]:
    """Return at i the characters of the first i words, each with the blank that follows it."""
    total = [0]
    for word in words:
        total.append(total[-1] + len(word.text) + 1)
    return total


def _stop(words: Sequence[Word], lengths: Sequence[int], start: int, rule: PassageRule) -> int:
    """Return where the passage that begins at `start` ends: where all does, or at the best place to cut."""
    furthest = _furthest(words, lengths, start, rule)
    if furthest == len(words):
        return furthest

    def rank(stop: int) -> tuple[Cut, bool, int]:
        leaves_a_scrap = lengths[-1] - lengths[stop] - 1 < rule.min_chars
        return _quality(words, stop, rule.pause), leaves_a_scrap, -stop

    places = range(start + 1, furthest + 1)
    long_enough = [i for i in places if lengths[i] - lengths[start] - 1 >= rule.min_chars]
    return min(long_enough or places, key=rank)


def _furthest(words: Sequence[Word], lengths: Sequence[int], start: int, rule: PassageRule) -> int:
    """Return the last place where a passage that begins at `start` may end; at least one word on."""
    end = words[start].end
    for stop in range(start + 1, len(words)):
        end = max(end, words[stop].end)
        chars, seconds = lengths[stop + 1] - lengths[start] - 1, end - words[start].start
        if chars > rule.max_chars or seconds > rule.max_seconds or stop - start >= rule.max_words:
            return stop
    return len(words)


def _quality(words: Sequence[Word], stop: int, pause: Seconds) -> Cut:
    if words[stop].start - words[stop - 1].end >= pause:
        return Cut.pause
    if _SENTENCE_END.search(words[stop - 1].text):
        return Cut.sentence
    return Cut.clause if _CLAUSE_END.search(words[stop - 1].text) else Cut.word
