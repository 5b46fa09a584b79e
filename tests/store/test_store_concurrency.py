"""Many threads use one archive, and a failed transaction is nobody else's trouble."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest

from tests.store.databases import run, scalar
from tests.store.publications import MODEL, publication, video
from whosaid.errors import ArchiveError, InvariantError
from whosaid.store import Archive, Query, QueryVector
from whosaid.types import Publication


def _publish_at_once(archive: Archive, publications: list[Publication]) -> None:
    start = Barrier(len(publications))

    def publish(of: Publication) -> None:
        start.wait(timeout=30)
        archive.publish(of)

    with ThreadPoolExecutor(len(publications)) as pool:
        list(pool.map(publish, publications))


def test_eight_threads_publish_eight_videos(archive: Archive) -> None:
    """Videos published at once, under a model key that none has used yet, all arrive whole."""
    _publish_at_once(archive, [publication(video(f"{i}"), turns=20 + i) for i in range(8)])
    assert archive.status().videos.done == 8
    for i in range(8):
        assert archive.transcript(f"{i}").utterances == publication(turns=20 + i).utterances
    assert archive.models()[0].passages == sum(20 + i for i in range(8))


def test_two_publications_of_one_video_leave_one_of_them(archive: Archive) -> None:
    """One video published twelve times at once is one of those publications, never a mixture."""
    _publish_at_once(archive, [publication(turns=2 + i) for i in range(12)])
    turns = len(archive.transcript("one").turns)
    assert archive.transcript("one").utterances == publication(turns=turns).utterances
    assert archive.models()[0].passages == turns
    assert scalar(archive, "SELECT count(*) FROM sources") == 1


def test_two_dimensions_at_once_under_one_key_cannot_both_win(archive: Archive) -> None:
    """Of two publications that disagree on a new model's dimension, one is refused."""
    with pytest.raises(InvariantError, match="dimension"):
        _publish_at_once(archive, [publication(video("one"), dimension=4), publication(video("two"), dimension=8)])
    assert len(archive.models()) == 1
    assert scalar(archive, "SELECT count(DISTINCT vector_dims(embedding)) FROM passage_embeddings") == 1


def test_a_reader_never_sees_half_a_publication(archive: Archive) -> None:
    """While a video is published again and again, its transcript is the old one or the new one, whole."""
    archive.publish(publication(turns=2))
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(lambda: [archive.publish(publication(turns=n)) for n in [6, 2] * 15])
        while not publishing.done():
            stored = archive.transcript("one")
            assert [(it.start, it.end) for it in stored.utterances] == [(it.start, it.end) for it in stored.turns]
        publishing.result()


def test_discovering_in_opposite_orders_does_not_deadlock(archive: Archive) -> None:
    """Runs that list the same videos in another order do not lock each other out."""
    listed = [video(f"{i}") for i in range(400)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(archive.discover, [listed, listed[::-1]] * 6))
    assert archive.status().videos.discovered == 400


def test_an_aborted_transaction_poisons_nothing(archive: Archive) -> None:
    """After a failed statement and a refused publication the same threads go on."""
    with pytest.raises(ArchiveError):
        run(archive, "SELECT 1 / 0")
    with pytest.raises(InvariantError):
        archive.publish(replace(publication(), utterances=()))
    archive.publish(publication())
    assert len(archive.search(Query(vector=QueryVector(MODEL, np.eye(8, dtype=np.float32)[0])))) == 4


def test_a_cut_connection_is_replaced(archive: Archive) -> None:
    """A server that dropped our connections, as a restart does, is used again without an error."""
    archive.publish(publication())
    run(archive, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with ThreadPoolExecutor(4) as pool:
        assert {status.videos.done for status in pool.map(lambda _: archive.status(), range(8))} == {1}
