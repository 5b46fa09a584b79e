"""The limits of the tags: made once by bootstrap, looked for at the start of every run, and waited for in line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import Final

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from whosaid.errors import ConfigurationError
from whosaid.queue_log import QueueLog
from whosaid.types import Seconds

HEAD_START: Final[Seconds] = 0.5


class _Line:
    """The line before the slots of one tag: first come, first served."""

    __slots__ = ("_begun", "slots")

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self._begun = asyncio.Event()

    def begin(self) -> None:
        """Say that who has a slot has begun."""
        self._begun.set()

    async def give_way(self) -> None:
        """Let whom the slot went to begin, for no longer than HEAD_START: all wait for the slot, not for what follows.

        What follows a slot are small stages. They and the states they report would keep this process and the Prefect
        server busy just when the next in line asks for the slot.
        """
        if not self.slots.locked():
            return
        self._begun.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_START):
                await self._begun.wait()


class Queues:
    """The line before each tag's slots within one run.

    A task that asks Prefect for a slot that is taken is sent away and asks again seconds later, while the slot may
    stand empty. A run that asks for no more slots than there are is sent away only where another run holds some.
    """

    __slots__ = ("_lines", "log")

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.log = QueueLog(limits)
        self._lines = {tag: _Line(slots) for tag, slots in limits.items()}

    @asynccontextmanager
    async def turn(self, tag: str | None) -> AsyncGenerator[Callable[[], object]]:
        """Wait for a turn to ask for the tag's slot, first come, first served; without a tag there is no line.

        What is yielded is to be called, from any thread, when the slot is held and the work begins.
        """
        if tag is None:
            yield lambda: None
            return
        line = self._lines[tag]
        with self.log.waiting(tag) if line.slots.locked() else nullcontext():
            await line.slots.acquire()
        try:
            with self.log.running(tag):
                yield partial(asyncio.get_running_loop().call_soon_threadsafe, line.begin)
        finally:
            line.begin()  # also where the work never began: nobody waits for it any more
            line.slots.release()
        await line.give_way()


async def set_limits(limits: Mapping[str, int]) -> None:
    """Create or change the limit of each tag."""
    async with get_client() as client:
        for tag, slots in limits.items():
            await client.create_concurrency_limit(tag=tag, concurrency_limit=slots)


async def require_limits(limits: Mapping[str, int]) -> None:
    """Refuse to start while a tag has no limit: Prefect takes a limit that does not exist for no limit at all."""
    missing = [tag for tag in limits if not await _exists(tag)]
    if missing:
        raise ConfigurationError(
            f"the Prefect server has no limit for the tags {', '.join(missing)}: run `python -m deployments.bootstrap`"
        )


async def _exists(tag: str) -> bool:
    async with get_client() as client:
        try:
            await client.read_global_concurrency_limit_by_name(f"tag:{tag}")
        except ObjectNotFound:
            return False
        return True
