"""The limits of the tags: made once by bootstrap, looked for at the start of every run, and waited for in line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, nullcontext

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from whosaid.errors import ConfigurationError
from whosaid.queue_log import QueueLog


class Queues:
    """The line before each tag's slots within one run.

    A task that asks Prefect for a slot that is taken is sent away and asks again seconds later, while the slot may
    stand empty. A run that asks for no more slots than there are is sent away only where another run holds some.
    """

    __slots__ = ("_lines", "log")

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.log = QueueLog(limits)
        self._lines = {tag: asyncio.Semaphore(slots) for tag, slots in limits.items()}

    @asynccontextmanager
    async def turn(self, tag: str | None) -> AsyncGenerator[None]:
        """Wait for a turn to ask for the tag's slot, first come, first served; without a tag there is no line."""
        if tag is None:
            yield
            return
        line = self._lines[tag]
        with self.log.waiting(tag) if line.locked() else nullcontext():
            await line.acquire()
        try:
            with self.log.running(tag):
                yield
        finally:
            line.release()


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
