"""Which captions to take of those that a site offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from whosaid.media.captions import FORMATS
from whosaid.media.languages import best_tag

Subtitles: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""What yt-dlp says of the captions of a video: formats by language."""

_UNDETERMINED: Final = "und"  # ISO 639-2; what yt-dlp calls a track that is in no stated language


@dataclass(frozen=True, slots=True)
class Track:
    """Captions that a site offers."""

    language: str
    suffix: str
    info: Mapping[str, Any]  # what yt-dlp fetches them by


def choose_track(subtitles: Subtitles, spoken: str | None, asked: str | None) -> Track | None:
    """Return the captions in the language that is asked for, or else in the one that is spoken; None.

    Where neither is known, a translation cannot be told from the original, so none is taken.
    """
    offered = {tag: track for tag, formats in subtitles.items() if (track := _readable(tag, formats))}
    wanted = asked or spoken
    tag = best_tag(offered, wanted) if wanted else None
    return offered[tag] if tag else _undetermined(offered, asked)


def _undetermined(offered: Mapping[str, Track], language: str | None) -> Track | None:
    track = offered.get(_UNDETERMINED)
    return Track(language, track.suffix, track.info) if track and language else None


def _readable(tag: str, formats: Sequence[Mapping[str, Any]]) -> Track | None:
    """Return the captions in the first of the formats that are read; None where there is none of them."""
    by_suffix = {f".{each.get('ext')}": each for each in formats}
    return next((Track(tag, suffix, by_suffix[suffix]) for suffix in FORMATS if suffix in by_suffix), None)
