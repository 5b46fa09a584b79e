"""Channels, playlists, videos, feeds and files on the network, listed and fetched by yt-dlp."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from pydantic import SecretStr

from whosaid.errors import BlockedError, FetchError, MediaError, SourceError
from whosaid.media import YOUTUBE_PER_MINUTE, CaptionFile, Listing, Network
from whosaid.media.answers import Answers
from whosaid.media.listing import FEED, read_listing
from whosaid.media.pace import Pace
from whosaid.media.refusals import SiteError
from whosaid.media.session import AUDIO, Entry, Options, Session
from whosaid.media.youtube import channel_in, is_youtube, names_channel, uploads_address
from whosaid.types import Access, Accessible, Seconds, Unavailability, Unavailable, Video

_NOT_YET: Final = {
    "is_upcoming": Unavailability.upcoming,
    "is_live": Unavailability.live,
    "post_live": Unavailability.live,  # over, but the recording is not whole yet
}


@dataclass(frozen=True, slots=True)
class YtDlp:
    """A source that yt-dlp reads."""

    address: str
    network: Network = field(default_factory=Network)
    cookies: SecretStr | None = field(default=None, repr=False)
    log: logging.Logger = field(default_factory=partial(logging.getLogger, "whosaid.media"))
    # one of each for all threads that ask this source
    _pace: Pace = field(init=False, repr=False, compare=False)
    _answers: Answers = field(init=False, repr=False, compare=False, default_factory=Answers)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pace", Pace(requests_per_minute(self.address, self.network)))

    def list(self) -> Listing:
        """Return all videos, without asking for any of them; SourceError."""
        try:
            return read_listing(self._flat(self._complete()), self.address)
        except SiteError as e:
            raise SourceError(f"{self.address} cannot be listed: {e}; {e.remedy}") from e

    def check(self, video: Video) -> Access:
        """Say whether a video can be fetched; FetchError where the site gives no answer."""
        try:
            return self._ask(video)
        except SiteError as e:
            if reason := e.unavailability:
                return Unavailable(reason, str(e))
            failure = BlockedError if e.blocked else FetchError
            raise failure(f"{video.id} cannot be checked: {e}; {e.remedy}") from e

    def fetch(self, video: Video, folder: Path) -> Path:
        """Download the best audio of a video into a folder; FetchError, MediaError where the page has no media.

        The name of the file is fixed: titles and addresses come from strangers.
        """
        try:
            entry = self._session.download(video.url, {**_into(folder), "progress_hooks": [self._stopwatch(video)]})
        except SiteError as e:
            failure = BlockedError if e.blocked else MediaError if e.unsupported else FetchError
            raise failure(f"{video.id} cannot be fetched: {e}; {e.remedy}") from e
        return self._written(entry, video, folder)

    def captions(self, video: Video, language: str | None, folder: Path) -> CaptionFile | None:
        """Download captions that people wrote, None where there are none that may be used; FetchError."""
        try:
            return self._session.captions(video.url, language, folder)
        except SiteError as e:
            failure = BlockedError if e.blocked else FetchError
            raise failure(f"the captions of {video.id} cannot be had: {e}; {e.remedy}") from e

    @property
    def _session(self) -> Session:
        return Session(self.network, self._pace, self._answers, self.log, self.cookies)

    def _flat(self, url: str, items: str = "1:") -> Entry:
        # A single video that is not yet out is listed all the same: the check says what it is.
        options = {"extract_flat": "in_playlist", "ignore_no_formats_error": True, "playlist_items": items}
        return self._session.extract(url, options)

    def _complete(self) -> str:
        """Return the address that lists all of the source, which for a channel is not its own."""
        channel_id = channel_in(self.address)
        if channel_id is None and names_channel(self.address):
            channel_id = self._flat(self.address, items="1").channel_id
        return uploads_address(channel_id) if channel_id else self.address

    def _ask(self, video: Video) -> Access:
        if video.kind == FEED:
            self._session.reach(video.url)
            return Accessible()
        entry = self._session.extract(video.url, {"format": AUDIO})
        reason = _NOT_YET.get(entry.live_status or "")
        return Unavailable(reason, f"the site says {entry.live_status}") if reason else Accessible()

    def _stopwatch(self, video: Video) -> Callable[[Options], None]:
        limit: Seconds = self.network.deadline
        start = monotonic()

        def stop_late(_: Options) -> None:
            if monotonic() - start > limit:
                raise FetchError(f"{video.id} is not fetched after {limit:.0f} s; raise the deadline or the rate limit")

        return stop_late

    def _written(self, entry: Entry, video: Video, folder: Path) -> Path:
        if entry.entries is not None:
            raise MediaError(f"{video.id} is a list of videos, not one; give {video.url} as a source of its own")
        files = [Path(download.filepath) for download in entry.requested_downloads if download.filepath]
        if len(files) != 1 or not files[0].is_file() or not files[0].resolve().is_relative_to(folder.resolve()):
            limit = self.network.largest / 2**30
            raise FetchError(
                f"{video.id} left no file; it may be larger than the limit of {limit:.1f} GiB, which can be raised"
            )
        return files[0]


def requests_per_minute(address: str, network: Network) -> int | None:
    """Return how often a site may be asked: as the run says, else as the site is known to bear."""
    return network.requests_per_minute or (YOUTUBE_PER_MINUTE if is_youtube(address) else None)


def _into(folder: Path) -> Options:
    return {
        "format": AUDIO,
        "outtmpl": {"default": "audio.%(ext)s"},
        "paths": {"home": str(folder)},
        "playlist_items": "1",  # a page of many videos is refused afterwards, without fetching them all
    }
