"""The voices of the archive are read as they were published, and renamed without anything else changing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.store.databases import scalar
from tests.store.publications import publication, video
from whosaid.store import Archive, voices
from whosaid.types import UNKNOWN, Diarization, Identity, Publication

MODEL = "voice-a"  # of the publications
NAMES = (Identity("SPEAKER_00", UNKNOWN, 0.1, 0.1), Identity("SPEAKER_01", "Bob", 0.9, 0.8))


def by_another_model(of: Publication) -> Publication:
    return replace(of, voices=replace(of.voices, model_key="voice-b"))


def test_heard_is_what_was_published(archive: Archive) -> None:
    """Turns, vectors to the last bit, identities and the naming come back."""
    of = publication()
    archive.publish(of)
    [recording] = archive.heard(MODEL)
    assert (recording.video, recording.duration, recording.naming) == (of.video, of.audio.duration, of.naming)
    assert recording.diarization == Diarization(of.diarization.turns)
    assert recording.voices.spans == of.voices.spans
    assert np.abs(recording.voices.vectors - of.voices.vectors).max() < 1e-6
    assert (recording.identities, recording.numbers) == (of.identities, (None, None))


def test_all_pages_are_read_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many recordings there are, also when they fill the last page, each comes once."""
    monkeypatch.setattr(voices, "PAGE", 2)
    for count in range(1, 5):
        archive.publish(publication(video(str(count))))
        ids = [each.video.external_id for each in archive.heard(MODEL)]
        assert ids == [str(number + 1) for number in range(count)]


def test_other_models_are_left_out(archive: Archive) -> None:
    """Vectors of two models never meet; a silent recording belongs to any."""
    archive.publish(publication(video("one")))
    archive.publish(by_another_model(publication(video("two"))))
    archive.publish(publication(video("silent"), turns=0))
    assert [each.video.external_id for each in archive.heard(MODEL)] == ["one", "silent"]
    assert archive.heard_in("feed:two", MODEL) is None
    assert archive.heard_in("one", MODEL) is not None


def test_rename_reaches_every_row(archive: Archive) -> None:
    """Identities, turns, utterances and passages carry the new names, and the words stay as they were."""
    of = publication()
    archive.publish(of)
    [recording] = archive.heard(MODEL)
    assert archive.rename(recording, NAMES, "names-2")
    stored = archive.transcript("one")
    assert stored.identities == NAMES
    assert [each.speaker for each in stored.utterances] == [UNKNOWN, "Bob"] * 2
    assert [each.words for each in stored.utterances] == [each.words for each in of.utterances]
    wrong = "SELECT (SELECT count(*) FROM turns WHERE (speaker = 'Bob') <> (label = 'SPEAKER_01'))"
    wrong += " + (SELECT count(*) FROM passages WHERE (speaker = 'Bob') <> (label = 'SPEAKER_01'))"
    assert scalar(archive, wrong) == 0
    assert archive.due([of.video], "print-1", "names-2") == ()


def test_another_video_keeps_its_names(archive: Archive) -> None:
    """Labels are local to their video."""
    archive.publish(publication(video("one")))
    archive.publish(publication(video("two")))
    archive.rename(next(archive.heard(MODEL)), NAMES, "names-2")
    assert archive.transcript("two").identities == publication().identities


def test_a_video_published_meanwhile_is_left_alone(archive: Archive) -> None:
    """What was read of the former publication does not name the voices of the new one."""
    archive.publish(publication())
    [recording] = archive.heard(MODEL)
    archive.publish(publication(seed=1))
    assert not archive.rename(recording, NAMES, "names-2")
    assert archive.transcript("one").identities == publication().identities
    assert scalar(archive, "SELECT naming FROM videos") == "names-1"
