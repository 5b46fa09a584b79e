"""Gives every word of a transcript to a voice: words x turns -> utterances. Pure.

A word belongs to the turn that it overlaps most. Recognizers and diarizers place the same border a few tenths
of a second apart, so a change of voice in the middle of running speech is moved to the pause it was meant for.
Where two voices are heard at once the word is marked, and a back-channel goes to the voice that made it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from whosaid.types import UNKNOWN, Diarization, Identity, Seconds, Span, Transcript, Turn, Utterance, Word, places

MAX_GAP: Final[Seconds] = 1.0
"""A word farther than this from every turn was said by a voice that the diarizer did not hear."""

MAX_SILENCE: Final[Seconds] = 2.0
"""A longer silence ends an utterance, even if the same voice goes on."""

SNAP_WINDOW: Final[Seconds] = 0.5
"""How far a change of voice may be moved: the usual distance between the borders of the two models."""

SNAP_WORDS: Final = 2
"""How many words a change of voice may be moved over."""

MIN_PAUSE: Final[Seconds] = 0.15
"""A shorter silence is the closure of a consonant, not a pause."""

BACK_CHANNEL_WORDS: Final = 2 * SNAP_WORDS
"""A run of up to so many words ("mm-hm", "yes, right") is an answer of its own: its borders stay as heard.

Longer runs lose at most `SNAP_WORDS` at each end, so no run is ever swallowed.
"""


BACK_CHANNELS: Final = frozenset(
    "ah aha exactly hm hmm huh mhm mm mmhm mmhmm oh ok okay really right sure uhhuh wow yeah yep yes yup".split()  # noqa: SIM905 (a list of words)
)
"""What a listener says without taking the floor, in English, as it is spelt without hyphens."""

BACK_CHANNEL_TURN: Final[Seconds] = 1.5
"""A listener who is heard for longer than this says more than a back-channel."""


def attribute(
    transcript: Transcript, diarization: Diarization, identities: tuple[Identity, ...]
) -> tuple[Utterance, ...]:
    """Return what each voice says, in time order; every word of the transcript once and in its order.

    A word that no turn is near is said by `UNKNOWN`, and so is all that a label without an identity says.
    """
    words = _mark_overlapped(transcript.words, diarization.overlapping)
    labels = _snap(words, _labels(words, diarization.turns))
    labels = _keep_back_channels(words, labels, diarization.overlapping)
    speakers = {identity.label: identity.speaker for identity in identities}
    return tuple(_utterance(words[i:j], labels[i], speakers) for i, j in pairwise(_borders(words, labels)))


def _labels(words: Sequence[Word], turns: Sequence[Turn]) -> list[str]:
    starts = [turn.start for turn in turns]
    return [_label(word, turns, starts) for word in words]


def _label(word: Word, turns: Sequence[Turn], starts: Sequence[Seconds]) -> str:
    """Return the label of the turn that the word overlaps most, else of the nearest within `MAX_GAP`."""
    first = max(0, bisect_right(starts, word.start) - 1)
    last = max(first, bisect_right(starts, word.end))
    near = turns[first : last + 1]
    best = max(near, key=lambda turn: (word.overlap(turn), -word.gap(turn)), default=None)
    return best.label if best and word.gap(best) <= MAX_GAP else UNKNOWN


def _mark_overlapped(words: Sequence[Word], heard: Sequence[Turn]) -> tuple[Word, ...]:
    """Mark the words in whose middle two voices are heard."""
    both = _overlaps(heard)
    return tuple(
        replace(word, overlapped=True) if place is not None else word
        for word, place in zip(words, places(words, both), strict=True)
    )


def _overlaps(heard: Sequence[Turn]) -> list[Span]:
    """Return the stretches in which turns of two labels are heard at once, in time order."""
    moments = sorted([(turn.end, -1, turn.label) for turn in heard] + [(turn.start, 1, turn.label) for turn in heard])
    voices, found = Counter[str](), list[Span]()
    for (now, change, label), (then, _, _) in pairwise(moments):
        voices[label] += change
        if then > now and sum(count > 0 for count in voices.values()) > 1:
            found.append(Span(now, then))
    return found


def _keep_back_channels(words: Sequence[Word], labels: Sequence[str], heard: Sequence[Turn]) -> list[str]:
    """Give a back-channel inside another's speech to the listener who is heard just then, and only then.

    A diarization of one voice at a time gives the moment to the one who has the floor.
    """
    kept = list(labels)
    starts = [word.start for word in words]
    for turn in heard:
        if turn.duration > BACK_CHANNEL_TURN:
            continue
        near = range(bisect_left(starts, turn.start - MAX_GAP), bisect_right(starts, turn.end))
        for i in near:
            if words[i].overlapped and turn.start <= words[i].middle <= turn.end and _is_back_channel(words[i]):
                kept[i] = turn.label
    return kept


def _is_back_channel(word: Word) -> bool:
    return "".join(filter(str.isalpha, word.text.lower())) in BACK_CHANNELS


def _pause(words: Sequence[Word], border: int) -> Seconds:
    """Return the silence before the word at `border`."""
    return words[border].start - words[border - 1].end


def _changes(labels: Sequence[str]) -> list[int]:
    return [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]


def _snap(words: Sequence[Word], labels: Sequence[str]) -> list[str]:
    """Move the changes of voice that fall into running speech to the longest pause near them."""
    snapped = list(labels)
    edges = [0, *_changes(labels), len(labels)]
    for before, change, after in zip(edges, edges[1:], edges[2:], strict=False):
        runs_are_long = min(change - before, after - change) > BACK_CHANNEL_WORDS
        if runs_are_long and UNKNOWN not in (labels[change - 1], labels[change]):
            border = _nearest_pause(words, change)
            snapped[border:change] = [labels[change]] * (change - border)
            snapped[change:border] = [labels[change - 1]] * (border - change)
    return snapped


def _nearest_pause(words: Sequence[Word], change: int) -> int:
    """Return the border of the longest pause near a change, the change itself where none is longer."""
    if _pause(words, change) >= MIN_PAUSE:
        return change
    moment = words[change].start
    near = range(change - SNAP_WORDS, change + SNAP_WORDS + 1)
    pauses = [i for i in near if _pause(words, i) >= MIN_PAUSE and abs(words[i].start - moment) <= SNAP_WINDOW]
    return max(pauses, key=lambda i: (_pause(words, i), -abs(i - change)), default=change)


def _borders(words: Sequence[Word], labels: Sequence[str]) -> list[int]:
    """Return where utterances begin, and the number of words last."""
    if not words:
        return []
    silences = {i for i in range(1, len(words)) if _pause(words, i) > MAX_SILENCE}
    return [0, *sorted(silences.union(_changes(labels))), len(words)]


def _utterance(words: tuple[Word, ...], label: str, speakers: dict[str, str]) -> Utterance:
    end = max(word.end for word in words)
    return Utterance(words[0].start, end, label, speakers.get(label, UNKNOWN), words)
