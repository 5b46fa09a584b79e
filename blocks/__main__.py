"""`python -m blocks`: whether the saved blocks work, a line each and never a secret."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from typing import Any

import anyio.to_thread
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from blocks.checking import examine
from blocks.kinds import KINDS
from blocks.reaching import reaching_server
from whosaid.doctor import Finding, State, miss
from whosaid.errors import WhosaidError
from whosaid.formats import one_line


async def examine_all() -> tuple[Finding, ...]:
    """Check every saved block of ours, whatever its name."""
    return tuple([await _examine(kind, name) async for kind, name in _saved()])


async def _saved() -> AsyncGenerator[tuple[Any, str]]:
    async with get_client() as client:
        for kind in KINDS:
            try:
                documents = await client.read_block_documents_by_type(kind.get_block_type_slug(), include_secrets=False)
            except ObjectNotFound:  # the type was never registered
                continue
            for document in documents:
                yield kind, document.name or ""


async def _examine(kind: Any, name: str) -> Finding:
    shown = f"{kind.get_block_type_slug()}/{name}"
    try:
        block = await kind.aload(name)
    except ValidationError as e:  # its own text repeats what was typed
        fields = ", ".join(str(each["loc"][0]) for each in e.errors() if each["loc"])
        return miss(shown, f"cannot be read ({fields})", "fill in its form again")
    return await anyio.to_thread.run_sync(examine, shown, block)


def main() -> int:
    """Print what is found; 1 where a block does not work."""
    try:
        with reaching_server():
            found = asyncio.run(examine_all())
    except WhosaidError as e:
        sys.stderr.write(f"error: {e}\n")
        return 1
    for each in found:
        remedy = f" -> {each.remedy}" if each.remedy else ""
        sys.stdout.write(f"{each.state.value:<8}{one_line(f'{each.name}: {each.detail}{remedy}')}\n")
    if not found:
        sys.stdout.write("no block is saved: the environment and the defaults hold\n")
    return int(any(each.state is State.missing for each in found))


if __name__ == "__main__":
    sys.exit(main())
