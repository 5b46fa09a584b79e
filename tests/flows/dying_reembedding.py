"""A re-embedding that dies, as a power cut would have it, when its second page is to be kept.

Not while it holds the slot of the GPU: Prefect gives that back after a minute, for which a test would have to wait.
"""

from __future__ import annotations

import asyncio
import os

from flows import reembed
from tests.flows.test_reembed import ANOTHER, PAGE
from whosaid.profiles import TEXT_MODELS
from whosaid.store import PassageText
from whosaid.types import PassageVectors

keep = reembed.Reembedding.keep


def die_at_the_second(self: reembed.Reembedding, page: tuple[PassageText, ...], embedded: PassageVectors) -> None:
    if self.done:
        os._exit(9)
    keep(self, page, embedded)


if __name__ == "__main__":
    TEXT_MODELS["another"] = ANOTHER
    reembed.PAGE = PAGE
    reembed.Reembedding.keep = die_at_the_second  # type: ignore[method-assign]
    asyncio.run(reembed.reembed_here("another"))
