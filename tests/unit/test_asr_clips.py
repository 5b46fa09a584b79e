"""Clips of speech: what is decoded at once, and where its words may lie."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from whosaid.asr.clips import in_order, join_spans
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
def test_clips_hold_all_speech_and_never_overlap(spans: list[Span]) -> None:
    """Every stretch of speech lies in one clip, clips are in order and short enough."""
    clips = join_spans(spans, LONGEST)
    assert all(any(clip.start <= span.start and span.end <= clip.end for clip in clips) for span in spans)
    assert all(earlier.end <= later.start for earlier, later in pairwise(clips))
    assert all(clip.duration <= LONGEST for clip in clips)


@given(speech())
def test_neighbours_that_fit_are_joined(spans: list[Span]) -> None:
    """A model hears as much context as its window allows: no two clips would fit into one."""
    clips = join_spans(spans, LONGEST)
    assert all(later.end - earlier.start > LONGEST for earlier, later in pairwise(clips) if later.duration < LONGEST)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5))), st.floats(0, 50), st.floats(0, 50))
def test_words_end_up_in_order_within_their_clip(raw: list[tuple[float, float]], start: float, length: float) -> None:
    """Whatever the aligner says, words run forward and stay in the clip."""
    clip = Span(start, start + length)
    words = in_order([Span(begin, begin + lasts) for begin, lasts in raw], clip)
    assert len(words) == len(raw)
    assert all(clip.start <= word.start and word.end <= clip.end for word in words)
    assert all(earlier.end <= later.start for earlier, later in pairwise(words))


def test_words_that_are_in_order_stay_where_they_are() -> None:
    """Good times are not touched."""
    words = (Span(1.0, 1.4), Span(1.4, 1.9), Span(3.0, 3.2))
    assert in_order(words, Span(0.5, 4.0)) == words
