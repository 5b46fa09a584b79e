"""`python -m flows` over engines that hold: what is started where a run in the terminal is to be stopped."""

from __future__ import annotations

import asyncio
import sys
from unittest.mock import patch

import flows.__main__ as terminal
from flows.console import run_here
from flows.limits import set_limits
from tests.faults import held
from tests.flows.scripted import overrides
from whosaid.profiles import BALANCED

__all__ = ["held"]


async def run_scripted(source: str, profile: str, limit: int | None, **wishes: object) -> object:
    """Run with engines that need no weights."""
    return await run_here(source, profile, limit, overrides(), **wishes)


if __name__ == "__main__":
    with patch.object(terminal, "run_here", run_scripted):
        asyncio.run(set_limits(BALANCED.limits))
        terminal.main(sys.argv[1])
