"""Rankings are fused by rank alone, and neighbours are folded around the best of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whosaid.store.fusion import RANK_CONSTANT, Place, fold, fuse


def place(i: int, label: str = "SPEAKER_00", source: int = 1) -> Place:
    return Place(100 * source + i, source, i, label)


PLACES = [place(i) for i in range(12)]
rankings = st.lists(st.lists(st.sampled_from(PLACES), unique=True), min_size=1, max_size=3)


def test_scores_are_reciprocal_ranks() -> None:
    """First by all is 1; first by one of two is half; each further rank adds less."""
    a, b, c = PLACES[:3]
    fused = dict(fuse([[a, b], [a, c]]))
    assert fused[a] == 1
    assert fused[b] == fused[c] == pytest.approx((RANK_CONSTANT + 1) / (RANK_CONSTANT + 2) / 2)
    assert dict(fuse([[a], []]))[a] == 0.5
    assert fuse([[], []]) == []


@given(rankings)
def test_fusing_keeps_order_and_loses_nothing(of: list[list[Place]]) -> None:
    """Every place is there once, best first; what all rankings put before another stays before it."""
    fused = fuse(of)
    order = [at for at, _ in fused]
    assert set(order) == {at for ranking in of for at in ranking}
    assert len(order) == len(set(order))
    assert all(first >= second for (_, first), (_, second) in pairwise(fused))
    for first in order:
        for second in order:
            if all(first in ranking and ranking.index(first) < _rank(ranking, second) for ranking in of):
                assert order.index(first) < order.index(second)


@given(rankings, st.integers(1, 12))
def test_folding_keeps_the_best(of: list[list[Place]], limit: int) -> None:
    """The best is in the first find; no place is in two; a find is at most three pieces that touch."""
    fused = fuse(of)
    finds = fold(fused, limit)
    assert len(finds) <= limit
    places = [at for find in finds for at in find.places]
    assert len(places) == len(set(places))
    assert all(later.ordinal - earlier.ordinal == 1 for find in finds for earlier, later in pairwise(find.places))
    assert all(len(find.places) <= 3 for find in finds)
    if fused:
        assert fused[0][0] in finds[0].places
        assert finds[0].score == fused[0][1]


def test_only_pieces_of_one_voice_are_folded() -> None:
    """A neighbour with another label, or of another video, is a find of its own."""
    ranked = [(place(5), 0.9), (place(6, "SPEAKER_01"), 0.8), (place(4), 0.7), (place(6, source=2), 0.6)]
    assert [find.places for find in fold(ranked, 10)] == [
        (place(4), place(5)),
        (place(6, "SPEAKER_01"),),
        (place(6, source=2),),
    ]


def test_folding_goes_on_where_no_place_is_left() -> None:
    """The last find still takes in its neighbours, until a place would need one more."""
    ranked = [(place(1), 0.9), (place(5), 0.8), (place(2), 0.7), (place(9), 0.6), (place(4), 0.5)]
    assert [find.places for find in fold(ranked, 2)] == [(place(1), place(2)), (place(5),)]


def _rank(ranking: list[Place], at: Place) -> int:
    return ranking.index(at) if at in ranking else len(ranking)
