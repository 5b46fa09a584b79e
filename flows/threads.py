"""Threads for what computes long: the end of a run does not wait for them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

R = TypeVar("R")


async def in_thread(work: Callable[[], R]) -> R:
    """Run work in a thread of its own; where the waiting is cancelled, the thread is left to itself.

    Nothing can interrupt a model that computes, and Python waits at its end for the threads of a pool. It does not
    wait for these, so that a run that is cancelled, with its process, is gone within seconds.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()

    def settle(set_outcome: Callable[[], None]) -> None:
        if not done.done():
            set_outcome()

    def body() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the work is waited for
            raised = error
            _tell(loop, lambda: settle(lambda: done.set_exception(raised)))
        else:
            _tell(loop, lambda: settle(lambda: done.set_result(result)))

    Thread(target=contextvars.copy_context().run, args=[body], name="whosaid-stage", daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """Call something in a loop, unless the loop is over: then nobody waits any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(what)
