"""Which videos of a listing a run is for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from whosaid.errors import ConfigurationError
from whosaid.selection import Selection
from whosaid.types import Video


def video(title: str, day: int | None = 1, duration: float | None = 600.0) -> Video:
    published = None if day is None else datetime(2026, 1, day, 23, 59, tzinfo=UTC)
    return Video("feed", title, f"https://example.org/{title}", title, "A channel", published, duration)


def titles(selection: Selection, *videos: Video) -> list[str]:
    return [each.title for each in selection.choose(videos)]


def test_without_wishes_all_are_chosen_as_listed() -> None:
    """Nothing is left out, nothing moved."""
    assert titles(Selection(), video("b", 1), video("a", 3), video("c", None, None)) == ["b", "a", "c"]


def test_newest_first_puts_those_without_a_date_last() -> None:
    """Videos of one day stay in the order of the listing."""
    chosen = titles(
        Selection(newest_first=True), video("old", 1), video("none", None), video("new", 5), video("too", 5)
    )
    assert chosen == ["new", "too", "old", "none"]


def test_days_count_to_their_ends() -> None:
    """Both days belong to what is asked for."""
    january = [video(f"{day}", day) for day in range(1, 6)]
    assert titles(Selection(since=date(2026, 1, 2), until=date(2026, 1, 4)), *january) == ["2", "3", "4"]


def test_a_video_without_a_date_is_neither_before_nor_after() -> None:
    """It is not silently taken or left out."""
    with pytest.raises(ConfigurationError, match="feed:undated is listed without a date"):
        Selection(since=date(2026, 1, 2)).choose([video("undated", None)])
    assert titles(Selection(since=date(2026, 1, 2), exclude=("undated",)), video("undated", None)) == []


def test_durations_bind_where_they_are_known() -> None:
    """Both bounds are allowed; a video of unknown length is only known to be long once it is fetched."""
    asked = Selection(min_duration=60, max_duration=600)
    videos = video("short", duration=59), video("fits", duration=600), video("long", duration=601)
    assert titles(asked, *videos, video("unknown", duration=None)) == ["fits", "unknown"]


def test_titles_are_searched_whatever_their_case() -> None:
    """One of the included has to be found, none of the excluded may be."""
    asked = Selection(include=("interview", "^talk"), exclude=("trailer",))
    found = titles(asked, video("An Interview"), video("Talk 3"), video("Small talk"), video("Interview: Trailer"))
    assert found == ["An Interview", "Talk 3"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"include": ["("]}, "no regular expression"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "after until"),
        ({"min_duration": 9, "max_duration": 1}, "above max_duration"),
        ({"newest": True}, "not permitted"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wrong: dict[str, object], why: str) -> None:
    """In the form as in the code."""
    with pytest.raises(ValidationError, match=why):
        Selection.model_validate(wrong)
