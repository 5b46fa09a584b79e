"""The real yt-dlp against a site that answers as badly as sites do."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr

from tests.media_site import Item, Reply, Site, open_site, opus
from whosaid.errors import BlockedError, FetchError, MediaError, SourceError, WhosaidError
from whosaid.media import Network, ytdlp
from whosaid.media.decoding import decode
from whosaid.media.fetching import fetch_audio
from whosaid.media.library import AudioLibrary
from whosaid.media.pace import Pace
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Accessible, Unavailability, Unavailable, Video

HASTY = Network(timeout=2, retries=1)
HOSTILE = [
    "../../../etc/cron.d/x",
    "<script>alert(1)</script>",
    "long " * 60,
    "sleep 😴 well",
    "%(id)s ${HOME} `id`",
    "a\nb",
]


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as running:
        yield running


@pytest.fixture
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return opus(tmp_path_factory.mktemp("media"))


def podcast(site: Site, *items: Item) -> YtDlp:
    return YtDlp(site.feed(items), HASTY)


def only(source: YtDlp) -> Video:
    (video,) = source.list().videos
    return video


def test_item_carries_what_the_feed_says(site: Site) -> None:
    """Identity, address, title, channel, date and length of an item come from the feed itself."""
    source = podcast(site, Item("/1.opus", guid="talk-on-sleep", title="On sleep", duration="1:02:03"))
    assert source.list().title == "A podcast"
    assert only(source) == Video(
        kind="feed",
        external_id="talk-on-sleep",
        url=site.url("/1.opus"),
        title="On sleep",
        channel="A podcast",
        published_at=datetime(2026, 1, 5, 8, tzinfo=UTC),
        duration=3723,
    )


def test_listing_asks_for_the_feed_alone(site: Site) -> None:
    """Listing a hundred items costs one request, not a hundred, and keeps the order of the feed."""
    source = podcast(site, *(Item(f"/{n}.opus", guid=str(n)) for n in range(100)))
    assert [video.external_id.split("/")[-1] for video in source.list().videos] == [str(n) for n in range(100)]
    assert site.asked == [("GET", "/feed.xml")]


def test_item_without_guid_is_known_by_its_address(site: Site) -> None:
    """Where the feed gives no identity, the address of the file is one; its base name would not be."""
    source = podcast(site, Item("/a/01.opus"), Item("/b/01.opus"))
    assert [video.external_id for video in source.list().videos] == [site.url("/a/01.opus"), site.url("/b/01.opus")]


def test_duplicate_guids_are_listed_once(site: Site) -> None:
    """An item that is listed twice is one video, the first mention counts and keeps its place."""
    listing = podcast(
        site, Item("/1.opus", "x", title="first"), Item("/2.opus", "y"), Item("/1.opus", "x", title="again")
    ).list()
    assert [video.title for video in listing.videos] == ["first", "An episode"]


def test_items_of_two_feeds_with_one_guid_are_two_videos(site: Site) -> None:
    """Every podcast that counts has an item 1: the one that is done must not hide the other."""
    feeds = [site.feed([Item(f"/{name}/1.opus", guid="1")], path=f"/{name}.xml") for name in ("a", "b")]
    assert len({only(YtDlp(feed, HASTY)).id for feed in feeds}) == 2


def test_empty_feed_is_an_error(site: Site) -> None:
    """A feed without items is said to be one, with no vendor's words."""
    with pytest.raises(SourceError, match="lists no videos"):
        podcast(site).list()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"error": "no such podcast"}', kind="application/json"),
        Reply(b"just text", kind="text/plain"),
        Reply(b"<html><body>A page about podcasts</body></html>", kind="text/html"),
        Reply(b"<?xml version='1.0'?><rss><channel>", kind="application/rss+xml"),
        Reply(b"", kind="text/html"),
        Reply(status=404),
        Reply(status=503),
    ],
)
def test_page_that_is_no_feed_is_an_error_of_the_source(site: Site, reply: Reply) -> None:
    """Wrong, broken and missing pages are refused in one line that names the address."""
    site.replies["/feed.xml"] = reply
    with pytest.raises(SourceError, match=site.url("/feed.xml")) as refusal:
        YtDlp(site.url("/feed.xml"), HASTY).list()
    assert "\n" not in str(refusal.value)


def test_unreachable_port_fails_at_once() -> None:
    """A dead address is an error of the source within seconds, not after a ladder of retries."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        start = time.monotonic()
        with pytest.raises(SourceError, match="cannot be listed"):
            YtDlp(f"http://127.0.0.1:{unused.getsockname()[1]}/feed.xml", HASTY).list()
    assert time.monotonic() - start < 5


def test_silent_server_is_given_up_after_the_timeout(site: Site) -> None:
    """A server that accepts and says nothing costs the timeout, no more."""
    site.replies["/feed.xml"] = Reply(delay=4)
    start = time.monotonic()
    with pytest.raises(SourceError, match="cannot be listed"):
        YtDlp(site.url("/feed.xml"), Network(timeout=0.5, retries=0)).list()
    assert time.monotonic() - start < 3


def test_redirected_feed_and_item_are_followed(site: Site, sound: bytes, tmp_path: Path) -> None:
    """Feeds move and enclosures go through counters: both are followed, the guid stays."""
    site.feed([Item("/count/1.opus", guid="talk-on-sleep")])
    site.replies["/old"] = Reply(status=301, headers={"Location": site.url("/feed.xml")})
    site.replies["/count/1.opus"] = Reply(status=302, headers={"Location": site.url("/1.opus")})
    site.replies["/1.opus"] = Reply(sound)
    source = YtDlp(site.url("/old"), HASTY)
    video = only(source)
    assert video.external_id == "talk-on-sleep"
    assert source.check(video) == Accessible()
    assert source.fetch(video, tmp_path).read_bytes() == sound


@pytest.mark.parametrize(
    ("status", "reason"), [(404, Unavailability.removed), (410, Unavailability.removed), (401, Unavailability.private)]
)
def test_missing_and_locked_items_are_answers(site: Site, status: int, reason: Unavailability) -> None:
    """What the site says of an item is typed, with its own words beside."""
    source = podcast(site, Item("/1.opus", "x"))
    site.replies["/1.opus"] = Reply(status=status)
    access = source.check(only(source))
    assert isinstance(access, Unavailable)
    assert access.reason is reason
    assert str(status) in access.detail


@pytest.mark.parametrize(
    "reply", [Reply(status=500), Reply(status=503), Reply(status=429), Reply(status=403), Reply(delay=3)]
)
def test_trouble_at_the_check_is_not_an_answer(site: Site, reply: Reply) -> None:
    """Broken, busy, refusing and silent servers raise: the video may be there."""
    source = YtDlp(site.feed([Item("/1.opus", "x")]), Network(timeout=0.5, retries=0))
    site.replies["/1.opus"] = reply
    with pytest.raises(FetchError, match=r"feed:\S+/x cannot be checked"):
        source.check(only(source))


def test_too_many_requests_block_check_and_download_alike(site: Site, tmp_path: Path) -> None:
    """A site that refuses us says so by a kind of its own, which is not tried again at once."""
    source = podcast(site, Item("/1.opus", "x"))
    video = only(source)
    site.replies["/1.opus"] = Reply(status=429)
    for ask in (lambda: source.check(video), lambda: source.fetch(video, tmp_path)):
        with pytest.raises(BlockedError, match=r"feed:\S+/x cannot be .*; wait an hour") as refusal:
            ask()
        assert not refusal.value.transient


def test_all_who_ask_a_site_share_its_pace(site: Site, sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks from many threads draw on one allowance, and what they wait counts as waiting of their stage."""
    slept: list[float] = []
    monkeypatch.setattr(ytdlp, "Pace", partial(Pace, clock=lambda: 0.0, sleep=slept.append))
    site.replies["/1.opus"] = Reply(sound)
    source = YtDlp(site.feed([Item("/1.opus", "x")]), Network(timeout=2, requests_per_minute=3))
    video = only(source)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(source.check, [video] * 5)) == [Accessible()] * 5
    assert sorted(slept) == [20, 40, 60]


def test_check_reads_no_media(site: Site, sound: bytes) -> None:
    """A check asks by HEAD alone; only where HEAD is refused does it open, and not read, the file."""
    source = podcast(site, Item("/1.opus", "x"), Item("/2.opus", "y"))
    site.replies |= {"/1.opus": Reply(sound), "/2.opus": Reply(sound, heads=False)}
    first, second = source.list().videos
    assert (source.check(first), source.check(second)) == (Accessible(), Accessible())
    assert site.asked[1:] == [("HEAD", "/1.opus"), ("HEAD", "/2.opus"), ("GET", "/2.opus")]


def test_titles_and_guids_never_become_paths(site: Site, sound: bytes, tmp_path: Path) -> None:
    """Whatever a stranger writes into a feed, the file lies in the folder that was given, and the title is one line."""
    source = podcast(site, *(Item("/1.opus", guid=title, title=title) for title in HOSTILE))
    site.replies["/1.opus"] = Reply(sound, headers={"Content-Disposition": 'attachment; filename="../../up.opus"'})
    videos = source.list().videos
    assert [video.title for video in videos] == [" ".join(title.split()) for title in HOSTILE]
    for video in videos:
        with TemporaryDirectory(dir=tmp_path) as inside:
            file = source.fetch(video, Path(inside))
            assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
            assert file.parent == Path(inside)


def test_page_in_place_of_media_is_refused(site: Site, tmp_path: Path) -> None:
    """A login page with status 200 is no media, whether it says so or claims to be audio."""
    page = b"<!DOCTYPE html><html><body>Please log in</body></html>"
    source = podcast(site, Item("/1.opus", "x"), Item("/2.opus", "y"))
    site.replies |= {"/1.opus": Reply(page, kind="text/html"), "/2.opus": Reply(page, kind="audio/ogg")}
    for video in source.list().videos:
        with pytest.raises(MediaError, match=video.id):
            fetch_audio(source, video, AudioLibrary(tmp_path / "library"), tmp_path / "scratch")


@pytest.mark.parametrize("reply", [Reply(status=404), Reply(status=500), Reply(b"x" * 50_000, sent=10_000), Reply(b"")])
def test_download_that_breaks_off_is_a_fetch_error(site: Site, tmp_path: Path, reply: Reply) -> None:
    """A body that ends early, nothing at all, or an error: a failed fetch, which may be tried again."""
    source = podcast(site, Item("/1.opus", "x"))
    site.replies["/1.opus"] = reply
    with pytest.raises(FetchError, match=r"feed:\S+/x ") as refusal:
        source.fetch(only(source), tmp_path)
    assert refusal.value.transient
    assert "caused by" not in str(refusal.value)


@pytest.mark.parametrize(
    ("body", "duration", "cause"),
    [("corrupt", "3", "corrupt"), ("cut", "3", "cut short"), ("whole", "30", "cut short")],
)
def test_file_that_does_not_hold_what_was_listed_is_refused(
    site: Site, sound: bytes, tmp_path: Path, body: str, duration: str, cause: str
) -> None:
    """Noise, a cut file and one far shorter than listed: refused by cause; nothing of it is kept."""
    bodies = {"corrupt": bytes(range(256)) * 100, "cut": sound[: len(sound) // 2], "whole": sound}
    source = podcast(site, Item("/1.opus", "x", duration=duration))
    site.replies["/1.opus"] = Reply(bodies[body])
    with pytest.raises(MediaError, match=rf"feed:\S+/x: .*{cause}"):
        fetch_audio(source, only(source), AudioLibrary(tmp_path / "library"), tmp_path / "scratch")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_slow_download_ends_at_its_deadline(site: Site, tmp_path: Path) -> None:
    """A download that crawls on for ever is given up as one that may be tried again."""
    source = YtDlp(site.feed([Item("/1.opus", "x")]), Network(deadline=0.5, bytes_per_second=20_000))
    site.replies["/1.opus"] = Reply(b"x" * 2_000_000)
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"not fetched after 0 s|not fetched after 1 s"):
        source.fetch(only(source), tmp_path)
    assert time.monotonic() - start < 10


def test_file_above_the_limit_is_not_fetched(site: Site, sound: bytes, tmp_path: Path) -> None:
    """A file larger than is wanted is refused by its announced size."""
    source = YtDlp(site.feed([Item("/1.opus", "x")]), Network(largest=1000))
    site.replies["/1.opus"] = Reply(sound)
    with pytest.raises(FetchError, match="larger than the limit"):
        source.fetch(only(source), tmp_path)
    assert not list(tmp_path.iterdir())


def test_item_that_is_a_list_is_refused(site: Site, tmp_path: Path) -> None:
    """An enclosure that leads to another feed is not replaced by whatever comes first there."""
    inner = site.feed([Item("/1.opus", "x")], path="/inner.xml")
    source = podcast(site, Item("/inner.xml", "y"))
    site.replies["/1.opus"] = Reply(b"OggS" * 100)
    with pytest.raises(MediaError, match=f"is a list of videos, not one; give {inner}"):
        source.fetch(only(source), tmp_path)


def test_enclosure_cannot_read_local_files(site: Site, tmp_path: Path) -> None:
    """A feed that names a file of this machine does not get it."""
    (tmp_path / "secret.opus").write_bytes(b"secret")
    source = podcast(site, Item("/1.opus", "x"))
    video = Video("feed", "x", (tmp_path / "secret.opus").as_uri(), "title", "channel")
    for ask in (lambda: source.check(video), lambda: source.fetch(video, tmp_path / "out")):
        with pytest.raises(FetchError, match="feed:x"):
            ask()


def test_single_file_is_a_source_of_one(site: Site, sound: bytes, tmp_path: Path) -> None:
    """The address of a media file lists that file, known by its address."""
    site.replies["/talk.opus"] = Reply(sound)
    source = YtDlp(site.url("/talk.opus"), HASTY)
    video = only(source)
    assert (video.kind, video.external_id, video.channel) == ("feed", site.url("/talk.opus"), "127.0.0.1")
    assert len(decode(source.fetch(video, tmp_path))) == pytest.approx(48_000, abs=800)


def test_pages_with_players_are_known_by_their_addresses(site: Site) -> None:
    """A page is known by its address, not by the last part of it; players that share a page, by their files."""
    one, other = (YtDlp(site.page(path, "/talk.mp4", ()), HASTY) for path in ("/a/talk.html", "/b/talk.html"))
    players = b"<html><body><video src='/1.mp4'></video><video src='/2.mp4'></video></body></html>"
    site.replies["/two.html"] = Reply(players, kind="text/html")
    assert [only(source).id for source in (one, other)] == [f"feed:{site.url(f'/{each}/talk.html')}" for each in "ab"]
    both = YtDlp(site.url("/two.html"), HASTY).list().videos
    assert [(video.external_id, video.url) for video in both] == [
        (site.url(path),) * 2 for path in ("/1.mp4", "/2.mp4")
    ]


def test_nothing_is_printed(site: Site, sound: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What yt-dlp has to say goes to the log of its caller, whether it succeeds or fails."""
    said: list[str] = []
    log = logging.Logger("test")
    log.addFilter(lambda record: bool(said.append(record.getMessage())))
    source = YtDlp(site.feed([Item("/1.opus", "x"), Item("/gone.opus", "y")]), HASTY, log=log)
    site.replies["/1.opus"] = Reply(sound)
    for video in source.list().videos:
        with suppress(WhosaidError):
            source.fetch(video, tmp_path)
    assert capfd.readouterr() == ("", "")
    assert any("generic" in line for line in said)


def test_loopback_is_reached_past_any_proxy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment would look for this machine elsewhere: it is not asked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert only(podcast(site, Item("/1.opus", "x"))).title == "An episode"


def test_cookies_are_sent_and_not_shown(site: Site, sound: bytes) -> None:
    """Cookies are used where they are given, and no representation of a source shows them."""
    site.replies["/1.opus"] = Reply(sound)
    jar = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret-value\n"
    source = YtDlp(site.feed([Item("/1.opus", "x")]), Network(timeout=2), SecretStr(jar))
    source.list()
    assert "session=secret-value" in site.cookies
    assert "secret-value" not in repr(source)
