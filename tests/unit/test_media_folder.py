import shutil
from pathlib import Path

import pytest

from tests.media_site import tone, write_media
from whosaid import canonical
from whosaid.errors import FetchError, SourceError
from whosaid.media import Network, open_source
from whosaid.media.folder import LocalFolder
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Unavailable, Video


def touch(folder: Path, *names: str) -> LocalFolder:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return LocalFolder(folder)


def test_media_files_are_listed_in_order_of_their_paths(tmp_path: Path) -> None:
    """Audio and video at any depth, whatever the case of the suffix; no notes, no hidden files, no folders."""
    source = touch(tmp_path, "b.MP3", "a/2.opus", "a/1.mkv", "notes.txt", "._b.mp3", ".trash/c.mp3")
    (tmp_path / "folder.mp3").mkdir()
    listing = source.list()
    assert [video.title for video in listing.videos] == ["1", "2", "b"]
    assert {video.channel for video in listing.videos} == {listing.title} == {tmp_path.name}


def test_same_names_in_two_folders_are_two_videos(tmp_path: Path) -> None:
    """Every podcast has a 01.mp3: one folder's must not count as another's."""
    ids = {touch(tmp_path / name, "01.mp3").list().videos[0].id for name in ("one", "two")}
    assert len(ids) == 2


@pytest.mark.parametrize("names", [[], ["notes.txt"], [".hidden.mp3"]])
def test_folder_without_media_is_an_error(tmp_path: Path, names: list[str]) -> None:
    """Nothing to ingest is said, with what was looked for."""
    with pytest.raises(SourceError, match=r"lists no videos.*\.opus"):
        touch(tmp_path, *names).list()


@pytest.mark.parametrize(
    "name", ["a b#c?d%20e.mp3", "schlaf-ü-😴.mp3", "'; DROP TABLE videos.mp3", "a\nb.mp3", "caf\udce9.mp3"]
)
def test_any_file_name_finds_its_way(tmp_path: Path, name: str) -> None:
    """Names with URL characters, line ends or bytes that are no UTF-8 are listed, written as JSON and found again."""
    source = touch(tmp_path, name)
    (video,) = source.list().videos
    again: Video = canonical.from_json(Video, canonical.to_json(video))
    assert source.fetch(again, tmp_path) == tmp_path / name
    assert "\n" not in video.id + video.title


def test_vanished_folder_is_not_an_answer(tmp_path: Path) -> None:
    """An unmounted disk must not mark every video as removed; a single missing file is removed."""
    source = touch(tmp_path / "disk", "a.mp3", "b.mp3")
    first, second = source.list().videos
    (tmp_path / "disk" / "a.mp3").unlink()
    assert isinstance(source.check(first), Unavailable)
    with pytest.raises(FetchError, match="no longer there"):
        source.fetch(first, tmp_path)
    shutil.rmtree(tmp_path / "disk")
    with pytest.raises(FetchError, match="mount it"):
        source.check(second)


def test_fetching_copies_nothing(tmp_path: Path) -> None:
    """The file is read where it lies."""
    file = write_media(tmp_path / "a.opus", tone(1.0))
    source = LocalFolder(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert source.fetch(source.list().videos[0], scratch) == file
    assert not list(scratch.iterdir())


def test_address_decides_the_source(tmp_path: Path) -> None:
    """A folder is read as one, an http(s) address by yt-dlp with the settings given."""
    network = Network(retries=0)
    assert open_source(str(tmp_path)) == LocalFolder(tmp_path)
    source = open_source("https://example.org/feed.xml", network)
    assert isinstance(source, YtDlp)
    assert source.network is network


@pytest.mark.parametrize(
    "address", ["", "no/such/folder", "ftp://example.org/a", "file:///etc", "example.org/feed", "ytsearch:sleep"]
)
def test_other_addresses_are_refused(address: str) -> None:
    """A missing path, an unknown scheme and a search are refused in one line, before anything is asked of anyone."""
    with pytest.raises(SourceError, match="neither an existing folder nor an http") as refusal:
        open_source(address)
    assert "\n" not in str(refusal.value)
