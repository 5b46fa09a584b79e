"""Voices and turns: windows, batches, groups of voices and labels, for any spans and vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from whosaid.diarization.clustering import label, slide
from whosaid.diarization.grouping import assign, group
from whosaid.diarization.turns import Stretch, make_diarization
from whosaid.engines import Engines
from whosaid.types import SAMPLE_RATE, Span, Waveform
from whosaid.voices import SHORTEST_SPAN, Ecapa, VoiceEmbedder
from whosaid.voices.windows import LONGEST, STEP, batch, cut
from whosaid.weights import Weights, digest_of

WEIGHTS = Path(__file__).parents[2] / "deployments" / "demo" / "weights"
SECONDS = 30


def spans(longest: float) -> st.SearchStrategy[Span]:
    """Draw spans of at least the shortest length within the recording."""
    return st.builds(
        lambda start, length: Span(start, min(start + length, SECONDS)),
        st.floats(0, SECONDS - SHORTEST_SPAN),
        st.floats(SHORTEST_SPAN, longest),
    )


@st.composite
def directions(draw: st.DrawFn, rows: int = 12, dimension: int = 4) -> np.ndarray:
    """Draw vectors of length 1."""
    count = draw(st.integers(1, rows))
    vectors = draw(arrays.arrays(np.float32, (count, dimension), elements=st.floats(-1, 1, width=32)))
    vectors[:, 0] += np.where(np.linalg.norm(vectors, axis=1) < 0.1, 1, 0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.lists(spans(longest=20.0), max_size=8))
def test_windows_lie_within_their_spans(drawn: list[Span]) -> None:
    """Each span has windows of one length, a multiple of 0.1 s up to 3 s, all inside and spread over it."""
    windows = cut(drawn, SECONDS * SAMPLE_RATE)
    assert [row for row, _ in Counter(window.row for window in windows).items()] == list(range(len(drawn)))
    for row, span in enumerate(drawn):
        own = [window for window in windows if window.row == row]
        assert len({window.length for window in own}) == 1
        assert own[0].length % STEP == 0
        assert STEP <= own[0].length <= LONGEST
        assert own[0].start >= round(span.start * SAMPLE_RATE)
        assert own[-1].start + own[-1].length <= round(span.end * SAMPLE_RATE)
        assert sum(window.length for window in own) > span.duration * SAMPLE_RATE - (len(own) + 1) * STEP


@given(st.lists(spans(longest=20.0), max_size=12), st.floats(0.1, 60))
def test_batches_hold_every_window_once(drawn: list[Span], seconds: float) -> None:
    """A batch holds windows of one length, no more seconds than asked unless it holds one window; none is lost."""
    windows = cut(drawn, SECONDS * SAMPLE_RATE)
    batches = list(batch(windows, seconds))
    assert Counter(window for group_ in batches for window in group_) == Counter(windows)
    for each in batches:
        assert len({window.length for window in each}) == 1
        assert len(each) == 1 or sum(window.length for window in each) <= seconds * SAMPLE_RATE


@lru_cache(maxsize=1)
def recording() -> Waveform:
    """Make a sound whose spectrum keeps changing, so that no two windows are alike."""
    time = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    noise = np.random.default_rng(3).standard_normal(len(time)) * 0.02
    return (0.2 * np.sin(2 * np.pi * (120 + 40 * time) * time) + noise).astype(np.float32)


@pytest.fixture(scope="module")
def ecapa() -> Iterator[VoiceEmbedder]:
    torch.set_num_threads(1)
    spec = Ecapa(model="ecapa", revision=digest_of(WEIGHTS / "ecapa"), device="cpu", batch_seconds=20)
    with Engines(Weights(WEIGHTS, offline=True), "cpu") as engines, engines.lease(spec) as engine:
        yield engine


@settings(max_examples=8)
@given(drawn=st.lists(spans(longest=5.0), min_size=2, max_size=6))
def test_vector_of_a_span_does_not_depend_on_its_batch(ecapa: VoiceEmbedder, drawn: list[Span]) -> None:
    """Whatever else is embedded with it, a span has the vector that it has alone."""
    together = ecapa.embed(recording(), drawn)
    alone = np.concatenate([ecapa.embed(recording(), [span]) for span in drawn])
    assert np.einsum("sd,sd->s", together, alone) == pytest.approx(1, abs=1e-4)


@given(directions(), st.floats(0.05, 1.5), st.integers(1, 6))
def test_groups_are_directions_and_never_none(vectors: np.ndarray, threshold: float, least: int) -> None:
    """However small the clusters, there is a voice; voices have length 1 and are no more than the vectors."""
    voices = group(vectors, threshold, least)
    assert 1 <= len(voices) <= len(vectors)
    assert np.linalg.norm(voices, axis=1) == pytest.approx(1, abs=1e-4)


@given(directions(rows=20), directions(rows=4))
def test_path_scores_no_less_than_any_single_voice(vectors: np.ndarray, voices: np.ndarray) -> None:
    """Every window has a voice, and the path is at least as good as staying with one voice throughout."""
    path = assign(vectors, voices)
    scores = vectors @ voices.T
    assert len(path) == len(vectors)
    assert sum(scores[index, voice] for index, voice in enumerate(path)) >= scores.sum(axis=0).max() - 1e-3


@given(spans(longest=20.0), st.data())
def test_stretches_tile_the_span(span: Span, data: st.DataObject) -> None:
    """Whatever the voices of its windows, the stretches cover a span without gap or overlap, neighbours differ."""
    windows = slide(span, 1.0, 0.2)
    voices = data.draw(st.lists(st.integers(0, 2), min_size=len(windows), max_size=len(windows)))
    stretches = list(label(span, windows, voices))
    assert [each.start for each in stretches] == [span.start, *(each.end for each in stretches[:-1])]
    assert stretches[-1].end == span.end
    assert all(earlier.label != later.label for earlier, later in pairwise(stretches))


@given(spans(longest=20.0), st.floats(0.3, 3), st.floats(0.1, 2))
def test_windows_slide_to_both_ends(span: Span, length: float, hop: float) -> None:
    """The windows begin with the span, end with it and leave no gap wider than a hop."""
    windows = slide(span, length, min(hop, length))
    assert windows[0].start == span.start
    assert windows[-1].end == pytest.approx(span.end)
    assert all(later.start <= earlier.end + 1e-6 for earlier, later in pairwise(windows))


@given(st.lists(st.tuples(st.floats(0.1, 3), st.sampled_from("xyz")), max_size=10), st.randoms(use_true_random=False))
def test_labels_count_first_appearances(lengths: list[tuple[float, str]], random) -> None:
    """Turns come in time order under SPEAKER_00, SPEAKER_01, … by first appearance; who spoke stays told apart."""
    stretches, clock = [], 0.0
    for length, voice in lengths:
        stretches.append(Stretch(clock, clock + length, voice))
        clock += length
    shuffled = random.sample(stretches, len(stretches))
    diarization = make_diarization(shuffled, shuffled)
    assert diarization.turns == diarization.overlapping
    assert [turn.start for turn in diarization.turns] == [stretch.start for stretch in stretches]
    assert diarization.labels == tuple(f"SPEAKER_{number:02d}" for number in range(len({v for _, v in lengths})))
    assert len({(turn.label, voice) for turn, (_, voice) in zip(diarization.turns, lengths, strict=True)}) == len(
        diarization.labels
    )
