"""A small site on this machine that answers as well or as badly as a test says, and media to put on it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from xml.etree import ElementTree as Xml

import av
import numpy as np

from whosaid.media.decoding import Samples
from whosaid.types import SAMPLE_RATE

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a path answers with."""

    body: bytes = b""
    status: int = 200
    kind: str = "audio/ogg"
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None  # bytes after which the connection breaks
    delay: float = 0.0  # seconds before the answer
    heads: bool = True  # whether HEAD is allowed


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a feed."""

    path: str
    guid: str | None = None
    title: str = "An episode"
    duration: str = ""
    published: str = "Mon, 05 Jan 2026 08:00:00 +0000"


@dataclass(slots=True)
class Site:
    """A running site: replies by path, and what was asked of it."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str | None] = field(default_factory=list)  # of each question

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, items: Sequence[Item], path: str = "/feed.xml", title: str = "A podcast") -> str:
        """Publish a feed and return its address."""
        rss = Xml.Element("rss", {"version": "2.0"})
        channel = Xml.SubElement(rss, "channel")
        Xml.SubElement(channel, "title").text = title
        for item in items:
            self._add(channel, item)
        self.replies[path] = Reply(Xml.tostring(rss, "utf-8", xml_declaration=True), kind="application/rss+xml")
        return self.url(path)

    def page(self, path: str, media: str, languages: Iterable[str]) -> str:
        """Publish a page with one player, whose captions lie beside the media by language, and return its address."""
        player = Xml.Element("video", {"src": media})
        for language in languages:
            source = f"{PurePosixPath(media).with_suffix('')}.{language}.vtt"
            Xml.SubElement(player, "track", {"kind": "captions", "srclang": language, "src": source})
        html = f"<!DOCTYPE html><html><body>{Xml.tostring(player, 'unicode', method='html')}</body></html>"
        self.replies[path] = Reply(html.encode(), kind="text/html")
        return self.url(path)

    def _add(self, channel: Xml.Element, item: Item) -> None:
        node = Xml.SubElement(channel, "item")
        Xml.SubElement(node, "title").text = item.title
        Xml.SubElement(node, "pubDate").text = item.published
        Xml.SubElement(node, "enclosure", {"url": self.url(item.path), "type": "audio/ogg"})
        if item.guid is not None:
            Xml.SubElement(node, "guid", {"isPermaLink": "false"}).text = item.guid
        if item.duration:
            Xml.SubElement(node, f"{{{ITUNES}}}duration").text = item.duration


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        site.asked.append((self.command, self.path))
        site.cookies.append(self.headers["Cookie"])
        reply = site.replies.get(self.path, Reply(status=404))
        time.sleep(reply.delay)
        self.send_response(reply.status if reply.heads or self.command == "GET" else 405)
        for name, value in {
            "Content-Type": reply.kind,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(reply.body[: reply.sent])

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that hang up early are part of the tests."""


@contextmanager
def open_site() -> Generator[Site]:
    """Run an empty site for as long as a test lasts."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        site = server.site = Site(server.server_port)  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()


def tone(seconds: float, hertz: float = 440.0) -> Samples:
    """Return a tone at half of full scale."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.sin(2 * np.pi * hertz * times) * 16000).astype(np.int16)


def write_media(file: Path, samples: Samples, codec: str = "libopus", rate: int = 48_000, channels: int = 1) -> Path:
    """Encode samples by PyAV into the format that the suffix of the file says."""
    layout = "mono" if channels == 1 else "stereo"
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        interleaved = np.repeat(samples, channels)[None, :]
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.sample_rate = SAMPLE_RATE
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file


def opus(folder: Path, seconds: float = 3.0) -> bytes:
    """Return an Opus file with a tone, as a site would send it."""
    return write_media(folder / f"tone-{seconds}.opus", tone(seconds)).read_bytes()
