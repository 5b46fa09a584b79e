"""One use of yt-dlp as a library: its options, its results as typed entries, its errors as refusals."""

from __future__ import annotations

import io
import ipaddress
import logging
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import yt_dlp
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from yt_dlp.networking import HEADRequest, Request
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import UnsupportedError

from whosaid.errors import WhosaidError
from whosaid.media import CaptionFile, Network
from whosaid.media.answers import Answers
from whosaid.media.pace import Pace
from whosaid.media.refusals import SiteError
from whosaid.media.tracks import Track, choose_track

Options: TypeAlias = Mapping[str, Any]
"""Options of yt-dlp by its own names."""

# What yt-dlp wraps around the words that matter: extractor, id, cause, and where to report a bug.
_DECORATION: Final = re.compile(r"^ERROR: (\[[\w:+]+\] )?|[ (]+caused by .*|; please report this issue.*", re.DOTALL)
AUDIO: Final = "bestaudio/best"
"""The format that is fetched, and whose language is the one that is spoken."""

_NONE: Final[Options] = MappingProxyType({})


class Download(BaseModel):
    """A file that yt-dlp wrote."""

    model_config = ConfigDict(frozen=True)

    filepath: str | None = None  # none where the file was refused for its size


class Entry(BaseModel):
    """The part of a yt-dlp result that is used here: a video, a pointer to one, or a list of them."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    id: str | None = None
    url: str | None = None
    webpage_url: str | None = None
    ie_key: str | None = None
    extractor_key: str | None = None
    title: str | None = None
    channel: str | None = None
    channel_id: str | None = None
    uploader: str | None = None
    timestamp: datetime | None = None
    duration: float | None = None
    live_status: str | None = None
    ext: str | None = None
    language: str | None = None  # that is spoken, where the site says so
    subtitles: dict[str, list[dict[str, Any]]] | None = None  # that people wrote, by language and format
    entries: tuple[Entry | None, ...] | None = None
    requested_downloads: tuple[Download, ...] = Field(default=())


class _Noise:
    """Takes what yt-dlp would print. Its errors are raised as well, so none of them is louder than a remark."""

    def __init__(self, log: logging.Logger) -> None:
        self.debug = self.error = log.debug
        self.warning = log.info


class _Downloader(yt_dlp.YoutubeDL):
    """Closes at the end what yt-dlp opens and does not read: redirects, refusals, files above the limit."""

    def __init__(self, responses: ExitStack, params: Any) -> None:
        self._responses = responses
        super().__init__(params)

    def urlopen(self, req: Any) -> Any:
        try:
            response: Any = super().urlopen(req)
        except HTTPError as e:
            self._responses.callback(e.close)
            raise
        return self._responses.enter_context(closing(response))


@dataclass(frozen=True, slots=True)
class Session:
    """Asks sites through yt-dlp. Each question has a downloader of its own: they are not safe to share by threads."""

    network: Network
    pace: Pace
    answers: Answers
    log: logging.Logger
    cookies: SecretStr | None = None

    def extract(self, url: str, options: Options = _NONE) -> Entry:
        """Return what yt-dlp finds at a URL; SiteError."""
        with self._asking(url, options) as downloader:
            return Entry.model_validate(self._look(url, downloader))

    def download(self, url: str, options: Options) -> Entry:
        """Download what yt-dlp finds at a URL, by what was found there before where that still serves; SiteError."""
        try:
            if known := self._download_known(url, options):
                return known
        except SiteError as e:
            if e.blocked:
                raise
            self.log.info("looking at %s again: what was found there no longer serves (%s)", url, e)
        with self._asking(url, options) as downloader:
            return Entry.model_validate(self._look(url, downloader, download=True))

    def reach(self, url: str) -> None:
        """Ask whether a URL answers, without reading what it holds; SiteError."""
        with self._asking(url, _NONE) as downloader:
            self.pace.wait()
            try:
                downloader.urlopen(HEADRequest(url)).close()
            except HTTPError:  # some hosts refuse HEAD: only what they say to a GET is an answer
                downloader.urlopen(Request(url)).close()

    def captions(self, url: str, language: str | None, folder: Path) -> CaptionFile | None:
        """Download the captions of a video that are in the right language, None where none are; SiteError."""
        with self._asking(url, {"format": AUDIO}) as downloader:
            entry = Entry.model_validate(self.answers.find(url) or self._look(url, downloader))
            track = choose_track(entry.subtitles or {}, entry.language, language)
            if track is None:
                return None
            file = folder / f"captions{track.suffix}"
            _save(track, file, downloader)
        return CaptionFile(file, track.language)

    def _download_known(self, url: str, options: Options) -> Entry | None:
        """Download by what was found before, as yt-dlp does with `--load-info-json`; None where nothing was."""
        known = self.answers.find(url)
        if known is None:
            return None
        with self._asking(url, options) as downloader:
            return Entry.model_validate(downloader.process_ie_result(known, download=True))

    def _look(self, url: str, downloader: Any, *, download: bool = False) -> Mapping[str, Any]:
        """Ask the site of a URL, when it may be asked, and remember what it says of a video."""
        self.pace.wait()
        info = downloader.extract_info(url, download=download)
        if info.get("_type", "video") == "video":
            self.answers.keep(url, downloader.sanitize_info(info, remove_private_keys=True))
        return info

    @contextmanager
    def _asking(self, url: str, options: Options) -> Generator[Any]:
        params = {**_params(self.network), **_route(url), **options, "logger": _Noise(self.log)}
        params["cookiefile"] = io.StringIO(self.cookies.get_secret_value()) if self.cookies else None
        try:
            with ExitStack() as responses, _Downloader(responses, params) as downloader:
                yield downloader
        except WhosaidError:
            raise
        except Exception as e:  # a broken extractor raises anything; all of it is this site's refusal
            raise _refusal(e) from e


def _save(track: Track, file: Path, downloader: Any) -> None:
    if (text := track.info.get("data")) is not None:
        file.write_text(text, encoding="utf-8")
    else:
        downloader.dl(str(file), dict(track.info), subtitle=True)
    if not file.is_file():
        raise SiteError(f"the captions in {track.language} left no file")


def _params(network: Network) -> Options:
    return {
        "socket_timeout": network.timeout,
        "retries": network.retries,
        "fragment_retries": network.retries,
        "extractor_retries": min(network.retries, 1),
        "sleep_interval_requests": network.pause,
        "ratelimit": network.bytes_per_second,
        "max_filesize": network.largest,
        "noplaylist": True,
        "fixup": "never",  # needs ffmpeg; PyAV reads the files as they are
        "restrictfilenames": True,
        "updatetime": False,
        "color": "no_color",
        "noprogress": True,
        "quiet": True,
    }


def _route(url: str) -> Options:
    """Reach this machine itself directly: a proxy of the environment would look for it elsewhere."""
    return {"proxy": ""} if _is_loopback(urlsplit(url).hostname or "") else {}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, not an address
        return False


def _refusal(error: Exception) -> SiteError:
    chain = tuple(_causes(error))
    status = next((e.status for e in chain if isinstance(e, HTTPError)), None)
    text = _DECORATION.sub("", str(getattr(error, "msg", None) or error))
    return SiteError(
        text or type(error).__name__, status=status, unsupported=any(isinstance(e, UnsupportedError) for e in chain)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what yt-dlp wrapped: it keeps the origin in `exc_info` or `cause`."""
    current: Any = error
    seen: set[int] = set()
    while isinstance(current, BaseException) and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = getattr(current, "exc_info", None) or (None, None)
        current = wrapped[1] or getattr(current, "cause", None) or current.__cause__
