"""Work in threads that nobody waits for at the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextvars import ContextVar

import pytest

from flows.threads import in_thread

ASKED: ContextVar[str] = ContextVar("ASKED")
ABANDONED = """
import asyncio, time
from flows.threads import in_thread

async def main():
    try:
        async with asyncio.timeout(0.1):
            await in_thread(lambda: time.sleep(60))
    except TimeoutError:
        print("given up")

asyncio.run(main())
"""


async def test_a_result_comes_back() -> None:
    """What the work returns, with the context of the caller."""
    ASKED.set("by me")
    assert await in_thread(ASKED.get) == "by me"


async def test_an_error_comes_back() -> None:
    """As it was raised."""
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


async def test_works_go_on_side_by_side() -> None:
    """The loop is free, and each has a thread."""
    start = time.monotonic()
    await asyncio.gather(*(in_thread(lambda: time.sleep(0.2)) for _ in range(50)))
    assert time.monotonic() - start < 5  # one after the other they would take ten


def test_a_program_ends_while_work_that_was_given_up_goes_on() -> None:
    """The thread computes for a minute; the program ends at once, and well."""
    ended = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "given up\n", "")
