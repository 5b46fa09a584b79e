"""The line before a tag's slots."""

from __future__ import annotations

import asyncio

import pytest

from flows.limits import Queues


async def test_no_more_are_let_through_than_there_are_slots() -> None:
    """First come, first served, and the next goes as soon as one is done."""
    queues, inside, most, order = Queues({"gpu": 2}), 0, 0, list[int]()

    async def work(number: int) -> None:
        nonlocal inside, most
        async with queues.turn("gpu"):
            order.append(number)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(number) for number in range(6)))
    assert (most, order) == (2, list(range(6)))


async def test_a_failure_gives_its_place_back() -> None:
    """Whoever fails does not keep the others waiting."""
    queues = Queues({"gpu": 1})
    with pytest.raises(ZeroDivisionError):
        async with queues.turn("gpu"):
            raise ZeroDivisionError
    async with asyncio.timeout(1), queues.turn("gpu"):
        pass


async def test_without_a_tag_there_is_no_line() -> None:
    """A found result waits for nobody; a tag without a limit is a mistake."""
    queues = Queues({"gpu": 1})
    async with queues.turn("gpu"), queues.turn(None):
        pass
    with pytest.raises(KeyError):
        async with queues.turn("tpu"):
            pass


async def test_only_those_who_must_wait_count_as_waiting() -> None:
    """The log knows of three, of whom two found the slot taken; one who gives up waits no longer."""
    queues, started, done = Queues({"gpu": 1}), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with queues.turn("gpu"):
            started.set()
            await done.wait()

    tasks = [asyncio.create_task(work()) for _ in range(3)]
    await started.wait()
    await asyncio.sleep(0)
    (reading,) = queues.log.now()
    assert (reading.waiting, reading.running) == (2, 1)
    tasks[2].cancel()
    done.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    (reading,), (use,) = queues.log.now(), queues.log.uses()
    assert (reading.waiting, reading.running, use.peak) == (0, 0, 2)
