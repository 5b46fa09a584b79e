"""Transcripts in the formats of the field: SubRip, WebVTT, RTTM, SegLST, JSON. Values in, text out. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from whosaid.passages import PassageRule, cut
from whosaid.types import UNKNOWN, Identity, Passage, Seconds, Turn, Utterance, Video

LINE_CHARS: Final = 42
"""The length of a subtitle line that broadcasters ask for."""

CUE: Final = PassageRule(min_chars=LINE_CHARS, max_chars=2 * LINE_CHARS, max_seconds=7.0, pause=0.5)
"""Two lines, shown no longer than it takes to read them."""

_SHORTEST_MS: Final = 1
"""WebVTT asks a cue to end after it begins; a recognizer may give a word no length."""

_CONTROLS: Final = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029], " ")

# SubRip knows no escapes, and players read these as markup ("<i>", "{\an8}"); "-->" would begin a cue.
_SRT_LOOK_ALIKES: Final = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")"})


def to_srt(utterances: Sequence[Utterance]) -> str:
    """Return SubRip; a change of speaker is written before the first cue of the new voice."""
    blocks = list[str]()
    previous = None
    for number, cue in enumerate(cut(utterances, CUE), start=1):
        name = _name(cue)
        said = cue.text if name == previous else f"{name}: {cue.text}"
        text = _lines(said, _escape_srt)
        blocks.append(f"{number}\n{_times(cue, ',')}\n{text}\n")
        previous = name
    return "\n".join(blocks)


def to_vtt(utterances: Sequence[Utterance]) -> str:
    """Return WebVTT; every cue names its speaker in a voice span."""
    cues = (
        f"{_times(cue, '.')}\n<v {_escape_vtt(one_line(_name(cue)))}>{_lines(cue.text, _escape_vtt)}</v>\n"
        for cue in cut(utterances, CUE)
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_rttm(recording: str, turns: Iterable[Turn]) -> str:
    """Return RTTM (NIST, Rich Transcription 2009): a line a turn, fields parted by blanks, so names hold none."""
    return "".join(
        f"SPEAKER {_field(recording)} 1 {turn.start:.3f} {turn.duration:.3f} <NA> <NA> {_field(turn.label)} <NA> <NA>\n"
        for turn in turns
    )


def to_seglst(recording: str, utterances: Iterable[Utterance]) -> str:
    """Return SegLST, the list of segments that meeteval reads."""
    segments = [
        {
            "session_id": recording,
            "speaker": _name(utterance),
            "start_time": round(utterance.start, 3),
            "end_time": round(utterance.end, 3),
            "words": utterance.text,
        }
        for utterance in utterances
    ]
    return _dump(segments)


def to_json(video: Video, utterances: Iterable[Utterance]) -> str:
    """Return the video and its utterances, word by word, as JSON."""
    return _dump({"video": _describe(video), "utterances": [_spell_out(utterance) for utterance in utterances]})


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _describe(video: Video) -> dict[str, Any]:
    published = video.published_at.isoformat() if video.published_at else None
    return {
        "id": video.id, "url": video.url, "title": video.title, "channel": video.channel, "published_at": published,
        "duration": video.duration,
    }  # fmt: skip


def _spell_out(utterance: Utterance) -> dict[str, Any]:
    return {
        "start": utterance.start,
        "end": utterance.end,
        "label": utterance.label,
        "speaker": utterance.speaker,
        "text": utterance.text,
        "words": [
            {
                "start": word.start,
                "end": word.end,
                "text": word.text,
                "probability": word.probability,
                "overlapped": word.overlapped,
            }
            for word in utterance.words
        ],
    }


def _name(said: Utterance | Passage) -> str:
    """Return the speaker; for an unknown one the label, so that two unknown voices stay two."""
    return said.label if said.speaker == UNKNOWN else said.speaker


def _lines(text: str, escape: Callable[[str], str]) -> str:
    """Break a text at words into readable lines; escaped last, so that no escape is broken or counted."""
    lines = wrap(one_line(text), LINE_CHARS, break_long_words=False, break_on_hyphens=False)
    return "\n".join(map(escape, lines))


def _escape_srt(text: str) -> str:
    return text.translate(_SRT_LOOK_ALIKES)


def _escape_vtt(text: str) -> str:
    return html.escape(text, quote=False)


def _field(text: str) -> str:
    """Return a name as one field: without blanks and never empty."""
    return "_".join(text.translate(_CONTROLS).split()) or "<NA>"


def _times(cue: Passage, decimal_mark: str) -> str:
    start = round(cue.start * 1000)
    end = max(round(cue.end * 1000), start + _SHORTEST_MS)
    return f"{_clock(start, decimal_mark)} --> {_clock(end, decimal_mark)}"


def _clock(milliseconds: int, decimal_mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}{decimal_mark}{rest:03d}"


def name_turns(turns: Iterable[Turn], identities: Iterable[Identity]) -> Iterator[Turn]:
    """Yield the turns under the names of their speakers; an unknown voice keeps its label."""
    names = {each.label: each.speaker for each in identities if each.speaker != UNKNOWN}
    return (replace(turn, label=names.get(turn.label, turn.label)) for turn in turns)


def clock(seconds: Seconds) -> str:
    """Return a time as h:mm:ss, for people."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}"


def play_time(seconds: Seconds) -> str:
    """Return a time as a player shows it: m:ss, or h:mm:ss."""
    told = clock(seconds)
    return told.removeprefix("0:").removeprefix("0") if told.startswith("0:0") else told.removeprefix("0:")


def spell(seconds: Seconds) -> str:
    """Return a length of time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def is_web_address(url: str) -> bool:
    """Say whether a browser may follow an address that came from the internet."""
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def one_line(text: str) -> str:
    """Return the text on one line without control characters: they would end a cue, or steer a terminal."""
    return " ".join(text.translate(_CONTROLS).split())


def address_at(video_id: str, url: str, moment: Seconds) -> str:
    """Return the address at which a player begins at a moment, in whole seconds.

    The parameter `t` where the site knows it, else the fragment `#t=` of W3C Media Fragments.
    """
    parts = urlsplit(url)
    if video_id.startswith("youtube:"):
        kept = [pair for pair in parts.query.split("&") if pair and pair.split("=")[0] not in {"t", "start"}]
        return urlunsplit(parts._replace(query="&".join([*kept, f"t={int(moment)}"]), fragment=""))
    return urlunsplit(parts._replace(fragment=f"t={int(moment)}"))
