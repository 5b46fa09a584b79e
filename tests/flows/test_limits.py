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


async def test_the_next_in_line_begins_before_the_last_goes_on() -> None:
    """The work of the next is under way, however long asking for its slot takes, before more follows the slot."""
    queues, order = Queues({"gpu": 1}), list[str]()

    async def first() -> None:
        async with queues.turn("gpu"):
            await asyncio.sleep(0)
        order.append("the first goes on")

    async def second() -> None:
        async with queues.turn("gpu") as begin:
            await asyncio.sleep(0.05)
            order.append("the second begins")
            await asyncio.to_thread(begin)
            await asyncio.sleep(0.05)
            order.append("the second is done")

    await asyncio.gather(first(), second())
    assert order == ["the second begins", "the first goes on", "the second is done"]


async def test_nobody_is_waited_for_who_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who goes without having begun keeps nobody, nor does one for whom another run does not let the slot go."""
    queues, done = Queues({"gpu": 1}), asyncio.Event()
    monkeypatch.setattr("flows.limits.HEAD_START", 60)

    async def work() -> None:
        async with queues.turn("gpu"):
            await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await asyncio.gather(*(work() for _ in range(3)))

    async def stay() -> None:
        async with queues.turn("gpu"):
            await done.wait()

    monkeypatch.setattr("flows.limits.HEAD_START", 0.05)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        async with queues.turn("gpu"):
            group.create_task(stay())
            await asyncio.sleep(0)
        done.set()


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
