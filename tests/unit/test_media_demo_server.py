import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deployments.demo.server import serve
from tests.media_site import opus
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Accessible, Unavailability, Unavailable


def episode(number: int, file: str | None) -> dict[str, object]:
    return {
        "id": f"talk-of-day-{number}",
        "title": f"Sleep & <food> {number}",
        "description": "What helps",
        "published": f"2026-01-0{number}T08:00:00+00:00",
        "file": file,
        "duration": 3.0,
    }


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    folder = tmp_path / "channel"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "reference.json").write_text("{}")
    (folder / "a talk.opus").write_bytes(opus(tmp_path))
    items = [episode(1, "a talk.opus"), episode(2, None)]
    (folder / "channel.json").write_text(json.dumps({"title": "Demo", "episodes": items}))
    return folder


@pytest.fixture
def feed(channel: Path) -> Iterator[str]:
    with serve(channel) as url:
        yield url


def ask(feed: str, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, str | None]:
    line = http.client.HTTPConnection(urlsplit(feed).netloc, timeout=5)
    try:
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Range")
    finally:
        line.close()


def test_channel_is_listed_checked_and_fetched_by_yt_dlp(feed: str, channel: Path, tmp_path: Path) -> None:
    """The feed says all that channel.json says; what is there can be fetched, what is not is gone."""
    source = YtDlp(feed)
    listing = source.list()
    there, gone = listing.videos
    assert listing.title == there.channel == "Demo"
    assert (there.id, there.title, there.duration) == ("feed:talk-of-day-1", "Sleep & <food> 1", 3.0)
    assert there.published_at is not None
    assert there.published_at.isoformat() == "2026-01-01T08:00:00+00:00"
    assert source.check(there) == Accessible()
    assert source.fetch(there, tmp_path).read_bytes() == (channel / "a talk.opus").read_bytes()
    access = source.check(gone)
    assert isinstance(access, Unavailable)
    assert access.reason is Unavailability.removed


def test_ids_do_not_depend_on_the_port(channel: Path) -> None:
    """The same channel on another port is the same videos: nothing is ingested twice."""
    ids = []
    for _ in range(2):
        with serve(channel) as url:
            ids.append([video.id for video in YtDlp(url).list().videos])
    assert ids[0] == ids[1]


def test_ranges_and_heads_are_answered(feed: str, channel: Path) -> None:
    """A part, the rest, and the head alone of a file; a range beyond its end is refused."""
    whole = (channel / "a talk.opus").read_bytes()
    path = "/episodes/a%20talk.opus"
    assert ask(feed, path) == (200, whole, None)
    assert ask(feed, path, "HEAD") == (200, b"", None)
    assert ask(feed, path, Range="bytes=10-19") == (206, whole[10:20], f"bytes 10-19/{len(whole)}")
    assert ask(feed, path, Range="bytes=100-")[1] == whole[100:]
    assert ask(feed, path, Range=f"bytes={len(whole)}-")[0] == 416


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/channel.json",
        "/episodes/channel.json",
        "/episodes/reference.json",
        "/episodes/../../secret.txt",
        "/episodes/..%2f..%2fsecret.txt",
        "/../secret.txt",
        "//etc/passwd",
        "/episodes/demo-2.opus",
    ],
)
def test_only_episodes_are_served(feed: str, path: str) -> None:
    """No other file of the folder, none above it, and none for an episode that is gone."""
    assert ask(feed, path)[0] == 404


def test_server_says_nothing_and_ends_with_its_block(channel: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Requests are not printed between the lines of the demo, and the port is free again afterwards."""
    with serve(channel) as url:
        ask(url, "/feed.xml")
        ask(url, "/none")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ConnectionError):
        ask(url, "/feed.xml")
