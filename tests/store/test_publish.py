"""Publishing replaces a video's rows in one transaction, or changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from sqlalchemy import text

from tests.store.databases import run, scalar
from tests.store.publications import DIMENSION, publication, unit, video
from whosaid.errors import InvariantError
from whosaid.store import Archive
from whosaid.types import (
    Identity,
    Publication,
    Receipt,
    Span,
    TranscriptOrigin,
    Utterance,
    VideoState,
    VoiceVectors,
    Word,
)

_TABLES: Final = ("sources", "recordings", "turns", "identities", "utterances", "passages", "passage_embeddings")


def _counts(archive: Archive) -> dict[str, int]:
    return {table: scalar(archive, f"SELECT count(*) FROM {table}") for table in _TABLES}  # noqa: S608


def test_receipt_counts_what_the_database_holds(archive: Archive) -> None:
    """The receipt is counted by the database after the insert, words included."""
    receipt = archive.publish(publication())
    assert receipt == Receipt("feed:one", 60.25, words=12, turns=4, passages=4, embeddings=4)
    assert _counts(archive) == {
        "sources": 1, "recordings": 1, "turns": 5, "identities": 2, "utterances": 4, "passages": 4,
        "passage_embeddings": 4,
    }  # fmt: skip


def test_publishing_twice_leaves_one(archive: Archive) -> None:
    """Publishing the same again leaves the same rows, not two of each."""
    first = archive.publish(publication())
    before = _counts(archive)
    assert archive.publish(publication()) == first
    assert _counts(archive) == before


def test_republishing_leaves_nothing_of_the_old(archive: Archive) -> None:
    """A shorter result under another model replaces the longer one completely."""
    archive.publish(publication(turns=6))
    archive.publish(publication(turns=2, model_key="model-b", dimension=4))
    assert _counts(archive)["passages"] == 2
    assert _counts(archive)["turns"] == 3
    assert [model.model_key for model in archive.models()] == ["model-b"]


def test_other_videos_are_left_alone(archive: Archive) -> None:
    """Replacing one video does not touch another."""
    archive.publish(publication(video("one"), turns=4))
    archive.publish(publication(video("two"), turns=6))
    archive.publish(publication(video("one"), turns=2))
    assert archive.transcript("two").utterances == publication(video("two"), turns=6).utterances


def test_done_comes_with_the_publication(archive: Archive) -> None:
    """A published video is done, whatever it was before, and no longer due for its fingerprint."""
    archive.record_failure(video(), "fetch_audio", ValueError("broken"))
    archive.publish(publication())
    (standing,) = archive.standings([video()])
    assert (standing.state, standing.reason, standing.attempts) == (VideoState.done, "", 0)
    assert archive.due([video()], "print-1", "names-1") == ()


def test_no_speech_is_published(archive: Archive) -> None:
    """A recording in which nobody speaks is done, with no passages."""
    assert archive.publish(publication(turns=0)) == Receipt(
        "feed:one", 60.25, words=0, turns=0, passages=0, embeddings=0
    )
    assert archive.models() == ()


def test_source_says_where_its_text_came_from(archive: Archive) -> None:
    """Captions are marked as captions."""
    of = publication()
    archive.publish(replace(of, transcript=replace(of.transcript, origin=TranscriptOrigin.captions)))
    assert scalar(archive, "SELECT transcript_origin FROM sources") == "captions"


def test_voice_vectors_belong_to_their_turns(archive: Archive) -> None:
    """A turn is stored with the mean direction of what is heard in it, the other turns have none."""
    archive.publish(publication())
    with archive.database.begin() as connection:
        rows = connection.execute(
            text("SELECT ordinal, voice_model_key, voice::real[] FROM turns WHERE layer = 'exclusive' ORDER BY ordinal")
        ).all()
    assert [(i, key) for i, key, _ in rows] == [(0, "voice-a"), (1, None), (2, "voice-a"), (3, None)]
    np.testing.assert_allclose(np.array(rows[2][2], np.float32), publication().voices.vectors[1], rtol=1e-6)


def test_hostile_titles_are_only_text(archive: Archive) -> None:
    """Quotes, placeholders, NUL and lone surrogates in a title are stored, not executed and not fatal."""
    title = "'); DROP TABLE videos; -- %s %(x)s :x {} \x00 \ud800 <script>"
    archive.discover([video(title=title)])
    archive.publish(publication(video(title=title)))
    stored = archive.transcript("one").video.title
    assert stored == "'); DROP TABLE videos; -- %s %(x)s :x {} \ufffd ? <script>"


def _two_vectors_short(of: Publication) -> Publication:
    return replace(of, embeddings=replace(of.embeddings, vectors=of.embeddings.vectors[:2]))


def _no_passages(of: Publication) -> Publication:
    return replace(of, passages=(), embeddings=replace(of.embeddings, vectors=of.embeddings.vectors[:0]))


def _lost_words(of: Publication) -> Publication:
    return replace(of, utterances=of.utterances[1:])


def _backward_words(of: Publication) -> Publication:
    return replace(of, transcript=replace(of.transcript, words=of.transcript.words[::-1]))


def _backward_passages(of: Publication) -> Publication:
    return replace(of, passages=of.passages[::-1])


def _backward_utterances(of: Publication) -> Publication:
    return replace(of, utterances=of.utterances[::-1])


def _nameless(of: Publication) -> Publication:
    return replace(of, identities=(Identity("SPEAKER_00", ""),))


def _null_label(of: Publication) -> Publication:
    first = of.utterances[0]
    unlabelled = Utterance(first.start, first.end, None, first.speaker, first.words)  # pyright: ignore[reportArgumentType]
    return replace(of, utterances=(unlabelled, *of.utterances[1:]))


def _long_vectors(of: Publication) -> Publication:
    return replace(of, embeddings=replace(of.embeddings, vectors=of.embeddings.vectors * 2))


def _not_a_number(of: Publication) -> Publication:
    return replace(of, embeddings=replace(of.embeddings, vectors=of.embeddings.vectors * np.float32("nan")))


def _voice_of_no_turn(of: Publication) -> Publication:
    return replace(of, voices=VoiceVectors("voice-a", (Span(90.0, 91.0),), unit(1, 6)))


def _probability_of_nan(of: Publication) -> Publication:
    word = Word(0.0, 0.5, "what", float("nan"))
    first = replace(of.utterances[0], words=(word, *of.utterances[0].words[1:]))
    return replace(of, utterances=(first, *of.utterances[1:]))


_BROKEN: Final = (
    _two_vectors_short, _no_passages, _lost_words, _backward_words, _backward_passages, _backward_utterances,
    _nameless, _null_label, _long_vectors, _not_a_number, _voice_of_no_turn, _probability_of_nan,
)  # fmt: skip


@pytest.mark.parametrize("break_it", _BROKEN)
def test_contradictions_are_refused_and_the_old_rows_stay(archive: Archive, break_it) -> None:
    """A publication that contradicts itself raises InvariantError naming the video; what was there stays."""
    archive.publish(publication(turns=6))
    before = _counts(archive)
    with pytest.raises(InvariantError, match="feed:one"):
        archive.publish(replace(break_it(publication()), fingerprint="print-2"))
    assert _counts(archive) == before
    assert archive.due([video()], "print-1", "names-1") == ()


def test_another_dimension_under_the_same_key_is_refused(archive: Archive) -> None:
    """A model key has one dimension for good, whichever video asks."""
    archive.publish(publication(video("one")))
    with pytest.raises(InvariantError, match="feed:two has vectors of another dimension"):
        archive.publish(publication(video("two"), dimension=DIMENSION * 2))
    assert [(model.dimension, model.passages) for model in archive.models()] == [(DIMENSION, 4)]


def test_a_failed_publication_of_a_new_video_leaves_no_trace(archive: Archive) -> None:
    """Nothing half-written: not even the video is marked done."""
    archive.discover([video()])
    with pytest.raises(InvariantError):
        archive.publish(_lost_words(publication()))
    assert set(_counts(archive).values()) == {0}
    assert archive.standings([video()])[0].state is VideoState.discovered


def test_deleting_a_video_deletes_all_of_it(archive: Archive) -> None:
    """Everything published of a video hangs from it."""
    archive.publish(publication())
    run(archive, "DELETE FROM videos")
    assert set(_counts(archive).values()) == {0}
