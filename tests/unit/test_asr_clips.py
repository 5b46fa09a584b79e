"""Clips of speech: what is decoded at once, and where its words may lie."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from whosaid.asr.clips import MARGIN, Clip, add_margins, cut_pauses, fit_words, join_speech
from whosaid.types import Span

LONGEST = 30.0


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    """Spans in time order that do not overlap, none longer than a clip may be."""
    steps = draw(st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, LONGEST)), max_size=30))
    spans: list[Span] = []
    clock = 0.0
    for pause, length in steps:
        spans.append(Span(clock + pause, clock + pause + length))
        clock = spans[-1].end
    return [span for span in spans if span.duration <= LONGEST]


@given(speech())
def test_clips_hold_all_speech_in_order(spans: list[Span]) -> None:
    """Every stretch of speech is in one clip, in order, and no clip is longer than allowed."""
    clips = tuple(join_speech(spans, LONGEST))
    assert [span for clip in clips for span in clip.speech] == spans
    assert all((clip.start, clip.end) == (clip.speech[0].start, clip.speech[-1].end) for clip in clips)
    assert all(clip.duration <= LONGEST for clip in clips)


@given(speech())
def test_clips_are_long_enough_to_be_few(spans: list[Span]) -> None:
    """Two neighbours together always exceed half of what fits: a model hears as much context as it can."""
    clips = tuple(join_speech(spans, LONGEST))
    assert all(later.end - earlier.start > LONGEST / 2 for earlier, later in pairwise(clips))


def test_clips_part_at_the_widest_pause() -> None:
    """A comma is no place to cut while a sentence ends nearby."""
    first, second, third = Span(0.0, 5.0), Span(5.9, 8.0), Span(8.2, 11.0)
    assert [clip.speech for clip in join_speech([first, second, third], 9.0)] == [(first,), (second, third)]


@given(speech(), st.floats(0, 5))
def test_margins_never_make_clips_overlap_or_leave_the_recording(spans: list[Span], silence: float) -> None:
    """Clips get sound around their speech, each second at most once."""
    clips = tuple(join_speech(spans, LONGEST))
    duration = max((clip.end for clip in clips), default=0.0) + silence
    widened = tuple(add_margins(clips, duration))
    assert len(widened) == len(clips)
    assert all(wide.start <= clip.start and clip.end <= wide.end for wide, clip in zip(widened, clips, strict=True))
    assert all(wide.duration <= clip.duration + 2 * MARGIN + 1e-6 for wide, clip in zip(widened, clips, strict=True))
    assert all(earlier.end <= later.start for earlier, later in pairwise(widened))
    assert all(clip.end <= duration for clip in widened)


@given(speech().filter(bool), st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5)), max_size=30))
def test_words_end_up_in_order_within_the_speech(spans: list[Span], raw: list[tuple[float, float]]) -> None:
    """Whatever the aligner says, words run forward, and each lies in one stretch of speech."""
    clip = Clip(max(0.0, spans[0].start - MARGIN), spans[-1].end + MARGIN, tuple(spans))
    words = fit_words([Span(begin, begin + lasts) for begin, lasts in raw], clip)
    assert len(words) == len(raw)
    assert all(any(span.start <= word.start and word.end <= span.end for span in spans) for word in words)
    assert all(earlier.end <= later.start for earlier, later in pairwise(words))


def test_a_word_in_a_pause_moves_to_where_speech_goes_on() -> None:
    """Attention runs ahead of the sound, so that first words are timed into the silence before them."""
    speech = (Span(1.0, 3.0), Span(5.0, 7.0))
    assert cut_pauses(Span(3.5, 4.0), speech) == Span(5.0, 5.0)
    assert cut_pauses(Span(4.0, 5.6), speech) == Span(5.0, 5.6)
    assert cut_pauses(Span(2.8, 3.4), speech) == Span(2.8, 3.0)
    assert cut_pauses(Span(7.5, 7.9), speech) == Span(7.0, 7.0)


def test_words_that_are_in_order_stay_where_they_are() -> None:
    """Good times are not touched."""
    words = (Span(1.0, 1.4), Span(1.4, 1.9), Span(3.0, 3.2))
    assert fit_words(words, Clip(0.5, 4.0, (Span(0.6, 3.5),))) == words
