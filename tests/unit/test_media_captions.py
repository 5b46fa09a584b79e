"""Captions become words with times: what is said, when it is shown, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from whosaid.errors import MediaError
from whosaid.media.captions import Cue, read_cues, words_of

VTT = """WEBVTT
Kind: captions
Language: en

NOTE not said

STYLE
::cue { color: red }

first
00:01.000 --> 00:03.500 align:start position:0%
<v Anna>Hello <b>there</b>, &amp; all

01:00:04.000 --> 01:00:06.000
on two
lines
"""
SRT = """1
00:00:01,000 --> 00:00:03,500
<i>Hello</i> <font color="red">there</font>, {\\an8}& all

2
01:00:04,000 --> 01:00:06,000
on two
lines
"""


def texts(*cues: Cue) -> list[str]:
    return [word.text for word in words_of(cues)]


def said(text: str) -> list[str]:
    return texts(Cue(1.0, 2.0, text))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("talk.vtt", VTT.encode()),
        ("talk.srt", SRT.encode()),
        ("TALK.SRT", SRT.replace("\n", "\r\n").encode("utf-8-sig")),
        ("talk.srt", SRT.encode("utf-16")),
    ],
)
def test_both_formats_say_the_same(tmp_path: Path, name: str, content: bytes) -> None:
    """Notes, styles, settings, voices and markup are not said; times hold hours; a cue of two lines is one text."""
    (tmp_path / name).write_bytes(content)
    words = words_of(read_cues(tmp_path / name))
    assert [word.text for word in words] == ["Hello", "there,", "&", "all", "on", "two", "lines"]
    assert [(words[0].start, words[3].end), (words[4].start, words[6].end)] == [(1.0, 3.5), (3604.0, 3606.0)]


def test_words_take_the_time_of_a_cue_by_their_characters() -> None:
    """A word of five characters and its blank takes three times as long as one of one."""
    words = words_of([Cue(10.0, 18.0, "a abcde")])
    assert [(word.start, word.end) for word in words] == [(10.0, 12.0), (12.0, 18.0)]
    assert {word.probability for word in words} == {1.0}


def test_moments_in_a_cue_are_the_times_of_words() -> None:
    """Where WebVTT says when a word begins, it begins there."""
    words = words_of([Cue(4.0, 6.0, "Who<00:00:04.500><c> said</c><00:05.250><c.loud> that, then?</c>")])
    assert [(word.text, word.start) for word in words[:3]] == [("Who", 4.0), ("said", 4.5), ("that,", 5.25)]
    assert words[-1].end == 6.0


def test_a_cue_that_is_still_shown_is_over_when_the_next_begins() -> None:
    """Cues that overlap do not shuffle their words; cues that begin together follow each other."""
    words = words_of([Cue(1.0, 9.0, "one two"), Cue(2.0, 3.0, "three"), Cue(2.0, 4.0, "four")])
    assert [word.text for word in words] == ["one", "two", "three", "four"]
    assert (words[1].end, words[2].start, words[3].end) == (2.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("shown", "heard"),
    [
        ("[applause]", []),
        ("[door\ncloses] Come in", ["Come", "in"]),
        (">> Who is it?\n- Me.", ["Who", "is", "it?", "Me."]),
        ("♪ la la ♪", ["la", "la"]),
        ("Yeah. Yeah.", ["Yeah.", "Yeah."]),
        ("5 + 3 & 1 %", ["5", "+", "3", "&", "1", "%"]),
        ("well-known – don't…", ["well-known", "don't…"]),
        ("a &lt;script&gt; b", ["a", "<script>", "b"]),
        ("nul\x00 and \x1b[2Jescape]", ["nul", "and"]),
        ("\u200b", []),
        ("ক্\u200dষ 👩\u200d🚀", ["ক্\u200dষ", "👩\u200d🚀"]),
    ],
)
def test_only_what_is_said_is_kept(shown: str, heard: list[str]) -> None:
    """Sounds, marks of a change of speaker and control characters are no words; repetitions and signs are."""
    assert said(shown) == heard


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("x.vtt", b"<!DOCTYPE html><html><body>Please log in</body></html>", "hold no cues"),
        ("x.srt", b"<!DOCTYPE html><html><body>Please log in</body></html>", "hold no cues"),
        ("x.vtt", b"WEBVTT\n", "hold no cues"),
        ("x.vtt", b"", "hold no cues"),
        ("x.srt", SRT.replace("there", "caf\xe9").encode("latin-1"), "UTF-8"),
    ],
)
def test_what_is_no_captions_is_refused(tmp_path: Path, name: str, content: bytes, cause: str) -> None:
    """A login page, an empty file and unknown characters are errors with a remedy, not a recording without speech."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=cause):
        read_cues(tmp_path / name)
