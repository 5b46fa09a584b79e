"""The archive with 100,000 passages: loading by COPY against other ways, the vector index, and how long search takes.

Made-up passages of 40 words, drawn as rarely and as often as words are (Zipf), with vectors of 384 numbers in
clusters, by speakers of very different shares. `python -m tests.benchmarks.store` runs it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlmodel import Session

from tests.benchmarks.figures import Figure, latencies, milliseconds
from tests.benchmarks.pairs import Ratio, compare
from whosaid.store import Archive, Query, QueryVector, Quote, Scope, open_archive
from whosaid.store.bulk import copy_rows, driver
from whosaid.store.scope import Restriction
from whosaid.store.tables import PassageEmbeddingRow, PassageRow
from whosaid.store.vectors import rank_by_vector

PASSAGES: Final = 100_000
SAMPLE: Final = 2_000  # rows a time, where ways of loading are compared
PER_VIDEO: Final = 100
WORDS: Final = 40
DIMENSION: Final = 384
CLUSTERS: Final = 500
QUERIES: Final = 100
MODEL: Final = "benchmark"
SHARES: Final = {"host": 0.6, "guest": 0.39, "seldom": 0.009, "rare": 0.001}

_VIDEOS: Final = text("""
    WITH made AS (
        INSERT INTO videos (kind, external_id, url, title, channel, duration_s, state, fingerprint)
        SELECT 'file', n, 'https://example.org/' || n, 'Video ' || n, 'Channel', 3000, 'done', 'made'
        FROM generate_series(1, :count) AS n RETURNING *
    ), published AS (
        INSERT INTO sources (id, kind, external_id, url, title, channel, duration_s, transcript_origin, fingerprint)
        SELECT id, kind, external_id, url, title, channel, duration_s, 'asr', fingerprint FROM made RETURNING id
    )
    INSERT INTO recordings (source_id, audio_sha256, language) SELECT id, 'made', 'en' FROM published
""")
_MODEL: Final = text("INSERT INTO text_models (model_key, dimension) VALUES (:model_key, :dimension)")
_PASSAGE_COLUMNS: Final = (
    "id", "source_id", "ordinal", "start_s", "end_s", "label", "speaker", "text", "words", "language",
)  # fmt: skip
_EMBEDDING_COLUMNS: Final = ("model_key", "passage_id", "embedding")


@dataclass(frozen=True, slots=True)
class Load:
    """Made-up passages and the queries to ask of them."""

    texts: list[str]
    speakers: NDArray[np.str_]  # (passages,)
    vectors: NDArray[np.float32]  # (passages, dimension), of length 1
    queries: NDArray[np.float32]  # (queries, dimension), of length 1
    questions: list[str]

    def passage(self, i: int) -> tuple[object, ...]:
        """Return the row of a passage, in order of the columns."""
        words = [[j / 2, j / 2 + 0.4, word, 0.9] for j, word in enumerate(self.texts[i].split())]
        source, ordinal = divmod(i, PER_VIDEO)
        speaker = str(self.speakers[i])
        start = 30.0 * ordinal
        return (i + 1, source + 1, ordinal, start, start + 30, speaker, speaker, self.texts[i], Jsonb(words), "en")

    def embedding(self, i: int) -> tuple[object, ...]:
        """Return the row of a passage's vector."""
        return (MODEL, i + 1, self.vectors[i])


def make(passages: int) -> Load:
    """Draw passages: 20,000 words with Zipf's frequencies; vectors around the centres of clusters."""
    draw = np.random.default_rng(7)
    syllables = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
    vocabulary = np.array(["".join(draw.choice(syllables, 4)) for _ in range(20_000)])
    frequencies = 1 / np.arange(10, 10 + len(vocabulary))
    drawn = draw.choice(vocabulary, (passages + QUERIES, WORDS), p=frequencies / frequencies.sum())
    centres = draw.normal(size=(CLUSTERS, DIMENSION))
    members = centres[draw.integers(CLUSTERS, size=passages + QUERIES)]
    vectors = (members + 1.2 * draw.normal(size=members.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    speakers = draw.choice(list(SHARES), passages, p=list(SHARES.values()))
    questions = [" ".join(words[:6]) for words in drawn[passages:]]
    return Load(
        [" ".join(words) for words in drawn[:passages]], speakers, vectors[:passages], vectors[passages:], questions
    )


def run(home: Path) -> Iterator[Ratio | Figure]:
    """Measure on a Postgres of its own, as `home` would get it."""
    with TemporaryDirectory(prefix="whosaid-bench-") as folder, open_archive(None, Path(folder)) as archive:
        archive.migrate()
        load = make(PASSAGES)
        _prepare(archive)
        yield from _compare_loading(archive, load)
        yield Figure("store", "100,000 passages and vectors by COPY", _copy_all(archive, load) / 1000, "s")
        exact = _asks(archive, _by_vectors(load)[:20])
        before = [milliseconds(ask) for ask in exact]
        yield Figure("store", "vector index built", milliseconds(partial(archive.index_model, MODEL)) / 1000, "s")
        after = [milliseconds(ask) for ask in exact]
        ratios = sorted(b / a for a, b in zip(after, before, strict=True))
        middle = len(ratios) // 2
        yield Ratio(
            "store: 20 vector searches", "the same without the index", ratios[middle], ratios[0], ratios[-1],
            sum(after) / 1000, sum(before) / 1000,
        )  # fmt: skip
        yield from _measure_search(archive, load)
        yield from _measure_recall(archive, load)


def _prepare(archive: Archive) -> None:
    with archive.database.begin() as connection:
        connection.execute(_VIDEOS, {"count": PASSAGES // PER_VIDEO})
        connection.execute(_MODEL, {"model_key": MODEL, "dimension": DIMENSION})


def _compare_loading(archive: Archive, load: Load) -> Iterator[Ratio]:
    """Load a sample of rows, each way into the same empty tables, and take it back."""

    def undone(write: Callable[[Connection, Load, Sequence[int]], None]) -> Callable[[], object]:
        return lambda: _undo(archive, partial(write, load=load, rows=range(SAMPLE)))

    yield compare("store: load by COPY", undone(_copy), "executemany", undone(_executemany), 3)
    yield compare("store: load by COPY", undone(_copy), "ORM inserts", undone(_add_all), 3)


class _Undo(Exception):
    """Rolls back what was only measured."""


def _undo(archive: Archive, write: Callable[[Connection], None]) -> None:
    with suppress(_Undo), archive.database.begin() as connection:
        register_vector(driver(connection))
        write(connection)
        raise _Undo


def _copy(connection: Connection, load: Load, rows: Sequence[int]) -> None:
    copy_rows(connection, PassageRow, _PASSAGE_COLUMNS, map(load.passage, rows))
    copy_rows(connection, PassageEmbeddingRow, _EMBEDDING_COLUMNS, map(load.embedding, rows))


def _executemany(connection: Connection, load: Load, rows: Sequence[int]) -> None:
    cursor = driver(connection).cursor()
    for table, columns, row in (
        ("passages", _PASSAGE_COLUMNS, load.passage),
        ("passage_embeddings", _EMBEDDING_COLUMNS, load.embedding),
    ):
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        cursor.executemany(statement.encode(), map(row, rows))


def _add_all(connection: Connection, load: Load, rows: Sequence[int]) -> None:
    with Session(connection) as session:
        for i in rows:
            passage = dict(zip(_PASSAGE_COLUMNS, load.passage(i), strict=True))
            session.add(PassageRow(**{**passage, "words": passage["words"].obj}))
        session.flush()
        for i in rows:
            session.add(PassageEmbeddingRow(model_key=MODEL, passage_id=i + 1, embedding=Vector(load.vectors[i])))
        session.flush()


def _copy_all(archive: Archive, load: Load) -> float:
    def write() -> None:
        for first in range(0, PASSAGES, PER_VIDEO):
            with archive.database.begin() as connection:
                register_vector(driver(connection))
                _copy(connection, load, range(first, first + PER_VIDEO))

    took = milliseconds(write)
    with archive.database.session() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return took


def _asks(archive: Archive, queries: Sequence[Query]) -> list[Callable[[], object]]:
    return [partial(archive.search, query) for query in queries]


def _by_vectors(load: Load, scope: Scope = Scope()) -> list[Query]:  # noqa: B008
    return [Query(vector=QueryVector(MODEL, vector), scope=scope) for vector in load.queries]


def _measure_search(archive: Archive, load: Load) -> Iterator[Figure]:
    """Time whole searches, with reading the hits; the questions are six words of a passage."""
    for speaker in (None, "guest", "rare"):
        scope, told = Scope(speaker), f" by {speaker} ({SHARES[speaker]:.1%})" if speaker else ""
        both = [
            Query(asked, QueryVector(MODEL, v), scope) for asked, v in zip(load.questions, load.queries, strict=True)
        ]
        words = [Query(asked, scope=scope) for asked in load.questions]
        yield from latencies("store", f"search by vector{told}", _asks(archive, _by_vectors(load, scope)))
        yield from latencies("store", f"search by words{told}", _asks(archive, words))
        yield from latencies("store", f"search by both{told}", _asks(archive, both))
    quotes = [Quote(" ".join(load.texts[i].split()[20:24])) for i in range(QUERIES)]
    yield from latencies("store", "quote of four words", [partial(archive.quote, quote) for quote in quotes])


def _measure_recall(archive: Archive, load: Load) -> Iterator[Figure]:
    """Compare the ten nearest that search finds with the ten nearest there are."""
    similarities = load.queries @ load.vectors.T
    for speaker in (None, *SHARES):
        allowed = np.ones(len(load.vectors), bool) if speaker is None else load.speakers == speaker
        nearest = np.argsort(np.where(allowed, -similarities, np.inf), axis=1)[:, :10] + 1
        within = Restriction(None if speaker is None else [speaker], None)
        with archive.database.snapshot() as connection:
            found = [
                {place.id for place in rank_by_vector(connection, QueryVector(MODEL, vector), within, 100)[:10]}
                for vector in load.queries
            ]
        right = sum(len(ids & set(of.tolist())) for ids, of in zip(found, nearest, strict=True))
        name = f"recall@10 by {speaker} ({SHARES[speaker]:.1%})" if speaker else "recall@10 of the index against exact"
        yield Figure("store", name, right / nearest.size, "")


def main() -> None:
    """Print what is measured, as it comes."""
    for each in run(Path()):
        print(each, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
