"""Sites that no test may ask: what they would say is put in the place of their answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from whosaid.errors import BlockedError, SourceError
from whosaid.media.refusals import SiteError
from whosaid.media.session import Entry, Session
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Access, Accessible, Unavailability, Unavailable, Video

CHANNEL = "UC" + "a" * 22
VIDEO = Video("youtube", "abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk", "title", "channel")
Answer = Callable[[str, dict[str, Any]], Entry]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    def put(speak: Answer) -> None:
        monkeypatch.setattr(Session, "extract", lambda _, url, options=None: speak(url, options or {}))

    return put


def check(answer: Callable[[Answer], None], entry: Entry | SiteError) -> Access:
    def speak(*_: object) -> Entry:
        if isinstance(entry, SiteError):
            raise entry
        return entry

    answer(speak)
    return YtDlp(VIDEO.url).check(VIDEO)


def test_channel_by_handle_is_listed_by_its_uploads(answer: Callable[[Answer], None]) -> None:
    """A handle costs one short look at its tab for the channel's id, then the uploads playlist is listed."""
    asked: list[tuple[str, Any]] = []
    upload = Entry(ie_key="Youtube", id="abcdefghijk", url=VIDEO.url, title="On sleep", duration=61)

    def speak(url: str, options: dict[str, Any]) -> Entry:
        asked.append((url, options["playlist_items"]))
        return Entry(channel_id=CHANNEL, channel="Sleepers", title="Uploads", entries=(upload, upload))

    answer(speak)
    listing = YtDlp("https://www.youtube.com/@sleepers/videos").list()
    uploads = f"https://www.youtube.com/playlist?list=UU{'a' * 22}"
    assert asked == [("https://www.youtube.com/@sleepers/videos", "1"), (uploads, "1:")]
    assert listing.videos == (Video("youtube", "abcdefghijk", VIDEO.url, "On sleep", "Sleepers", duration=61),)


def test_entries_that_are_lists_are_opened(answer: Callable[[Answer], None]) -> None:
    """What a site nests (a channel of playlists that it lists at once) is one flat listing; gaps are passed over."""
    inner = Entry(title="inner", entries=(Entry(ie_key="Vimeo", id="2", url="https://vimeo.com/2"), None))
    answer(
        lambda *_: Entry(title="outer", entries=(Entry(ie_key="Vimeo", id="1", url="https://vimeo.com/1"), None, inner))
    )
    assert [video.id for video in YtDlp("https://vimeo.com/x").list().videos] == ["vimeo:1", "vimeo:2"]


def test_source_that_refuses_to_be_listed_is_an_error(answer: Callable[[Answer], None]) -> None:
    """A private playlist is an error of the source, with the site's words and a remedy."""

    def speak(*_: object) -> Entry:
        raise SiteError("This playlist is private. Sign in to see it")

    answer(speak)
    with pytest.raises(SourceError, match=r"private.*cookies"):
        YtDlp("https://www.youtube.com/playlist?list=PL1").list()


@pytest.mark.parametrize(
    ("status", "reason"),
    [("is_upcoming", Unavailability.upcoming), ("is_live", Unavailability.live), ("post_live", Unavailability.live)],
)
def test_broadcast_that_is_not_over_waits(
    answer: Callable[[Answer], None], status: str, reason: Unavailability
) -> None:
    """A broadcast to come, in progress or not yet whole is not fetched now and is looked at again later."""
    access = check(answer, Entry(live_status=status))
    assert isinstance(access, Unavailable)
    assert access.reason is reason
    assert not reason.final


@pytest.mark.parametrize("status", ["was_live", "not_live", None])
def test_finished_video_is_accessible(answer: Callable[[Answer], None], status: str | None) -> None:
    """What is over, or never was live, can be fetched."""
    assert check(answer, Entry(live_status=status)) == Accessible()


def test_refusal_of_a_site_is_typed_or_raised(answer: Callable[[Answer], None]) -> None:
    """A private video is an answer; a bot check is none, and says what helps."""
    access = check(answer, SiteError("Private video. Sign in if you've been granted access"))
    assert isinstance(access, Unavailable)
    assert access.reason is Unavailability.private
    with pytest.raises(BlockedError, match=r"youtube:abcdefghijk cannot be checked.*cookies"):
        check(answer, SiteError("Sign in to confirm you're not a bot"))
