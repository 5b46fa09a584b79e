"""Unknown voices keep their numbers, whatever happens to the rows of the videos that they are heard in."""

from __future__ import annotations

import pytest

from tests.store.databases import run, scalar
from tests.store.talks import VOICE_MODEL, names, near, talk
from whosaid.speakers.relabelling import number_unknown, relabel
from whosaid.store import Archive
from whosaid.types import UNKNOWN, Calibration, Voiceprint

RULE = Calibration(VOICE_MODEL)
HOST, GUEST = near(0), near(1)


def numbers(archive: Archive) -> dict[str, int | None]:
    """Number the voices; return the number of each VIDEO#LABEL."""
    number_unknown(archive, RULE)
    return {
        f"{recording.video.external_id}#{identity.label}": number
        for recording in archive.heard(VOICE_MODEL)
        for identity, number in zip(recording.identities, recording.numbers, strict=True)
    }


def enrol(archive: Archive, speaker: str = "Ada") -> None:
    archive.keep_voiceprint(Voiceprint(speaker, VOICE_MODEL, HOST[None], 4, 24.0, ("a.wav",)))


def test_a_voice_has_one_number_in_all_videos(archive: Archive) -> None:
    """And two voices have two."""
    talk(archive, "one", {"A": HOST, "B": GUEST})
    talk(archive, "two", {"A": GUEST})
    found = numbers(archive)
    assert found["one#B"] == found["two#A"] != found["one#A"]
    assert numbers(archive) == found


def test_a_republished_video_has_its_numbers_again(archive: Archive) -> None:
    """Publishing replaces the rows, and the voice of a single video is known again all the same."""
    talk(archive, "one", {"A": HOST, "B": GUEST})
    found = numbers(archive)
    talk(archive, "one", {"A": GUEST, "B": HOST})
    assert numbers(archive) == {"one#A": found["one#B"], "one#B": found["one#A"]}


def test_a_number_is_never_given_twice(archive: Archive) -> None:
    """Not even when the voice that had it has a name or its video is gone."""
    talk(archive, "one", {"A": HOST})
    former = numbers(archive)["one#A"]
    run(archive, "DELETE FROM videos")
    talk(archive, "two", {"A": GUEST})
    assert numbers(archive)["two#A"] > former


def test_two_numbers_become_the_lower_one(archive: Archive) -> None:
    """When a threshold makes one voice of two, the other number is gone for good."""
    talk(archive, "one", {"A": HOST})
    talk(archive, "two", {"A": near(0, 0.5)})
    before = numbers(archive)
    number_unknown(archive, Calibration(VOICE_MODEL, threshold=0.4))
    assert scalar(archive, "SELECT array_agg(DISTINCT voice) FROM identities") == [min(before.values())]
    assert scalar(archive, "SELECT array_agg(number) FROM unknown_voices") == [min(before.values())]


def test_a_name_takes_the_number_off(archive: Archive) -> None:
    """The label has a name or a number, never both; without the name it has its number again."""
    talk(archive, "one", {"A": HOST})
    found = numbers(archive)
    enrol(archive)
    relabel(archive, VOICE_MODEL)
    assert (names(archive, "one"), numbers(archive)) == ({"A": "Ada"}, {"one#A": None})
    archive.forget("Ada")
    relabel(archive, VOICE_MODEL)
    assert (names(archive, "one"), numbers(archive)) == ({"A": UNKNOWN}, found)


def test_little_speech_has_no_number(archive: Archive) -> None:
    """It would not be known again; the list of voices counts it together."""
    talk(archive, "one", {"A": HOST})
    run(archive, "UPDATE turns SET end_s = start_s + 0.9")
    assert numbers(archive) == {"one#A": None}
    [voice] = archive.heard_voices()
    assert (voice.speaker, voice.number, voice.videos) == (UNKNOWN, None, 1)


def test_a_video_published_during_a_relabelling_is_left_alone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new rows have the names that the ingest gave them, and the report says so."""
    talk(archive, "one", {"A": HOST})
    talk(archive, "two", {"A": HOST})
    enrol(archive)
    read = list(archive.heard(VOICE_MODEL))
    talk(archive, "one", {"A": GUEST})
    monkeypatch.setattr(Archive, "heard", lambda *_: iter(read))
    told = relabel(archive, VOICE_MODEL)
    assert (told.recordings, told.written, told.republished) == (2, 1, 1)
    assert (names(archive, "one"), names(archive, "two")) == ({"A": UNKNOWN}, {"A": "Ada"})
    assert "1 left alone: published again meanwhile" in told.line


def test_names_may_be_hostile(archive: Archive) -> None:
    """A name is a value to the database, whatever is written in it."""
    name = "Robert'); DROP TABLE speakers; --"
    talk(archive, "one", {"A": HOST})
    enrol(archive, name)
    relabel(archive, VOICE_MODEL)
    assert names(archive, "one") == {"A": name}
    assert archive.forget(name) == 1
