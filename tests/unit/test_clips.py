"""What a clip is called, and what nobody may be called."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from whosaid.errors import EnrolmentError
from whosaid.speakers.clips import LabelClip, SoundClip, VoiceClip, check_name, parse_clip, public_address


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "talk #1.wav"
    path.touch()
    return str(path)


@pytest.mark.parametrize(
    ("fragment", "start", "end"),
    [
        ("", 0, inf),
        ("#t=83.5,95", 83.5, 95),
        ("#t=npt:0:01:23.5,0:01:35", 83.5, 95),
        ("#t=1:02:03,2:00:00", 3723, 7200),
        ("#t=01:30,2:00", 90, 120),
        ("#t=,12", 0, 12),
        ("#t=12", 12, inf),
    ],
)
def test_times_are_media_fragments(file: str, fragment: str, start: float, end: float) -> None:
    """Seconds or clock times, either end left out; a # in the name of a file is part of it."""
    for place in (file, "https://example.org/talk?v=1"):
        assert parse_clip(place + fragment) == SoundClip(place, start, end)


def test_clips_of_the_archive() -> None:
    """A label by the id or address of its video, an unknown voice by its number."""
    assert parse_clip("youtube:abc#SPEAKER_01") == LabelClip("youtube:abc", "SPEAKER_01")
    assert parse_clip("https://example.org/a#SPEAKER_01") == LabelClip("https://example.org/a", "SPEAKER_01")
    assert parse_clip("voice:7") == VoiceClip(7)


@pytest.mark.parametrize(
    ("clip", "says"),
    [
        ("nothing.wav", "there is no file 'nothing.wav'"),
        ("", "there is no file ''"),
        ("voice:x", "there is no file 'voice:x'"),
        ("x" * 5000, "there is no file"),
        ("~nobody-of-that-name/x.wav", "there is no file"),
        ("ftp://example.org/a.wav", "there is no file"),
        ("#SPEAKER_01", "is no clip: write"),
        ("youtube:abc#", "is no clip: write"),
        ("https://example.org/a#t=5,2", "ends before it begins"),
        ("https://example.org/a#t=2,2", "ends before it begins"),
        ("https://example.org/a#t=", "no times that can be read"),
        ("https://example.org/a#t=one,two", "no times that can be read"),
        ("https://example.org/a#t=1:2:3:4,9", "is no time"),
        ("https://example.org/a#t=-5,9", "no times that can be read"),
    ],
)
def test_what_is_no_clip_is_refused(clip: str, says: str) -> None:
    """With the grammar, in one line."""
    with pytest.raises(EnrolmentError, match=says):
        parse_clip(clip)


def test_a_clip_is_kept_without_what_lets_one_in() -> None:
    """No user, password or key of an address, and no folder of a file."""
    address = "https://ada:secret@example.org/talk?v=1&access_token=secret&sig=secret#t=1,20"
    assert parse_clip(address).name == "https://example.org/talk?v=1#t=1,20"  # pyright: ignore
    assert public_address("https://example.org/talk") == "https://example.org/talk"
    assert SoundClip("/home/ada/talk.wav", 83.5, 95).name == "talk.wav#t=83.5,95"


def test_names_are_written_in_one_way() -> None:
    """Blanks and the ways to write an accent do not make another person."""
    assert check_name("  Ada   Lovelace ", []) == "Ada Lovelace"
    assert check_name("Zoe\u0308", []) == "Zo\u00eb"
    assert check_name("Nora Bell", ["Nora Bell"]) == "Nora Bell"
    assert check_name("Robert'); DROP TABLE speakers; --", []) == "Robert'); DROP TABLE speakers; --"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "a name has 1 to 100"),
        ("  ", "a name has 1 to 100"),
        ("x" * 101, "a name has 1 to 100 characters, not 101"),
        ("unknown", "stands for voices without a name"),
        ("Unknown voice 7", "stands for voices without a name"),
        ("Ada\nLovelace", "control characters"),
        ("Ada\x1b[2J", "control characters"),
        ("Ada\u202e", "control characters"),
        ("nora bell", "write 'Nora Bell'"),
    ],
)
def test_names_that_nobody_can_have(name: str, says: str) -> None:
    """Empty, over-long, the word for no name, hidden characters, and another spelling of a name that there is."""
    with pytest.raises(EnrolmentError, match=says):
        check_name(name, ["Nora Bell"])
