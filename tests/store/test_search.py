"""Search finds the nearest passages of one model, by its index where there is one."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import text

from tests.store.databases import scalar
from tests.store.publications import DIMENSION, MODEL, publication, unit, video, with_vectors
from whosaid.errors import ArchiveError
from whosaid.store import Archive, Hit, Query, QueryVector, Scope
from whosaid.store.index import index_model, index_name
from whosaid.store.vectors import nearest

EVERYWHERE = Scope()


def _axis(i: int, dimension: int = DIMENSION) -> list[float]:
    return [float(i == j) for j in range(dimension)]


def _near(
    archive: Archive,
    vector: Sequence[float] | np.ndarray,
    model: str = MODEL,
    scope: Scope = EVERYWHERE,
    limit: int = 10,
) -> tuple[Hit, ...]:
    return archive.search(Query("", QueryVector(model, np.array(vector, np.float32)), scope, limit))


def test_the_nearest_passage_comes_first(archive: Archive) -> None:
    """Hits come best first, with speaker, label, times and address of their video."""
    archive.publish(with_vectors(publication(), [_axis(0), _axis(1), _axis(2), _axis(3)]))
    best, second, *_ = _near(archive, [0.0, 0.8, 0.6, *[0.0] * 5])
    assert (best.video_id, best.url, best.title) == ("feed:one", "https://example.org/feed/one", "A title")
    assert (best.start, best.end, best.label, best.speaker) == (3.0, 5.9, "SPEAKER_01", "unknown")
    assert best.text == "word1.0 word1.1 word1.2"
    assert (best.score, best.matched, best.moment) == (1, (), 3.0)
    assert (second.start, second.score) == (6.0, pytest.approx(61 / 62))


def test_a_speaker_is_asked_for_by_name(archive: Archive) -> None:
    """Only passages of that speaker are found, as many as asked for."""
    archive.publish(publication(turns=8))
    assert [hit.speaker for hit in _near(archive, _axis(0), scope=Scope("Ada"), limit=3)] == ["Ada"] * 3


def test_vectors_of_two_models_never_meet(archive: Archive) -> None:
    """A search sees the vectors of its own model alone, whatever their dimensions."""
    archive.publish(publication(video("one"), model_key="model-a"))
    archive.publish(publication(video("two"), model_key="model-b"))
    archive.publish(publication(video("three"), model_key="model-c", dimension=3))
    for key, dimension, found in (("model-a", 8, "feed:one"), ("model-b", 8, "feed:two"), ("model-c", 3, "feed:three")):
        assert {hit.video_id for hit in _near(archive, _axis(0, dimension), key)} == {found}


def test_an_unknown_model_is_named_with_those_there_are(archive: Archive) -> None:
    """Searching by a model that embedded nothing is an error that lists the others."""
    with pytest.raises(ArchiveError, match="first ingest"):
        _near(archive, _axis(0))
    archive.publish(publication())
    with pytest.raises(ArchiveError, match=r"no passage is embedded with model-x: .*model-a \(4 passages\)"):
        _near(archive, _axis(0), "model-x")


@pytest.mark.parametrize(
    "vector", [np.ones(3), np.ones((1, DIMENSION)), np.zeros(DIMENSION), np.full(DIMENSION, np.nan)]
)
def test_a_query_of_another_kind_is_refused(archive: Archive, vector: np.ndarray) -> None:
    """A query of another dimension, a zero one, or one that is not finite, is an error and no empty answer."""
    archive.publish(publication())
    with pytest.raises(ArchiveError, match=MODEL):
        _near(archive, vector)


def _plan(archive: Archive, dimension: int) -> str:
    values = {"query": str(_axis(0, dimension)), "model_key": MODEL, "speakers": None, "sources": None, "depth": 10}
    with archive.database.begin() as connection:
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        rows = connection.execute(text(f"EXPLAIN (FORMAT JSON) {nearest(dimension).text}"), values)
        return json.dumps(rows.scalar_one())


@pytest.fixture
def many(archive: Archive) -> Archive:
    """An archive with 4,000 passages of one model and 4 of another."""
    archive.publish(publication(turns=4_000, dimension=32))
    archive.publish(publication(video("two"), model_key="model-b", dimension=32))
    with archive.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return archive


def test_the_index_is_used_and_agrees_with_exact_search(many: Archive) -> None:
    """EXPLAIN shows the model's partial index once it is built; it finds what exact search found."""
    query = unit(1, 32, seed=5)[0]
    exact = _near(many, query)
    exact_by_speaker = _near(many, query, scope=Scope("Ada"))
    assert index_name(MODEL) not in _plan(many, 32)
    index_model(many.database, MODEL, at_least=1_000)
    assert index_name(MODEL) in _plan(many, 32)
    assert len({hit.text for hit in exact} & {hit.text for hit in _near(many, query)}) >= 9
    by_speaker = _near(many, query, scope=Scope("Ada"))
    assert len({hit.text for hit in exact_by_speaker} & {hit.text for hit in by_speaker}) >= 9


def test_an_index_is_built_only_where_it_pays(archive: Archive) -> None:
    """A small archive has no vector index."""
    archive.publish(publication())
    archive.index_model(MODEL)
    assert scalar(archive, "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'hnsw_%'") == 0


def test_long_vectors_are_indexed_in_half_precision(archive: Archive) -> None:
    """Beyond 2,000 dimensions, where float32 has no index, search and index cast to half precision."""
    archive.publish(publication(model_key="long's", dimension=2_560))
    index_model(archive.database, "long's", at_least=1)
    definition = scalar(archive, "SELECT indexdef FROM pg_indexes WHERE indexname = :name", name=index_name("long's"))
    assert "halfvec(2560)" in definition
    assert "'long''s'" in definition
    hits = _near(archive, publication(dimension=2_560).embeddings.vectors[2], "long's")
    assert hits[0].text == "word2.0 word2.1 word2.2"
