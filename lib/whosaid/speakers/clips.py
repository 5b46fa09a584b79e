"""What a clip is called, and what that means: `FILE-OR-ADDRESS[#t=START,END]`, `VIDEO#LABEL` or `voice:NUMBER`. Pure.

Times are those of W3C Media Fragments: seconds, or clock times as `1:02:03.5`; either end may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final, TypeAlias
from unicodedata import normalize
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from whosaid.errors import EnrolmentError
from whosaid.types import UNKNOWN, Seconds

LONGEST_NAME: Final = 100  # characters

_VOICE: Final = re.compile(r"voice:(\d{1,9})")
_RANGE: Final = re.compile(r"t=(?:npt:)?([\d:.]*)(?:,([\d:.]+))?")
_TIME: Final = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?)")
_SECRET: Final = re.compile(r"key|token|sig|secret|password|auth|credential", re.IGNORECASE)
_NAMELESS: Final = re.compile(rf"{UNKNOWN}( voice( \d+)?)?", re.IGNORECASE)
_GRAMMAR: Final = "write a file or an address with #t=START,END, VIDEO#LABEL, or voice:NUMBER"


@dataclass(frozen=True, slots=True)
class SoundClip:
    """A stretch of a media file on this machine or at an address."""

    place: str  # path or address
    start: Seconds = 0.0
    end: Seconds = inf

    @property
    def is_remote(self) -> bool:
        return urlsplit(self.place).scheme in {"http", "https"}

    @property
    def source(self) -> str:
        """The name of the file, or the address without what lets one in."""
        return public_address(self.place) if self.is_remote else Path(self.place).name

    @property
    def name(self) -> str:
        """How the clip is kept with a voiceprint."""
        if self.end == inf:
            return f"{self.source}#t={self.start:g}" if self.start else self.source
        return f"{self.source}#t={self.start:g},{self.end:g}"


@dataclass(frozen=True, slots=True)
class LabelClip:
    """All that a label of a video of the archive says."""

    video: str
    label: str


@dataclass(frozen=True, slots=True)
class VoiceClip:
    """All that an unknown voice of the archive says."""

    number: int


Clip: TypeAlias = SoundClip | LabelClip | VoiceClip


def parse_clip(text: str) -> Clip:
    """Return what a clip is; EnrolmentError where it is no clip, or a file that is not there."""
    if voice := _VOICE.fullmatch(text):
        return VoiceClip(int(voice[1]))
    place, mark, fragment = text.rpartition("#")
    if not mark or _is_file(text):
        return _sound(text, text)
    if fragment.startswith("t="):
        return _sound(text, place, *_times(text, fragment))
    if not place or not fragment:
        raise EnrolmentError(f"{text!r} is no clip: {_GRAMMAR}")
    return LabelClip(place, fragment)


def check_name(name: str, known: Sequence[str]) -> str:
    """Return the name to enrol under; EnrolmentError for one that nobody can have, or that is written otherwise."""
    if any(not char.isprintable() for char in name):
        raise EnrolmentError(f"the name {name!r} has control characters: write it in letters")
    name = normalize("NFC", " ".join(name.split()))
    if not name or len(name) > LONGEST_NAME:
        raise EnrolmentError(f"a name has 1 to {LONGEST_NAME} characters, not {len(name)}: name the speaker")
    if _NAMELESS.fullmatch(name):
        raise EnrolmentError(f"{name!r} stands for voices without a name: name the speaker")
    if alike := [each for each in known if each != name and each.casefold() == name.casefold()]:
        raise EnrolmentError(f"{alike[0]} is enrolled already, and {name!r} would be a second one: write {alike[0]!r}")
    return name


def public_address(address: str) -> str:
    """Return an address without user, password and the parameters that let one in."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not _SECRET.search(name)])
    return urlunsplit(parts._replace(netloc=host, query=query))


def _sound(text: str, place: str, start: Seconds = 0.0, end: Seconds = inf) -> SoundClip:
    clip = SoundClip(place, start, end)
    if not clip.is_remote and not _is_file(place):
        raise EnrolmentError(f"there is no file {place!r}: check the path, or {_GRAMMAR}")
    if start >= end:
        raise EnrolmentError(f"{text!r} ends before it begins: write #t=START,END")
    return clip


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError):  # longer than a path can be, or of a user that is not there
        return False


def _times(text: str, fragment: str) -> tuple[Seconds, Seconds]:
    found = _RANGE.fullmatch(fragment)
    if not found or not (found[1] or found[2]):
        raise EnrolmentError(f"{text!r} has no times that can be read: write #t=83.5,95 or #t=0:01:23.5,0:01:35")
    return _seconds(text, found[1] or "0"), _seconds(text, found[2]) if found[2] else inf


def _seconds(text: str, time: str) -> Seconds:
    found = _TIME.fullmatch(time)
    if not found:
        raise EnrolmentError(f"{time!r} in {text!r} is no time: write seconds, or h:mm:ss")
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3])
