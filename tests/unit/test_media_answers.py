"""A site is asked once for each video, and again only when its answer no longer serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_site import Reply, Site, open_site, opus
from whosaid.errors import BlockedError, FetchError
from whosaid.media import Network
from whosaid.media.answers import LASTING, MOST, Answers
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Accessible, Video


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as running:
        yield running


@pytest.fixture
def source(site: Site, tmp_path: Path) -> YtDlp:
    """A page with a player and captions, as one of a site that videos are looked up on."""
    site.replies["/talk.opus"] = Reply(opus(tmp_path, 1.0))
    site.replies["/talk.en.vtt"] = Reply(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", kind="text/vtt")
    return YtDlp(site.page("/talk.html", "/talk.opus", ["en"]), Network(timeout=2, retries=0))


@pytest.fixture
def video(source: YtDlp) -> Video:
    return Video("somesite", "talk", source.address, "A talk", "A channel")


def looks(site: Site) -> int:
    return site.asked.count(("GET", "/talk.html"))


def test_check_download_and_captions_look_once(site: Site, source: YtDlp, video: Video, tmp_path: Path) -> None:
    """What the check found is what is downloaded, with no further look at the page: pace is what looks cost."""
    assert source.check(video) == Accessible()
    file = source.fetch(video, tmp_path)
    captions = source.captions(video, "en", tmp_path)
    assert file.read_bytes() == site.replies["/talk.opus"].body
    assert captions is not None
    assert captions.file.read_bytes() == site.replies["/talk.en.vtt"].body
    assert looks(site) == 1


def test_an_address_that_ran_out_is_looked_up_again(site: Site, source: YtDlp, video: Video, tmp_path: Path) -> None:
    """Where the media has moved since the check, the page says where to."""
    source.check(video)
    site.replies["/moved.opus"] = site.replies.pop("/talk.opus")
    site.page("/talk.html", "/moved.opus", [])
    assert source.fetch(video, tmp_path).read_bytes() == site.replies["/moved.opus"].body
    assert looks(site) == 2


def test_what_is_gone_is_an_error_after_a_second_look(site: Site, source: YtDlp, video: Video, tmp_path: Path) -> None:
    """A download that fails by the old answer and by a new one fails."""
    source.check(video)
    del site.replies["/talk.opus"]
    with pytest.raises(FetchError, match="somesite:talk cannot be fetched"):
        source.fetch(video, tmp_path)
    assert looks(site) == 2


def test_a_site_that_refuses_us_is_not_asked_again(site: Site, source: YtDlp, video: Video, tmp_path: Path) -> None:
    """Too many requests are no reason for one more."""
    source.check(video)
    site.replies["/talk.opus"] = Reply(status=429)
    with pytest.raises(BlockedError):
        source.fetch(video, tmp_path)
    assert looks(site) == 1


def test_every_check_asks_anew(site: Site, source: YtDlp, video: Video) -> None:
    """Whether a video is there is not remembered."""
    source.check(video)
    source.check(video)
    assert looks(site) == 2


def test_answers_last_an_hour_and_cannot_be_changed() -> None:
    """Each who finds an answer gets a copy of what was said; after an hour nothing is found."""
    now = [0.0]
    answers, said = Answers(lambda: now[0]), {"formats": [{"url": "a"}]}
    answers.keep("page", said)
    said["formats"].clear()
    found = answers.find("page")
    assert found == {"formats": [{"url": "a"}]}
    found["formats"].clear()
    assert answers.find("page") == {"formats": [{"url": "a"}]}
    assert answers.find("other") is None
    now[0] = LASTING
    assert answers.find("page") is None


def test_only_the_latest_answers_are_kept() -> None:
    """A run over thousands of videos holds no more than those it is at work on."""
    answers = Answers()
    for number in range(MOST + 10):
        answers.keep(str(number), {"id": number})
        answers.keep("first", {"id": "kept fresh"})
    assert [answers.find(str(number)) is not None for number in (0, 10, MOST + 9)] == [False, False, True]
    assert answers.find("first") is not None
