"""From yt-dlp's entries to the videos of a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from yt_dlp import utils

from whosaid.errors import SourceError
from whosaid.media import Listing
from whosaid.media.guids import item_id
from whosaid.media.session import Entry
from whosaid.types import Video

FEED: Final = "feed"
"""The kind of videos that come from no known site: items of feeds, and plain files by their URL."""

_PLAIN: Final = frozenset({None, "Generic", "HTML5MediaEmbed"})  # whose own ids are but the last part of an address
_vendor: Any = utils
_SUFFIXES: Final[frozenset[str]] = frozenset({*_vendor.MEDIA_EXTENSIONS.audio, *_vendor.MEDIA_EXTENSIONS.video})


def read_listing(page: Entry, address: str) -> Listing:
    """Return the videos of a page in its order, each once; SourceError where it holds none."""
    name = page.title if page.entries is not None else None
    owner = page.channel or page.uploader or name or urlsplit(address).hostname or address
    videos: dict[str, Video] = {}
    for video in (_video(entry, page, owner, address) for entry in _playable(page, address)):
        videos.setdefault(video.id, video)
    if not videos:
        raise SourceError(f"{address} lists no videos; check the address, or wait until something is published there")
    return Listing(title=_one_line(page.title or owner), videos=tuple(videos.values()))


def _playable(page: Entry, address: str) -> Iterator[Entry]:
    if page.entries is not None:
        return _leaves(page)
    if page.extractor_key in _PLAIN and page.ext not in _SUFFIXES:
        raise SourceError(f"{address} is neither a feed nor a media file nor a page of a known site; check the address")
    return iter((page,))


def _leaves(page: Entry) -> Iterator[Entry]:
    for entry in filter(None, page.entries or ()):
        yield from _leaves(entry) if entry.entries is not None else (entry,)


def _video(entry: Entry, page: Entry, owner: str, address: str) -> Video:
    url, guid = _unsmuggle(_own_address(entry, page))
    site = entry.ie_key or entry.extractor_key
    external_id = item_id(guid, address) if guid else url if site in _PLAIN else entry.id or url
    return Video(
        kind=FEED if site in _PLAIN else str(site).lower(),
        external_id=external_id,
        url=url,
        title=_one_line(entry.title or external_id),
        channel=_one_line(entry.channel or entry.uploader or owner),
        published_at=entry.timestamp,
        duration=entry.duration or None,
    )


def _own_address(entry: Entry, page: Entry) -> str:
    """Return the address of a video; where several players share a page, that of its file."""
    shared = page.entries is not None and entry.webpage_url == page.webpage_url
    return (entry.url if shared else entry.webpage_url or entry.url) or ""


def _unsmuggle(url: str) -> tuple[str, str]:
    """Return the URL and the guid that the generic extractor hides in the URL of a feed's item.

    The guid is the item's identity wherever the file moves to.
    """
    plain, hidden = _vendor.unsmuggle_url(url, {})
    return plain, _one_line(hidden.get("force_videoid", ""))


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
