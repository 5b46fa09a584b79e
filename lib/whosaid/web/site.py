"""What the routes work with, and where the sound of a video is found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias
from urllib.parse import quote

from fastapi import Depends, Request

from whosaid.engines import Engines
from whosaid.formats import address_at, is_web_address
from whosaid.media.library import AudioLibrary
from whosaid.store import Archive
from whosaid.store.browsing import Browser
from whosaid.types import Seconds

_YOUTUBE: Final = re.compile(r"youtube:([\w-]{11})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Playback:
    """How a video is heard from a moment on: each way may be missing."""

    audio: str | None  # path of the recording, where this machine has it
    youtube: str | None  # id of the video for the embedded player
    address: str | None  # of the video elsewhere, at the moment


@dataclass(frozen=True, slots=True)
class Site:
    """An open archive with its engines and recordings."""

    archive: Archive
    engines: Engines
    library: AudioLibrary

    @property
    def browser(self) -> Browser:
        return Browser(self.archive.database)

    def playback(self, video_id: str, url: str, moment: Seconds = 0.0) -> Playback:
        """Return how to hear a video; NotFound where it is not in the archive."""
        kept = self.library.path(self.browser.audio(video_id)).is_file()
        known = _YOUTUBE.fullmatch(video_id)
        return Playback(
            audio=f"/audio/{in_path(video_id)}" if kept else None,
            youtube=known[1] if known else None,
            address=address_at(video_id, url, moment) if is_web_address(url) else None,
        )


def in_path(video_id: str) -> str:
    """Return an id as one segment of a path: those of files are paths themselves."""
    return quote(video_id, safe=":")


def _site(request: Request) -> Site:
    return request.app.state.site


SiteOf: TypeAlias = Annotated[Site, Depends(_site)]
