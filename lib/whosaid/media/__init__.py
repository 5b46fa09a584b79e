"""Media: what a source lists, fetching it, decoding it to 16 kHz mono."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from whosaid.types import Access, Video


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds, newest first where the source says so."""

    title: str
    videos: tuple[Video, ...]


class Source(Protocol):
    """A channel, playlist, feed, single video or folder."""

    def list(self) -> Listing:
        """Return all videos of the source; SourceError where it cannot be listed or lists none."""
        ...

    def check(self, video: Video) -> Access:
        """Say whether a video can be fetched; FetchError where no answer is to be had: an error is not an answer."""
        ...

    def fetch(self, video: Video, folder: Path) -> Path:
        """Bring the audio of a video into a folder and return the file; FetchError, MediaError."""
        ...


