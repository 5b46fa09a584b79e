"""What is read is what was published, and what is counted is what is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.store.databases import run
from tests.store.publications import MODEL, publication, video
from whosaid.errors import ArchiveError, MediaError
from whosaid.store import Archive, EmbeddedModel, SpeakerShare, VideoCounts
from whosaid.types import TranscriptOrigin, Unavailability, Unavailable

# As the design states it, to the letter.
THROUGHPUT = """
SELECT COUNT(*) AS videos_processed, SUM(duration_s) / 3600.0 AS total_hours,
       EXTRACT(EPOCH FROM (MAX(created_at) - MIN(created_at))) / 3600.0 AS processing_hours,
       (SUM(duration_s) / 3600.0) / NULLIF(EXTRACT(EPOCH FROM (MAX(created_at) - MIN(created_at))) / 3600.0, 0) AS throughput
FROM sources WHERE created_at > NOW() - INTERVAL '24 hours';
"""  # noqa: E501


@pytest.mark.parametrize("reference", ["feed:one", "one", "https://example.org/feed/one"])
def test_a_transcript_comes_back_exactly(archive: Archive, reference: str) -> None:
    """By id, bare id or address: words, times, probabilities, labels and turns are those published."""
    of = publication()
    archive.publish(of)
    stored = archive.transcript(reference)
    assert stored.video == of.video
    assert stored.audio == of.audio
    assert (stored.language, stored.origin) == ("en", TranscriptOrigin.asr)
    assert stored.utterances == of.utterances
    assert stored.diarization == of.diarization
    assert stored.turns == of.diarization.turns
    assert stored.identities == of.identities


def test_an_ambiguous_id_is_refused(archive: Archive) -> None:
    """A bare id that two sites have names both; the full id is enough."""
    archive.publish(publication(video(kind="feed")))
    archive.publish(publication(video(kind="file"), turns=2))
    with pytest.raises(ArchiveError, match="feed:one, file:one"):
        archive.transcript("one")
    assert len(archive.transcript("file:one").utterances) == 2


def test_a_full_id_wins_over_another_bare_one(archive: Archive) -> None:
    """A bare id that looks like another video's full id does not hide that video."""
    archive.publish(publication(video("one", "feed")))
    archive.publish(publication(video("feed:one", "file"), turns=2))
    assert archive.transcript("feed:one").video.kind == "feed"


def test_no_transcript_is_an_error_that_says_why(archive: Archive) -> None:
    """Unknown videos, and known ones that are not published, are told apart."""
    archive.record_failure(video(), "fetch_audio", MediaError("no audio stream"))
    with pytest.raises(ArchiveError, match="has no video 'two'"):
        archive.transcript("two")
    with pytest.raises(ArchiveError, match=r"feed:one has no transcript \(failed, MediaError: no audio stream\)"):
        archive.transcript("one")


def test_status_counts_what_is_there(archive: Archive) -> None:
    """Videos by state, hours, passages, models and speakers are counted in the database."""
    archive.discover([video("new")])
    archive.record_failure(video("bad"), "fetch_audio", MediaError("cut"))
    archive.record_unavailable(video("gone"), Unavailable(Unavailability.private, ""))
    archive.publish(publication(video("one")))
    archive.publish(publication(video("two"), turns=2, model_key="model-b", dimension=4))
    status = archive.status()
    assert status.videos == VideoCounts(discovered=1, unavailable=1, failed=1, done=2)
    assert status.hours == pytest.approx(2 * 60.25 / 3600)
    assert status.passages == 6
    assert status.models == (EmbeddedModel(MODEL, 8, 4, serving=True), EmbeddedModel("model-b", 4, 2, serving=False))
    assert status.speakers == (
        SpeakerShare("Ada", pytest.approx(8.7), 2),
        SpeakerShare("unknown", pytest.approx(8.7), 2),
    )


def test_an_empty_archive_has_a_status(archive: Archive) -> None:
    """Zeros, not an error."""
    status = archive.status()
    assert (status.videos, status.hours, status.passages) == (VideoCounts(0, 0, 0, 0), 0, 0)
    assert (status.models, status.speakers, status.enrolled, status.runs) == ((), (), 0, ())


def test_throughput_of_the_last_day(archive: Archive) -> None:
    """The query of the design works as it stands: two videos of 60.25 s within half an hour."""
    archive.publish(publication(video("one")))
    archive.publish(publication(video("two")))
    archive.publish(replace(publication(video("old"))))
    run(archive, "UPDATE sources SET created_at = now() - interval '30 minutes' WHERE external_id = 'one'")
    run(archive, "UPDATE sources SET created_at = now() WHERE external_id = 'two'")
    run(archive, "UPDATE sources SET created_at = now() - interval '2 days' WHERE external_id = 'old'")
    with archive.database.begin() as connection:
        row = connection.execute(text(THROUGHPUT)).one()
    assert row.videos_processed == 2
    assert row.total_hours == pytest.approx(120.5 / 3600)
    assert float(row.processing_hours) == pytest.approx(0.5, rel=0.05)
    assert row.throughput == pytest.approx(2 * 120.5 / 3600, rel=0.05)
