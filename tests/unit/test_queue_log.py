"""What is said of the slots of a tag, against a sum over every moment."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whosaid.queue_log import FINEST, MOST_POINTS, QueueLog
from whosaid.types import QueueReading

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def _log(limits: dict[str, int]) -> tuple[QueueLog, Clock]:
    clock = Clock()
    return QueueLog(limits, clock, NOON), clock


def _at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@given(
    st.lists(st.tuples(st.sampled_from(["waiting", "running"]), st.booleans(), st.floats(0, 1000)), max_size=40),
    st.integers(1, 3),
)
def test_the_use_of_slots_is_exact(steps: list[tuple[str, bool, float]], slots: int) -> None:
    """Peak, occupancy and shares of time are those of a sum over every moment, whoever comes and goes."""
    log, clock = _log({"gpu": slots})
    inside = {"waiting": list[ExitStack](), "running": list[ExitStack]()}
    moments = list[tuple[float, int, int]]()  # how long, and how many wait and run meanwhile
    for kind, comes, seconds in [*steps, ("waiting", True, 1.0)]:
        if comes:
            inside[kind].append(ExitStack())
            inside[kind][-1].enter_context(getattr(log, kind)("gpu"))
        elif inside[kind]:
            inside[kind].pop().close()
        moments.append((seconds, len(inside["waiting"]), len(inside["running"])))
        clock.now += seconds
    whole = sum(seconds for seconds, _, _ in moments)
    full = [(seconds, waiting) for seconds, waiting, running in moments if running >= slots]
    (use,) = log.uses()
    assert (use.tag, use.slots, use.peak) == ("gpu", slots, max(waiting for _, waiting, _ in moments))
    assert use.occupancy == pytest.approx(sum(lasted * running for lasted, _, running in moments) / slots / whole)
    assert use.saturated == pytest.approx(sum(seconds for seconds, _ in full) / whole)
    assert use.contended == pytest.approx(sum(seconds for seconds, waiting in full if waiting) / whole)


def test_the_curve_shows_every_change() -> None:
    """A point holds until the next of its tag; tags are in order of time, and of their names."""
    log, clock = _log({"gpu": 1, "asr": 4})
    clock.now += 1
    with log.running("gpu"):
        clock.now += 2
        with log.waiting("gpu"):
            clock.now += 3
    assert log.readings() == (
        QueueReading(_at(0), "asr", 0, 0),
        QueueReading(_at(0), "gpu", 0, 0),
        QueueReading(_at(1), "gpu", 0, 1),
        QueueReading(_at(3), "gpu", 1, 1),
        QueueReading(_at(6), "gpu", 0, 0),
    )
    assert log.now() == (QueueReading(_at(6), "asr", 0, 0), QueueReading(_at(6), "gpu", 0, 0))


def test_of_changes_close_together_the_last_is_kept() -> None:
    """The state that lasted is shown, not the one that was gone at once."""
    log, clock = _log({"gpu": 1})
    clock.now += 10 * FINEST
    with log.waiting("gpu"):
        clock.now += FINEST / 10
    with log.running("gpu"):
        assert [(each.waiting, each.running) for each in log.readings()] == [(0, 0), (0, 1)]
    assert log.uses()[0].peak == 1


def test_a_day_is_kept_in_bounded_memory() -> None:
    """However many changes, and the figures of the whole stay exact."""
    log, clock = _log({"gpu": 1})
    for _ in range(24 * 60):
        with log.running("gpu"):
            clock.now += 45
        clock.now += 15
    assert MOST_POINTS / 4 < len(log.readings()) <= MOST_POINTS
    assert log.uses()[0].occupancy == pytest.approx(0.75)
    assert log.readings()[-1].at > _at(24 * 3600 - 120)


def test_a_log_that_has_just_begun_has_no_use() -> None:
    """No time has passed, so nothing was taken."""
    log, _ = _log({"gpu": 1})
    with log.running("gpu"):
        assert (log.uses()[0].occupancy, log.uses()[0].saturated) == (0.0, 0.0)


def test_a_tag_without_a_limit_is_a_mistake() -> None:
    log, _ = _log({"gpu": 1})
    with pytest.raises(KeyError), log.running("tpu"):
        pass
