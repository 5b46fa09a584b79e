"""Captions as words with times: what is shown while it is said, read by PyAV (WebVTT and SubRip)."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, groupby, pairwise, repeat
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import av
from av.error import FFmpegError

from whosaid.errors import MediaError
from whosaid.types import Seconds, Word

FORMATS: Final = {".vtt": "webvtt", ".srt": "srt"}
"""The formats that are read, by the suffixes of their files."""

CERTAIN: Final = 1.0
"""The probability of a word that a person wrote: nobody recognised it, so nothing doubts it."""

_MOMENT: Final = re.compile(r"<(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})>")
_MARKUP: Final = re.compile(r"</?[a-z][^>]*>|\{\\[^}]*\}", re.IGNORECASE)
_SOUND: Final = re.compile(r"\[[^\]]*\]")  # as in [applause]
_MARKS: Final = "->–—♪♫#*•…\u200b\u200e\u200f\ufeff"  # of a change of speaker, of singing, of a pause: not said
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MILLISECONDS: Final = (3_600_000, 60_000, 1000, 1)


class Cue(NamedTuple):
    """A text and when it is shown."""

    start: Seconds
    end: Seconds
    text: str  # with its markup


def read_cues(file: Path) -> tuple[Cue, ...]:
    """Return the cues of a caption file in order of time; MediaError where it holds none."""
    try:
        with av.open(str(file), format=FORMATS[file.suffix.lower()]) as container:
            cues = tuple(_cue(packet) for packet in container.demux() if packet.pts is not None and packet.size)
    except (FFmpegError, UnicodeDecodeError) as e:
        raise MediaError(f"the captions {file.name} cannot be read ({e}): save them as UTF-8, or do without") from e
    if not cues:
        raise MediaError(f"the captions {file.name} hold no cues: they are empty or something else; do without them")
    return tuple(sorted(cues, key=attrgetter("start")))


def _cue(packet: av.Packet) -> Cue:
    unit = packet.time_base or 0
    start = float((packet.pts or 0) * unit)
    return Cue(start, max(start, start + float((packet.duration or 0) * unit)), bytes(packet).decode())


def words_of(cues: Sequence[Cue]) -> tuple[Word, ...]:
    """Return what cues in order of time say, word by word, without descriptions of sounds and marks.

    Where a cue holds moments, as WebVTT may, words begin there; in between they take time by their characters. A cue
    that is still shown when the next begins is over by then.
    """
    return tuple(word for cue in _apart(cues) for stretch in _stretches(cue) for word in _spread(stretch))


def _apart(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Join cues that begin together, and end each where the next begins."""
    joined = [_join(tuple(group)) for _, group in groupby(cues, key=attrgetter("start"))]
    following = chain((cue.start for cue in joined[1:]), repeat(math.inf))
    return (cue._replace(end=min(cue.end, end)) for cue, end in zip(joined, following, strict=False))


def _join(cues: tuple[Cue, ...]) -> Cue:
    return Cue(cues[0].start, max(cue.end for cue in cues), "\n".join(cue.text for cue in cues))


def _stretches(cue: Cue) -> Iterator[Cue]:
    """Cut a cue at the moments it holds, which are kept within it and in order."""
    first, *rest = _MOMENT.split(_SOUND.sub(" ", cue.text))
    moments = (_clock(rest[i : i + 4]) for i in range(0, len(rest), 5))
    starts = list(accumulate((min(max(each, cue.start), cue.end) for each in moments), max, initial=cue.start))
    return (Cue(*each) for each in zip(starts, (*starts[1:], cue.end), (first, *rest[4::5]), strict=True))


def _clock(fields: Sequence[str | None]) -> Seconds:
    return sum(int(field or 0) * unit for field, unit in zip(fields, _MILLISECONDS, strict=True)) / 1000


def _spread(stretch: Cue) -> Iterator[Word]:
    """Give each word of a text its share of the time."""
    plain = _CONTROLS.sub(" ", html.unescape(_MARKUP.sub("", stretch.text)))
    texts = [text for text in plain.split() if text.strip(_MARKS)]
    lengths = list(accumulate((len(text) + 1 for text in texts), initial=0))
    times = [stretch.start + (stretch.end - stretch.start) * each / lengths[-1] for each in lengths if texts]
    return (
        Word(start, max(start, end), text, CERTAIN) for text, (start, end) in zip(texts, pairwise(times), strict=True)
    )
