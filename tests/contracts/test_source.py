"""What every source keeps to, wherever its videos lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.media_site import Item, Reply, open_site, tone, write_media
from whosaid.errors import FetchError, MediaError, SourceError
from whosaid.media import Network, Source
from whosaid.media.fetching import fetch_audio
from whosaid.media.folder import LocalFolder
from whosaid.media.library import AudioLibrary
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Accessible, Unavailability, Unavailable

NAMES = ("monologue", "interview", "panel")


@dataclass(frozen=True)
class Case:
    """A source of three recordings, one that is empty, and how a recording is taken away or spoilt."""

    source: Source
    empty: Source
    remove: Callable[[str], object]
    spoil: Callable[[str], object]


def folder_case(recordings: Path) -> Iterator[Case]:
    (recordings.parent / "empty").mkdir()
    yield Case(
        LocalFolder(recordings),
        LocalFolder(recordings.parent / "empty"),
        remove=lambda name: (recordings / f"{name}.opus").unlink(),
        spoil=lambda name: (recordings / f"{name}.opus").write_bytes(b"noise" * 1000),
    )


def feed_case(recordings: Path) -> Iterator[Case]:
    with open_site() as site:
        site.replies |= {f"/{name}.opus": Reply((recordings / f"{name}.opus").read_bytes()) for name in NAMES}
        feed = site.feed([Item(f"/{name}.opus", guid=name, title=name) for name in NAMES])
        yield Case(
            YtDlp(feed, Network(timeout=5, retries=1)),
            YtDlp(site.feed([], path="/empty.xml"), Network(timeout=5, retries=1)),
            remove=lambda name: site.replies.pop(f"/{name}.opus"),
            spoil=lambda name: site.replies.update({f"/{name}.opus": Reply(b"noise" * 1000)}),
        )


@pytest.fixture(params=[folder_case, feed_case], ids=["folder", "yt-dlp"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for number, name in enumerate(NAMES, start=1):
        write_media(recordings / f"{name}.opus", tone(number, hertz=200 * number))
    yield from request.param(recordings)


def test_listing_names_every_video_once_and_again_the_same(case: Case) -> None:
    """Two listings of an unchanged source are equal, ids are unique, nothing is nameless."""
    listing = case.source.list()
    assert listing == case.source.list()
    assert {video.title for video in listing.videos} == set(NAMES)
    assert len({video.id for video in listing.videos}) == len(NAMES)
    assert all(video.kind and video.external_id and video.url and video.channel for video in listing.videos)


def test_empty_source_is_an_error(case: Case) -> None:
    """A source that lists nothing is a mistake of the request."""
    with pytest.raises(SourceError, match="lists no videos"):
        case.empty.list()


def test_check_tells_what_is_there_from_what_is_gone(case: Case) -> None:
    """What is listed can be fetched; what is taken away afterwards is removed, the others are not."""
    gone, *others = sorted(case.source.list().videos, key=lambda video: video.title)
    case.remove(gone.title)
    access = case.source.check(gone)
    assert isinstance(access, Unavailable)
    assert access.reason is Unavailability.removed
    assert access.detail
    assert [case.source.check(video) for video in others] == [Accessible(), Accessible()]


def test_fetching_a_video_that_is_gone_is_a_fetch_error(case: Case, tmp_path: Path) -> None:
    """Between check and fetch a video may vanish: an error that names it."""
    video = case.source.list().videos[0]
    case.remove(video.title)
    with pytest.raises(FetchError) as refusal:
        case.source.fetch(video, tmp_path)
    assert video.id in str(refusal.value)


def test_audio_of_every_video_ends_in_the_library(case: Case, tmp_path: Path) -> None:
    """Fetched and decoded, each recording is as long as it was made, found by its digest, and the scratch is empty."""
    library, scratch = AudioLibrary(tmp_path / "library"), tmp_path / "scratch"
    videos = case.source.list().videos
    audios = [fetch_audio(case.source, video, library, scratch) for video in videos]
    seconds = {video.title: audio.duration for video, audio in zip(videos, audios, strict=True)}
    assert seconds == pytest.approx({"monologue": 1.0, "interview": 2.0, "panel": 3.0}, abs=0.05)
    assert [len(library.read(audio)) for audio in audios] == [round(audio.duration * 16_000) for audio in audios]
    assert not list(scratch.iterdir())


def test_no_captions_are_none(case: Case, tmp_path: Path) -> None:
    """A recording without captions says so, whatever language is asked for, and leaves nothing behind."""
    video = case.source.list().videos[0]
    assert [case.source.captions(video, language, tmp_path / "captions") for language in (None, "en")] == [None, None]
    assert not (tmp_path / "captions").exists()


def test_fetching_again_gives_the_same_audio(case: Case, tmp_path: Path) -> None:
    """The digest of a recording does not depend on when or how often it is fetched."""
    video = case.source.list().videos[0]
    audios = {
        fetch_audio(case.source, video, AudioLibrary(tmp_path / place), tmp_path / "scratch") for place in ("a", "b")
    }
    assert len(audios) == 1


def test_spoilt_and_cut_recordings_are_refused_and_leave_nothing(case: Case, tmp_path: Path) -> None:
    """Noise in place of media, or less than was listed: an error that names the video, and no file anywhere."""
    library, scratch = AudioLibrary(tmp_path / "library"), tmp_path / "scratch"
    noise, longer, _ = case.source.list().videos
    case.spoil(noise.title)
    for video in (noise, replace(longer, duration=60.0)):
        with pytest.raises(MediaError) as refusal:
            fetch_audio(case.source, video, library, scratch)
        assert str(refusal.value).startswith(video.id)
    assert not list(scratch.iterdir())
    assert not library.root.exists()
