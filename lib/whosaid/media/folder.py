"""A folder of media files on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from whosaid.errors import FetchError, SourceError
from whosaid.media import CaptionFile, Listing
from whosaid.media.captions import FORMATS
from whosaid.media.languages import best_tag
from whosaid.types import Access, Accessible, Unavailability, Unavailable, Video

AUDIO: Final = (
    ".aac",
    ".aiff",
    ".amr",
    ".flac",
    ".m4a",
    ".m4b",
    ".mka",
    ".mp3",
    ".oga",
    ".ogg",
    ".opus",
    ".wav",
    ".weba",
    ".wma",
)
VIDEO: Final = (".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv")
SUFFIXES: Final = frozenset(AUDIO + VIDEO)
_TAG: Final = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"  # of a language, such as en or pt-BR


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """All media files below a folder, in order of their paths; hidden files are left out.

    A file is known by its whole path: a path below the folder alone would take one podcast's `01.mp3` for another's,
    and a digest of the content would read terabytes to list them. A renamed file is a new video, for which the
    stage cache, keyed by the audio, still has every result.
    """

    root: Path

    def list(self) -> Listing:
        """Return the media files below the folder; SourceError where there are none."""
        videos = tuple(self._video(file) for file in sorted(self._files()))
        if not videos:
            raise SourceError(f"{self.root} lists no videos: no file in it ends in {', '.join(sorted(SUFFIXES))}")
        return Listing(title=_text(self.root.name), videos=videos)

    def check(self, video: Video) -> Access:
        """Say whether the file is still there; FetchError where the whole folder is gone or the file is locked."""
        file = _path(video)
        if not self.root.is_dir():
            raise FetchError(f"{video.id} cannot be checked: the folder {self.root} is gone; mount it and run again")
        if not file.is_file():
            return Unavailable(Unavailability.removed, f"{_text(str(file))} is no longer there")
        if not os.access(file, os.R_OK):
            raise FetchError(f"{video.id} cannot be read by this user; change the permissions of the file")
        return Accessible()

    def fetch(self, video: Video, folder: Path) -> Path:
        """Return the file where it lies, nothing is copied; FetchError where it is gone."""
        file = _path(video)
        if not file.is_file():
            raise FetchError(f"{video.id} is no longer there; put the file back, or list the folder again")
        return file

    def captions(self, video: Video, language: str | None, folder: Path) -> CaptionFile | None:
        """Return the captions beside the file, such as talk.vtt or talk.en.srt; None where none are in its language.

        A name without a language is in the one that is asked for. Where none is asked for, a single one may name it.
        """
        found = dict(_captions_beside(_path(video)))
        tag = best_tag(found, language) if language else next(iter(found)) if len(found) == 1 else None
        name = tag or language
        return CaptionFile(found[tag or ""], name) if name and (tag or "") in found else None

    def _files(self) -> Iterator[Path]:
        found = (file for file in self.root.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        return (file for file in found if not _is_hidden(file.relative_to(self.root)))

    def _video(self, file: Path) -> Video:
        path = file.absolute()
        channel = _text(self.root.name)
        return Video("file", _text(path.as_posix()), path.as_uri(), title=_text(file.stem), channel=channel)


def _captions_beside(file: Path) -> Iterator[tuple[str, Path]]:
    """Yield the caption files named like a media file, by their language tags; WebVTT after SubRip of the same name."""
    named = re.compile(rf"{re.escape(file.stem)}(?:\.({_TAG}))?")
    for each in sorted(file.parent.iterdir()):
        if each.suffix.lower() in FORMATS and (found := named.fullmatch(each.stem)):
            yield found[1] or "", each


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _path(video: Video) -> Path:
    """Return the file of a video from its URL, which keeps names that are no UTF-8 byte by byte."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(video.url).path)))


def _text(name: str) -> str:
    """Return a name that can be printed on one line and written as UTF-8, which file names need not be."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
