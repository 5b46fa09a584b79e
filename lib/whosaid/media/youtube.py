"""Which listing of a YouTube channel is complete: the uploads playlist; the tabs end near 600 videos."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

_CHANNEL: Final = re.compile(r"UC[\w-]{22}")
_HOSTS: Final = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_ALSO: Final = frozenset({"youtu.be", "music.youtube.com"})
_WHOLE: Final = frozenset({"", "videos", "featured"})  # other tabs (streams, shorts) are listed as they are asked for
_NAMED: Final = frozenset({"c", "user"})


def uploads_address(channel_id: str) -> str:
    """Return the address of the playlist of all uploads of a channel (UC... -> UU...)."""
    return f"https://www.youtube.com/playlist?list=UU{channel_id.removeprefix('UC')}"


def is_youtube(address: str) -> bool:
    """Say whether an address leads to YouTube, by any of its names."""
    return urlsplit(address).hostname in _HOSTS | _ALSO


def channel_in(address: str) -> str | None:
    """Return the id of the channel that an address names by id and asks for as a whole, or None."""
    place = urlsplit(address)
    if place.hostname not in _HOSTS:
        return None
    parts = place.path.strip("/").split("/")
    if parts == ["feeds", "videos.xml"]:
        return _valid(parse_qs(place.query).get("channel_id", [""])[0])
    return _valid(parts[1]) if parts[0] == "channel" and _is_whole(parts[1:]) else None


def names_channel(address: str) -> bool:
    """Say whether an address asks for a whole channel by a name to be looked up (@handle, c/..., user/...)."""
    place = urlsplit(address)
    parts = place.path.strip("/").split("/")
    named = parts[1:] if parts[0] in _NAMED else parts if parts[0].startswith("@") else []
    return place.hostname in _HOSTS and _is_whole(named)


def _is_whole(channel_and_tab: list[str]) -> bool:
    return len(channel_and_tab) in {1, 2} and "".join(channel_and_tab[1:]) in _WHOLE


def _valid(channel_id: str) -> str | None:
    return channel_id if _CHANNEL.fullmatch(channel_id) else None
