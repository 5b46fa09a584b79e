"""The demo channel as a podcast on this machine: a feed and its episodes, for yt-dlp to list and fetch."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree as Xml

from pydantic import BaseModel, ConfigDict

ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)$")
_BLOCK: Final = 64 * 1024
Render: TypeAlias = Callable[[str], bytes]
"""The feed, given the address that its episodes are served from."""


class Episode(BaseModel):
    """An item of the feed; `file` is None for one that is gone: its address answers 404."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    description: str = ""
    published: datetime
    duration: float | None = None  # seconds, as the feed claims
    file: str | None = None

    @property
    def path(self) -> str:
        """The path of its address."""
        return f"/episodes/{quote(self.file or f'{self.id}.opus')}"


class Channel(BaseModel):
    """What channel.json says."""

    model_config = ConfigDict(frozen=True)

    title: str
    description: str = ""
    episodes: tuple[Episode, ...]

    def feed(self, site: str) -> bytes:
        """Return the channel as an RSS feed with the tags that podcast players read."""
        rss = Xml.Element("rss", {"version": "2.0"})
        channel = Xml.SubElement(rss, "channel")
        _add(channel, title=self.title, link=f"{site}/feed.xml", description=self.description)
        for episode in self.episodes:
            _add_item(channel, episode, site)
        return Xml.tostring(rss, encoding="utf-8", xml_declaration=True)

    def files(self, folder: Path) -> dict[str, Path]:
        """Return the files by the paths they are served under; nothing else of the folder is served."""
        return {unquote(episode.path): folder / episode.file for episode in self.episodes if episode.file}


def _add(parent: Xml.Element, **texts: str) -> None:
    for tag, text in texts.items():
        Xml.SubElement(parent, tag).text = text


def _add_item(channel: Xml.Element, episode: Episode, site: str) -> None:
    item = Xml.SubElement(channel, "item")
    published = format_datetime(episode.published.astimezone())
    _add(item, title=episode.title, description=episode.description, pubDate=published)
    Xml.SubElement(item, "guid", {"isPermaLink": "false"}).text = episode.id
    if episode.duration:
        Xml.SubElement(item, f"{{{ITUNES}}}duration").text = str(round(episode.duration))
    Xml.SubElement(item, "enclosure", {"url": site + episode.path, "type": _media_type(episode.path), "length": "0"})


def _media_type(name: str) -> str:
    return "audio/ogg" if name.endswith(".opus") else mimetypes.guess_type(name)[0] or "application/octet-stream"


class FeedHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the feed and for the files of its episodes, whole or by range."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *request: Any, render: Render, files: Mapping[str, Path]) -> None:
        self.render = render
        self.files = files
        super().__init__(*request)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/feed.xml":
            return self._send_feed()
        if path in self.files and self.files[path].is_file():
            return self._send_file(self.files[path])
        return self.send_error(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is http.server's)
        """Say nothing: the demo prints its own table."""

    def _send_feed(self) -> None:
        body = self.render(f"http://{self.headers['Host']}")
        self._send_head(HTTPStatus.OK, "application/rss+xml", len(body))
        if self.command == "GET":
            self.wfile.write(body)

    def _send_file(self, file: Path) -> None:
        size = file.stat().st_size
        wanted = _RANGE.match(self.headers.get("Range", ""))
        first, last = _bounds(wanted, size) if wanted else (0, size - 1)
        if first > max(last, 0):
            return self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        status = HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK
        part = {"Content-Range": f"bytes {first}-{last}/{size}"} if wanted else {}
        self._send_head(status, _media_type(file.name), last - first + 1, part)
        return self._send_bytes(file, first, last) if self.command == "GET" else None

    def _send_head(self, status: HTTPStatus, kind: str, length: int, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        fields = {"Content-Type": kind, "Content-Length": str(length), "Accept-Ranges": "bytes", **(more or {})}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_bytes(self, file: Path, first: int, last: int) -> None:
        with file.open("rb") as content:
            content.seek(first)
            for start in range(first, last + 1, _BLOCK):
                self.wfile.write(content.read(min(_BLOCK, last + 1 - start)))


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    first, last = wanted.groups()
    return int(first), min(int(last or size - 1), size - 1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that has seen enough hangs up in the middle of a file."""


@contextmanager
def serve(folder: Path, port: int = 0, beside: Mapping[str, Path] = MappingProxyType({})) -> Generator[str]:
    """Serve the channel in a folder to this machine alone and lend the address of its feed; port 0 takes a free one.

    `beside` holds further files, by the paths they are served under.
    """
    channel = Channel.model_validate_json((folder / "channel.json").read_bytes())
    handler = partial(FeedHandler, render=channel.feed, files={**beside, **channel.files(folder)})
    with _Server(("127.0.0.1", port), handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/feed.xml"
        finally:
            server.shutdown()
