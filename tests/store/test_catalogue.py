"""The catalogue knows where every video stands, and lists of any length take one statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from sqlalchemy import event

from tests.store.databases import run, scalar
from tests.store.publications import publication, video
from whosaid.errors import FetchError, MediaError
from whosaid.store import Archive
from whosaid.types import Unavailability, Unavailable, VideoState

PRINTS: Final = ("print-1", "names-1")


@pytest.fixture
def statements(archive: Archive) -> Iterator[list[str]]:
    """The statements that reach the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(archive.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(archive.database.engine, "before_cursor_execute", note)


def _wait(archive: Archive) -> timedelta:
    return scalar(archive, "SELECT next_attempt_at - updated_at FROM videos")


def _let_the_wait_pass(archive: Archive) -> None:
    run(archive, "UPDATE videos SET next_attempt_at = now() - interval '1 second'")


def test_discovering_again_refreshes_and_keeps_the_state(archive: Archive) -> None:
    """A new title is taken over; that the video is done, and what it knew of dates, is kept."""
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    assert archive.discover([replace(video(), published_at=moment)]) == 1
    archive.publish(publication())
    assert archive.discover([video(title="A better title"), video("two")]) == 1
    (standing,) = archive.standings([video()])
    assert standing.state is VideoState.done
    assert (standing.video.title, standing.video.published_at) == ("A better title", moment)


def test_a_video_listed_twice_is_one(archive: Archive) -> None:
    """Duplicates in a listing are one video, and due once."""
    assert archive.discover([video(), video()]) == 1
    assert archive.due([video(), video()], *PRINTS) == (video(),)


def test_a_listing_of_1500_takes_one_statement(archive: Archive, statements: list[str]) -> None:
    """Discovering and selecting from a long channel costs one statement each, and keeps the order."""
    listed = [video(f"{i * 7919 % 1500}") for i in range(1500)]
    assert archive.discover(listed) == 1500
    assert archive.due(listed, *PRINTS) == tuple(listed)
    assert archive.new_among(listed) == tuple(listed)
    assert len(statements) == 3


def test_three_new_ones_among_1500_are_found_by_one_statement_each(archive: Archive, statements: list[str]) -> None:
    """What a scheduled run asks of a channel that is almost finished does not grow with the channel."""
    listed = [video(f"{i}") for i in range(1503)]
    archive.discover(listed)
    run(
        archive,
        "UPDATE videos SET state = 'done', fingerprint = :content, naming = :names "
        "WHERE CAST(external_id AS integer) >= 3",
        content=PRINTS[0],
        names=PRINTS[1],
    )
    statements.clear()
    archive.discover(listed)
    due = archive.due(listed, *PRINTS)
    assert due == archive.new_among(due) == tuple(listed[:3])
    assert len(statements) == 3


def test_new_is_what_was_never_published(archive: Archive) -> None:
    """A video that failed or was refused before is as new as one not listed; one under other settings is not."""
    videos = [video(name) for name in ("listed", "failed", "upcoming", "unlisted", "stale", "broken since")]
    *never, stale, broken = videos
    archive.discover(never[:3])
    archive.record_failure(never[1], "fetch_audio", FetchError("timeout"))
    archive.record_unavailable(never[2], Unavailable(Unavailability.upcoming, "premieres in 3 days"))
    for published in (stale, broken):
        archive.publish(replace(publication(published), fingerprint="print-0"))
    archive.record_failure(broken, "transcribe", MediaError("broken"))
    assert archive.new_among([stale, *never, broken, never[0]]) == tuple(never)


def test_nothing_listed_is_nothing_due(archive: Archive) -> None:
    """An empty listing is no error."""
    assert archive.discover([]) == 0
    assert archive.due([], *PRINTS) == ()


def test_due_are_those_with_work_left(archive: Archive) -> None:
    """New ones and ones done or named under another fingerprint are due; done, failed and unavailable ones are not."""
    videos = [video(name) for name in ("new", "done", "stale", "misnamed", "failed", "gone", "unlisted")]
    new, done, stale, misnamed, failed, gone, unlisted = videos
    archive.discover(videos[:-1])
    archive.publish(publication(done))
    archive.publish(replace(publication(stale), fingerprint="print-0"))
    archive.publish(replace(publication(misnamed), naming="names-0"))
    archive.record_failure(failed, "fetch_audio", MediaError("cut short"))
    archive.record_unavailable(gone, Unavailable(Unavailability.removed, "HTTP 404"))
    assert archive.due(videos, *PRINTS) == (new, stale, misnamed, unlisted)


def test_same_id_on_two_sites_is_two_videos(archive: Archive) -> None:
    """What is done on one site does not hide the same id of another."""
    archive.publish(publication(video(kind="feed")))
    assert archive.due([video(kind="feed"), video(kind="file")], *PRINTS) == (video(kind="file"),)


@pytest.mark.parametrize(
    ("error", "first", "longest"),
    [
        (FetchError("timeout"), timedelta(minutes=5), timedelta(days=1)),
        (MediaError("no audio stream"), timedelta(days=1), timedelta(days=30)),
        (ZeroDivisionError("a bug"), timedelta(days=1), timedelta(days=30)),
    ],
)
def test_waits_double_up_to_a_limit(archive: Archive, error: Exception, first: timedelta, longest: timedelta) -> None:
    """Each failure in a row doubles the wait, from minutes where another try may help, from a day where not."""
    waits: list[timedelta] = []
    for _ in range(12):
        archive.record_failure(video(), "transcribe", error)
        waits.append(_wait(archive))
    assert waits[0] == first
    assert all(later in {2 * earlier, longest} for earlier, later in pairwise(waits))
    assert waits[-1] == longest


def test_a_failed_video_comes_back_after_its_wait(archive: Archive) -> None:
    """A failed video is not due while it waits, and due when the wait is over."""
    archive.record_failure(video(), "fetch_audio", FetchError("timeout"))
    assert archive.due([video()], *PRINTS) == ()
    _let_the_wait_pass(archive)
    assert archive.due([video()], *PRINTS) == (video(),)


def test_a_failure_says_where_and_why(archive: Archive) -> None:
    """The stage, the kind of error and its message, on one line, are kept with the video."""
    archive.record_failure(video(), "diarize", MediaError("first line\nsecond \x00 line"))
    (standing,) = archive.standings([video()])
    assert (standing.state, standing.stage, standing.attempts) == (VideoState.failed, "diarize", 1)
    assert standing.reason == "MediaError: first line second \ufffd line"


@pytest.mark.parametrize("reason", list(Unavailability))
def test_final_ones_are_never_checked_again(archive: Archive, reason: Unavailability) -> None:
    """An unavailable video is checked again after a while, but never where its kind cannot change."""
    archive.record_unavailable(video(), Unavailable(reason, "as the site says"))
    assert archive.due([video()], *PRINTS) == ()
    assert archive.standings([video()])[0].reason == f"{reason}: as the site says"
    run(archive, "UPDATE videos SET next_attempt_at = next_attempt_at - interval '365 days'")
    assert archive.due([video()], *PRINTS) == (() if reason.final else (video(),))


@pytest.mark.parametrize(
    ("reason", "first", "longest"),
    [
        (Unavailability.upcoming, timedelta(hours=1), timedelta(days=1)),
        (Unavailability.live, timedelta(hours=1), timedelta(days=1)),
        (Unavailability.members_only, timedelta(days=7), timedelta(days=30)),
        (Unavailability.age_restricted, timedelta(days=7), timedelta(days=30)),
    ],
)
def test_looks_at_what_may_change_become_rarer(
    archive: Archive, reason: Unavailability, first: timedelta, longest: timedelta
) -> None:
    """A premiere is looked at again within the hour, one that stays announced for months once a day."""
    waits: list[timedelta] = []
    for _ in range(8):
        archive.record_unavailable(video(), Unavailable(reason, "as the site says"))
        waits.append(_wait(archive))
    assert waits[0] == first
    assert all(later in {2 * earlier, longest} for earlier, later in pairwise(waits))
    assert waits[-1] == longest


def test_another_outcome_begins_the_waits_anew(archive: Archive) -> None:
    """A premiere that became members-only, failed, and is live now, waits each time as if it were the first."""
    for _ in range(6):
        archive.record_unavailable(video(), Unavailable(Unavailability.upcoming, "premieres soon"))
    archive.record_unavailable(video(), Unavailable(Unavailability.members_only, "join"))
    assert _wait(archive) == timedelta(days=7)
    archive.record_failure(video(), "fetch_audio", FetchError("timeout"))
    assert _wait(archive) == timedelta(minutes=5)
    archive.record_unavailable(video(), Unavailable(Unavailability.live, "on the air"))
    assert _wait(archive) == timedelta(hours=1)
    assert archive.standings([video()])[0].attempts == 1


def test_what_becomes_final_is_settled(archive: Archive) -> None:
    """A premiere that is taken down is not waited for any more."""
    archive.record_unavailable(video(), Unavailable(Unavailability.upcoming, "premieres soon"))
    archive.record_unavailable(video(), Unavailable(Unavailability.removed, "gone"))
    assert archive.standings([video()])[0].next_attempt_at is None


def test_a_failed_rerun_keeps_what_is_published(archive: Archive) -> None:
    """A video that fails under new settings is failed, and still found under the old ones."""
    archive.publish(publication())
    archive.record_failure(video(), "embed_passages", MediaError("broken"))
    assert archive.standings([video()])[0].state is VideoState.failed
    assert len(archive.transcript("one").utterances) == 4
