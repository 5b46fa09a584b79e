"""A site is asked evenly, by a clock that the test moves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from whosaid import metrics
from whosaid.media import YOUTUBE_PER_MINUTE, Network
from whosaid.media.pace import Pace
from whosaid.media.ytdlp import requests_per_minute


@dataclass
class Clock:
    """A clock that moves when somebody sleeps, or when the test says so."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def moments(pace: Pace, clock: Clock, count: int) -> list[float]:
    began = clock.now
    asked: list[float] = []
    for _ in range(count):
        pace.wait()
        asked.append(clock.now - began)
    return asked


def test_a_minutes_worth_at_once_and_then_evenly() -> None:
    """The first minute's allowance is there at once; what follows comes evenly."""
    clock = Clock()
    assert moments(Pace(4, clock.read, clock.sleep), clock, 7) == [0, 0, 0, 0, 15, 30, 45]


def test_quiet_time_is_saved_up_to_one_minute() -> None:
    """An hour of silence allows no more at once than a minute does."""
    clock = Clock()
    pace = Pace(4, clock.read, clock.sleep)
    moments(pace, clock, 8)
    clock.now += 3600
    assert moments(pace, clock, 6) == [0, 0, 0, 0, 15, 30]


@pytest.mark.parametrize("per_minute", [1, 5, 90, 1000])
def test_the_rate_is_kept_over_time(per_minute: int) -> None:
    """Ten minutes of asking without a break bring ten minutes' worth beyond the first at once."""
    clock = Clock()
    asked = moments(Pace(per_minute, clock.read, clock.sleep), clock, 11 * per_minute)
    assert asked[-1] == pytest.approx(600)


def test_no_limit_never_waits() -> None:
    """Where nothing is said, nobody sleeps."""
    clock = Clock()
    moments(Pace(None, clock.read, clock.sleep), clock, 1000)
    assert clock.slept == []


def test_threads_get_moments_of_their_own_and_sleep_side_by_side() -> None:
    """All who ask at once are given different moments, and no one sleeps while others cannot take theirs."""
    together = threading.Barrier(7)  # passed only if all that have to sleep sleep at the same time
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        together.wait(timeout=10)

    pace = Pace(3, lambda: 0.0, sleep)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: pace.wait(), range(10)))
    assert sorted(slept) == [20, 40, 60, 80, 100, 120, 140]


def test_what_is_waited_for_the_pace_is_waiting() -> None:
    """The clock of a stage tells it from work."""
    pace = Pace(1, lambda: 0.0, lambda _: threading.Event().wait(0.05))
    with metrics.stopwatch() as watch:
        pace.wait()
        assert watch.waited == 0
        pace.wait()
    assert watch.waited >= 0.05


@pytest.mark.parametrize(
    ("address", "given", "rate"),
    [
        ("https://www.youtube.com/@someone", None, YOUTUBE_PER_MINUTE),
        ("https://youtu.be/abcdefghijk", None, YOUTUBE_PER_MINUTE),
        ("https://www.youtube.com/@someone", 60, 60),
        ("https://example.org/feed.xml", None, None),
        ("https://example.org/feed.xml", 7, 7),
        ("https://notyoutube.com/x", None, None),
    ],
)
def test_a_site_that_blocks_has_a_pace_of_its_own(address: str, given: int | None, rate: int | None) -> None:
    """YouTube is asked slowly unless the run says otherwise; hosts of podcasts are not held back."""
    assert requests_per_minute(address, Network(requests_per_minute=given)) == rate


def test_cookies_are_no_field_of_the_network() -> None:
    """What the form of a run shows holds no secret."""
    assert "cookies" not in Network.model_json_schema()["properties"]
    assert all(each.get("description") for each in Network.model_json_schema()["properties"].values())
