"""Makes one list of several: reciprocal rank fusion, and neighbours folded into one hit. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

RANK_CONSTANT: Final = 60
"""How little the first ranks stand out; the value of Cormack, Clarke and Büttcher (SIGIR 2009)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands: `ordinal` counts the passages of its video."""

    id: int
    source_id: int
    ordinal: int
    label: str

    def beside(self, other: Place) -> bool:
        """Say whether the two are pieces of one voice's speech, one right after the other."""
        same_voice = (self.source_id, self.label) == (other.source_id, other.label)
        return same_voice and abs(self.ordinal - other.ordinal) == 1


@dataclass(frozen=True, slots=True)
class Find:
    """A passage that was found, with the neighbours folded into it, in order of time."""

    score: float
    places: tuple[Place, ...]


def fuse(rankings: Sequence[Sequence[Place]]) -> list[tuple[Place, float]]:
    """Return the places of all rankings, best first, scored by reciprocal rank; 1 is first in every ranking.

    Of two with the same score the one with the better single rank comes first.
    """
    ranks: dict[Place, list[int]] = defaultdict(list)
    for ranking in rankings:
        for rank, place in enumerate(ranking, start=1):
            ranks[place].append(rank)
    best = len(rankings) / (RANK_CONSTANT + 1)
    scores = {place: sum(1 / (RANK_CONSTANT + rank) for rank in of) / best for place, of in ranks.items()}
    return sorted(scores.items(), key=lambda item: (-item[1], min(ranks[item[0]]), item[0].id))


def fold(ranked: Iterable[tuple[Place, float]], limit: int) -> list[Find]:
    """Return the best `limit` places, each with the places right before and after it that rank lower.

    Only what stands beside the best one goes in: a long speech stays many hits.
    """
    folded: dict[Place, list[Place]] = {}
    scores: dict[Place, float] = {}
    for place, score in ranked:
        anchor = next((anchor for anchor in folded if anchor.beside(place)), None)
        if anchor is None and len(folded) == limit:
            break
        folded.setdefault(anchor or place, []).append(place)
        scores.setdefault(place, score)
    return [Find(scores[anchor], tuple(sorted(of, key=lambda at: at.ordinal))) for anchor, of in folded.items()]
