"""A source whose site refuses us is left alone, longer each time, and its videos stay as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.store.databases import run, scalar
from tests.store.publications import video
from whosaid.store import Archive
from whosaid.types import VideoState

CHANNEL = "https://www.youtube.com/@someone"


def _length(archive: Archive) -> timedelta:
    return scalar(archive, "SELECT until - now() FROM paused_sources")


def _end(archive: Archive) -> None:
    run(archive, "UPDATE paused_sources SET until = now()")


def test_a_pause_says_why_and_until_when(archive: Archive) -> None:
    """While it lasts it is found under its address alone, with the words of the refusal."""
    made = archive.pause_source(CHANNEL, "5 refusals in a row,\nthe last: '; DROP TABLE videos")
    assert archive.paused(CHANNEL) == made
    assert made.reason.startswith("5 refusals in a row")
    assert archive.paused(CHANNEL + "/videos") is None


def test_a_pause_that_is_over_holds_nobody(archive: Archive) -> None:
    """After its end the source may be asked, with nothing to be done about it."""
    archive.pause_source(CHANNEL, "not a bot")
    _end(archive)
    assert archive.paused(CHANNEL) is None


def test_each_pause_is_twice_as_long_up_to_a_day(archive: Archive) -> None:
    """A site that refuses again after an hour is asked after two, four, at last once a day."""
    hours: list[int] = []
    for _ in range(7):
        archive.pause_source(CHANNEL, "not a bot")
        hours.append(round(_length(archive) / timedelta(hours=1)))
        _end(archive)
    assert hours == [1, 2, 4, 8, 16, 24, 24]


def test_runs_that_are_refused_together_make_one_pause(archive: Archive) -> None:
    """What several workers find out at once counts once."""
    with ThreadPoolExecutor(4) as pool:
        pauses = list(pool.map(lambda _: archive.pause_source(CHANNEL, "not a bot"), range(4)))
    assert len({pause.until for pause in pauses}) == 1
    assert {pause.pauses for pause in pauses} == {1}


def test_a_source_that_answers_again_starts_afresh(archive: Archive) -> None:
    """Resuming ends the pause, and the next is short again."""
    for _ in range(3):
        archive.pause_source(CHANNEL, "not a bot")
        _end(archive)
    assert archive.resume_source(CHANNEL)
    assert not archive.resume_source(CHANNEL)
    assert archive.pause_source(CHANNEL, "not a bot").pauses == 1


def test_the_backlog_stays_as_it_is(archive: Archive) -> None:
    """The videos of a paused source are neither failed nor unavailable."""
    archive.discover([video()])
    archive.pause_source(CHANNEL, "not a bot")
    assert archive.standings([video()])[0].state is VideoState.discovered
    assert archive.due([video()], "print-1", "names-1") == (video(),)
