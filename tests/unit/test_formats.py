"""Transcripts that other programs read."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import meeteval.io
import meeteval.wer
import pytest

from whosaid.formats import address_at, clock, one_line, to_json, to_rttm, to_seglst, to_srt, to_vtt
from whosaid.types import UNKNOWN, Turn, Utterance, Video, Word

HOSTILE = ("<b>bold</b>", "-->", "a\n\nb", "&amp;", r"{\an8}", "</v>", "\x00", "\u2028")


def utter(*texts: str, start: float = 0.0, step: float = 0.5, speaker: str = "Ada", label: str = "S0") -> Utterance:
    words = tuple(Word(start + i * step, start + (i + 1) * step, text, 0.9) for i, text in enumerate(texts))
    return Utterance(start, words[-1].end, label, speaker, words)


ANSWER = (utter("Why", "sleep?"), utter("Because.", start=3661.5, speaker="Bob", label="S1"))
LONG = utter(*(f"word{i}" for i in range(100)))


def test_srt_is_numbered_timed_and_named() -> None:
    """Cues are numbered from 1, hours roll over, and a change of speaker is written out."""
    assert to_srt(ANSWER) == (
        "1\n00:00:00,000 --> 00:00:01,000\nAda: Why sleep?\n\n2\n01:01:01,500 --> 01:01:02,000\nBob: Because.\n"
    )


def test_vtt_names_speakers_in_voice_spans() -> None:
    """Every cue is a voice span after the header."""
    assert to_vtt(ANSWER) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Ada>Why sleep?</v>\n\n"
        "01:01:01.500 --> 01:01:02.000\n<v Bob>Because.</v>\n"
    )


@pytest.mark.parametrize("write", [to_srt, to_vtt])
def test_subtitles_are_readable(write: object) -> None:
    """No cue has more than two lines of text or so, lines are short, and no word is lost or cut."""
    blocks = write((LONG,)).replace("WEBVTT\n\n", "").split("\n\n")  # type: ignore[operator]
    texts = [re.sub(r"</?v[^>]*>|Ada: ", "", block).split(" --> ")[1].split("\n")[1:] for block in blocks]
    assert all(len(lines) <= 3 and all(len(line) <= 42 for line in lines) for lines in texts)
    assert re.findall(r"word\d+", " ".join(" ".join(lines) for lines in texts)) == [word.text for word in LONG.words]


def test_hostile_text_cannot_leave_its_vtt_cue() -> None:
    """No tag, arrow, blank line or control character of the text reaches the file as such."""
    written = to_vtt((utter(*HOSTILE, speaker="<i>Eve & > \n\nBob"),))
    (header, cue) = written.split("\n\n")
    timing, *text = cue.rstrip("\n").split("\n")
    body = "\n".join(text)
    assert header == "WEBVTT"
    assert timing.count("-->") == written.count("-->") == 1
    assert re.findall(r"<[^>]*>", body) == ["<v &lt;i&gt;Eve &amp; &gt; Bob>", "</v>"]
    assert "&amp;amp;" in body
    assert not re.search(r"[\x00\u2028]", written)


def test_hostile_text_cannot_leave_its_srt_cue() -> None:
    """SubRip has no escapes, so what players take for markup is written with look-alikes."""
    written = to_srt((utter(*HOSTILE),))
    assert written.count("\n\n") == 0
    assert written.count("-->") == 1
    assert not re.search(r"[<{}\x00\u2028]", written)
    assert "‹b›bold‹/b›" in written


def test_a_cue_has_a_duration() -> None:
    """A word of no length is shown, for WebVTT refuses a cue that ends when it begins."""
    assert "00:00:01.000 --> 00:00:01.001" in to_vtt((utter("now", start=1.0, step=0.0),))


def test_unknown_voices_stay_apart() -> None:
    """Two unknown voices carry their labels."""
    utterances = (utter("yes", speaker=UNKNOWN, label="S0"), utter("no", start=1, speaker=UNKNOWN, label="S1"))
    assert [line for line in to_vtt(utterances).splitlines() if "<v" in line] == ["<v S0>yes</v>", "<v S1>no</v>"]


def test_rttm_is_what_meeteval_reads() -> None:
    """Turns come back with their times and labels, names with blanks as one field."""
    turns = (Turn(0.0, 1.25, "Ada Lovelace"), Turn(1.25, 3.5, "S1"))
    lines = meeteval.io.RTTM.parse(to_rttm("file:my talk", turns)).lines
    assert [(each.filename, each.speaker_id, each.begin_time, each.duration) for each in lines] == [
        ("file:my_talk", "Ada_Lovelace", Decimal("0.000"), Decimal("1.250")),
        ("file:my_talk", "S1", Decimal("1.250"), Decimal("2.250")),
    ]


def test_seglst_is_what_meeteval_reads() -> None:
    """Utterances come back with session, speaker, times and words, hostile ones too."""
    utterances = (*ANSWER, utter(*HOSTILE, start=4000))
    read = meeteval.io.SegLST(json.loads(to_seglst("youtube:x", utterances)))
    segments = read.segments
    assert meeteval.wer.cpwer(read, read)["youtube:x"].errors == 0
    assert [each["words"] for each in segments] == [each.text for each in utterances]
    assert [each["speaker"] for each in segments] == ["Ada", "Bob", "Ada"]
    assert (segments[1]["start_time"]) == 3661.5
    assert {each["session_id"] for each in segments} == {"youtube:x"}


def test_json_holds_every_word() -> None:
    """The words come back with their times and probabilities, under the video."""
    video = Video("file", "talk", "file:///talk.opus", "A talk", "Ada", datetime(2026, 3, 2, tzinfo=UTC), 60.0)
    read = json.loads(to_json(video, ANSWER))
    assert read["video"]["id"] == "file:talk"
    assert read["video"]["published_at"] == "2026-03-02T00:00:00+00:00"
    assert [(word["text"], word["start"]) for word in read["utterances"][0]["words"]] == [("Why", 0.0), ("sleep?", 0.5)]


def test_nothing_said_is_a_valid_file() -> None:
    """A recording without speech has empty but well-formed files."""
    assert to_srt(()) == ""
    assert to_vtt(()) == "WEBVTT\n"
    assert to_rttm("x", ()) == ""
    assert json.loads(to_seglst("x", ())) == []


def test_clock_is_for_people() -> None:
    """Hours, minutes and seconds, rounded down to where the player jumps."""
    assert [clock(0), clock(59.9), clock(3723)] == ["0:00:00", "0:00:59", "1:02:03"]


def test_an_address_begins_at_the_moment() -> None:
    """Sites with a parameter of their own get it, all others the media fragment."""
    assert address_at("youtube:x", "https://youtube.com/watch?v=x", 83.9) == "https://youtube.com/watch?v=x&t=83"
    assert address_at("youtube:x", "https://youtu.be/x", 83.9) == "https://youtu.be/x?t=83"
    assert address_at("youtube:x", "https://youtu.be/x?t=9s&si=a#b", 83.9) == "https://youtu.be/x?si=a&t=83"
    assert address_at("feed:x", "http://host/a%20b.opus#top", 0.5) == "http://host/a%20b.opus#t=0"


def test_one_line_cannot_steer_a_terminal() -> None:
    """Escape sequences lose their escape, and breaks become blanks."""
    assert one_line("a\x1b[31m\r\nb\u2028c\x9b2J") == "a [31m b c 2J"
