"""How often search finds the passage that answers: words and vectors fused, against each of them alone.

The questions are those of the demo channel, each with words that one segment of its reference says: a hit is right
where it covers at least half of that segment. `python -m tests.benchmarks.retrieval` tells of each kind of question.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from blocks.settings import DEFAULT_HOME, Environment
from deployments.demo.__main__ import ingest_demo
from deployments.demo.home import CHANNEL
from tests.benchmarks.figures import Figure
from whosaid import retrieval
from whosaid.engines import Engines
from whosaid.references import read_references
from whosaid.store import Archive, Hit, Query, open_archive
from whosaid.types import Span
from whosaid.weights import Weights

DEPTH = 10

Search: TypeAlias = Callable[[str], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and where the answer to it is said."""

    text: str
    kind: str  # how the question was made: paraphrase, name, number or term
    episode: str
    said: Span

    def rank(self, hits: Sequence[Hit]) -> int | None:
        """Return the rank of the first hit that answers, from 1."""
        return next((rank for rank, hit in enumerate(hits, start=1) if self.answered_by(hit)), None)

    def answered_by(self, hit: Hit) -> bool:
        """Say whether a hit covers most of what answers."""
        return hit.video_id.endswith(self.episode) and hit.overlap(self.said) >= self.said.duration / 2


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a way of searching does over questions."""

    recall_at_1: float
    recall_at_5: float
    mrr: float  # mean of 1 / rank, 0 where it is not among the first ten


def read_questions() -> list[Question]:
    """Return the questions of the demo channel with the times of their answers."""
    references = read_references(CHANNEL)
    return [_question(each, references) for each in json.loads((CHANNEL / "questions.json").read_text())]


def _question(told: dict[str, str], references: dict) -> Question:
    [said] = [each for each in references[told["episode"]].said if _plain(told["answer"]) in _plain(each.words)]
    return Question(told["question"], told["kind"], told["episode"], said)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def ways(archive: Archive, engines: Engines) -> dict[str, Search]:
    """Return the three ways to search, by name."""

    def by_vectors(text: str) -> Sequence[Hit]:
        return archive.search(Query(vector=retrieval.understand(archive, engines, text), limit=DEPTH))

    def by_words(text: str) -> Sequence[Hit]:
        return archive.search(Query(text, limit=DEPTH))

    return {
        "hybrid": partial(retrieval.search, archive, engines, limit=DEPTH),
        "vectors": by_vectors,
        "words": by_words,
    }


def ranks(search: Search, questions: Sequence[Question]) -> list[int | None]:
    """Return the rank of the answer to each question."""
    return [each.rank(search(each.text)) for each in questions]


def quality(found: Sequence[int | None]) -> Quality:
    """Return the figures for the ranks of answers."""
    at = [rank for rank in found if rank]
    return Quality(
        sum(rank <= 1 for rank in at) / len(found),
        sum(rank <= 5 for rank in at) / len(found),
        sum(1 / rank for rank in at) / len(found),
    )


def measure(archive: Archive, home: Path) -> Iterator[tuple[str, str, Quality]]:
    """Yield the quality of each way over all questions, and over those of one kind."""
    questions = read_questions()
    kinds = dict.fromkeys(question.kind for question in questions)
    with Engines(Weights(home / "models")) as engines:
        for name, search in ways(archive, engines).items():
            found = dict(zip(questions, ranks(search, questions), strict=True))
            yield name, "all", quality(list(found.values()))
            for kind in kinds:
                yield name, kind, quality([rank for question, rank in found.items() if question.kind == kind])


def run(home: Path) -> Iterator[Figure]:
    """Measure over the demo channel, ingested first where it is not there."""
    asyncio.run(ingest_demo(home))
    with open_archive(None, home) as archive:
        for way, kind, figures in measure(archive, home):
            if kind == "all":
                yield Figure("retrieval", f"{way}: recall@1", figures.recall_at_1, "")
                yield Figure("retrieval", f"{way}: recall@5", figures.recall_at_5, "")
                yield Figure("retrieval", f"{way}: MRR@{DEPTH}", figures.mrr, "")


def main() -> None:
    """Print the figures by kind of question, over the archive that `make demo` left."""
    home = (Environment().home or DEFAULT_HOME).resolve()
    table = Table("way", "questions", "recall@1", "recall@5", f"MRR@{DEPTH}")
    with open_archive(None, home) as archive:
        for way, kind, figures in measure(archive, home):
            table.add_row(way, kind, f"{figures.recall_at_1:.2f}", f"{figures.recall_at_5:.2f}", f"{figures.mrr:.3f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
