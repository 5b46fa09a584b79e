"""Media: what a source lists, fetching it, decoding it to 16 kHz mono."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from whosaid.errors import SourceError
from whosaid.types import Access, Seconds, Video

YOUTUBE_PER_MINUTE: Final = 5
"""YouTube answers about 300 looks at videos an hour to a visitor without an account (yt-dlp's wiki, "Extractors")."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds, newest first where the source says so, each video once."""

    title: str
    videos: tuple[Video, ...]


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """Captions as they were fetched: WebVTT or SubRip, as the suffix says."""

    file: Path
    language: str  # as it was named, such as en-GB


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

    def captions(self, video: Video, language: str | None, folder: Path) -> CaptionFile | None:
        """Bring captions that people wrote into a folder, in a language or else in the one that is spoken.

        None where there are none, or none in a language that is known to be right; FetchError where there are some
        that cannot be had.
        """
        ...


class Network(BaseModel):
    """How patiently, how fast and as whom a site is asked. Says nothing of the result: no part of a cache key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: Seconds = Field(
        default=20, gt=0, description="seconds without an answer after which a connection is given up"
    )
    retries: int = Field(default=3, ge=0, description="further tries of one download that breaks off")
    deadline: Seconds = Field(default=7200, gt=0, description="seconds that one download may take")
    pause: Seconds = Field(
        default=0, ge=0, description="seconds between two requests to a site while it is listed or checked"
    )
    bytes_per_second: int | None = Field(default=None, gt=0, description="rate limit of one download")
    requests_per_minute: int | None = Field(
        default=None,
        gt=0,
        description="looks at videos in a minute, of all checks and downloads together; empty: "
        f"{YOUTUBE_PER_MINUTE} for YouTube, which blocks those who ask faster, and no limit elsewhere",
    )
    largest: int = Field(default=4 * 2**30, gt=0, description="bytes above which a file is not fetched")


CaptionUse: TypeAlias = Literal["never", "allow"]


class CaptionRule(BaseModel):
    """Whether captions take the place of speech recognition; those that a machine made never do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: CaptionUse = Field(
        default="never", description="allow: where people wrote captions, their words are taken and none recognised"
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="of the captions, such as en; empty: the language that the site says is spoken",
    )


def open_source(address: str, network: Network | None = None, cookies: SecretStr | None = None) -> Source:
    """Return the source at an address: an existing folder, or an http(s) URL; SourceError for anything else.

    `cookies` is the text of a cookie file in Netscape format. It is a secret, and so no part of `Network`, which is
    shown as a parameter of the run.
    """
    if address and (folder := Path(address).expanduser()).is_dir():
        from whosaid.media.folder import LocalFolder

        return LocalFolder(folder.resolve())
    if urlsplit(address).scheme in {"http", "https"}:
        from whosaid.media.ytdlp import YtDlp

        return YtDlp(address, network or Network(), cookies)
    raise SourceError(f"{address!r} is neither an existing folder nor an http(s) address; give one of the two")
