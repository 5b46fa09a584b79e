"""The vector index of a model is built beside everybody else's work, and serves also those with few passages."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from tests.store.databases import run, scalar
from tests.store.publications import DIMENSION, MODEL, publication, unit, video
from whosaid.errors import ArchiveError
from whosaid.store import Archive, Query, QueryVector, Scope, open_archive
from whosaid.store.index import index_model, index_name

_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"


@contextmanager
def _writing(archive: Archive) -> Iterator[None]:
    """Keep a transaction open that has written vectors."""
    with archive.database.begin() as connection:
        connection.execute(text("UPDATE passage_embeddings SET model_key = model_key"))
        yield


def test_publishing_goes_on_while_an_index_is_built(archive: Archive) -> None:
    """The build waits for a transaction that writes; who publishes meanwhile does not wait for the build."""
    archive.publish(publication(turns=50))
    with ThreadPoolExecutor(1) as pool:
        with _writing(archive):
            building = pool.submit(index_model, archive.database, MODEL, at_least=1)
            _wait_until(archive, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURR%'")
            archive.publish(publication(video("two"), turns=20))
            assert not building.done()
        building.result(timeout=60)
    assert scalar(archive, _VALID, name=index_name(MODEL)) is True


def test_callers_at_once_build_one_index(archive: Archive) -> None:
    """Four runs that end together leave one valid index, and none of them fails."""
    archive.publish(publication(turns=200))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: index_model(archive.database, MODEL, at_least=1), range(4)))
    assert scalar(archive, "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'hnsw_%'") == 1
    assert scalar(archive, _VALID, name=index_name(MODEL)) is True
    assert scalar(archive, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_a_half_built_index_is_built_again(archive: Archive) -> None:
    """What a killed build leaves is an index that no query uses: it is dropped and made anew."""
    archive.publish(publication(turns=50))
    index_model(archive.database, MODEL, at_least=1)
    run(archive, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(:name)", name=index_name(MODEL))
    index_model(archive.database, MODEL, at_least=1)
    assert scalar(archive, _VALID, name=index_name(MODEL)) is True


def test_the_settings_of_a_build_end_with_it(archive: Archive) -> None:
    """The connection that built in more memory is not lent to others."""
    archive.publish(publication())
    index_model(archive.database, MODEL, at_least=1)
    with ThreadPoolExecutor(4) as pool:
        seen = set(pool.map(lambda _: scalar(archive, "SHOW max_parallel_maintenance_workers"), range(8)))
    assert seen == {"2"}


def test_a_speaker_with_few_passages_is_found_through_the_index(archive: Archive, archive_url: str) -> None:
    """Walking the index goes on until the speaker's passages are found, all of them, nearest first."""
    archive.publish(publication(turns=4_000, dimension=32))
    run(archive, "UPDATE passages SET speaker = 'Rare' WHERE ordinal % 500 = 7")
    query = Query(vector=QueryVector(MODEL, unit(1, 32, seed=5)[0]), scope=Scope("Rare"), limit=8)
    exact = [hit.start for hit in archive.search(query)]
    index_model(archive.database, MODEL, at_least=1)
    run(archive, "ANALYZE")
    with open_archive(f"{archive_url}&options=-cenable_sort%3Doff%20-cenable_bitmapscan%3Doff", Path()) as forced:
        found = [hit.start for hit in forced.search(query)]
    assert len(exact) == 8
    assert found == exact


@pytest.mark.parametrize("version", ["0.7.4", "0.5.1", "none"])
def test_an_older_pgvector_is_refused(empty_url: str, tmp_path: Path, version: str) -> None:
    """A server whose pgvector cannot search within a scope is told of before anything relies on it."""
    with open_archive(empty_url, tmp_path) as archive:
        archive.migrate()
        archive.publish(publication())
        run(archive, "UPDATE pg_extension SET extversion = :version WHERE extname = 'vector'", version=version)
        vector = QueryVector(MODEL, np.eye(DIMENSION, dtype=np.float32)[0])
        uses = archive.migrate, lambda: archive.search(Query(vector=vector)), lambda: archive.index_model(MODEL)
        for use in uses:
            with pytest.raises(ArchiveError, match=f"pgvector is {version}, needed is 0.8"):
                use()


def test_a_newer_pgvector_is_taken(empty_url: str, tmp_path: Path) -> None:
    """Versions are compared as numbers."""
    with open_archive(empty_url, tmp_path) as archive:
        archive.migrate()
        for version in ("0.8.0", "0.10.1", "1.0"):
            run(archive, "UPDATE pg_extension SET extversion = :version WHERE extname = 'vector'", version=version)
            archive.migrate()


def _wait_until(archive: Archive, statement: str) -> None:
    while not scalar(archive, statement):
        pass
