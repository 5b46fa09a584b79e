"""`make demo`: the demo channel through the real flow and the real engines, its host enrolled, then one search."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Final

import anyio.to_thread

from blocks.settings import DEFAULT_HOME, Environment, resolve_settings
from deployments.bootstrap import bootstrap
from deployments.demo.home import CHANNEL, furnish
from deployments.demo.host import enrol_host
from deployments.demo.server import serve
from flows.console import run_here, show
from whosaid import cli
from whosaid.errors import WhosaidError
from whosaid.profiles import DEMO
from whosaid.types import RunSummary

QUESTION: Final = json.loads((CHANNEL / "questions.json").read_text())[0]["question"]


async def ingest_demo(home: Path) -> RunSummary:
    """Serve the demo channel on loopback, ingest it into the archive under `home`, and enrol its host there."""
    furnish(home)
    await bootstrap(DEMO)
    with serve(CHANNEL) as feed:
        summary = await run_here(feed, "demo")
    await anyio.to_thread.run_sync(enrol_host, await resolve_settings())
    return summary


def main() -> int:
    """Run the demo and tell of it; 1, with one line, where it cannot be run."""
    home = (Environment().home or DEFAULT_HOME).resolve()
    # What the search at the end needs takes as long to import as Prefect's server to start: both at once.
    Thread(target=import_module, args=["whosaid.text.sentence_transformers"], daemon=True).start()
    try:
        summary = asyncio.run(ingest_demo(home))
    except WhosaidError as e:
        sys.stderr.write(f"error: {e}\n")
        return 1
    show(summary)
    sys.stdout.write(f'\nwhosaid search "{QUESTION}"\n')
    return cli.app(["search", QUESTION, "--home", str(home), "--limit", "3"], standalone_mode=False) or 0


if __name__ == "__main__":
    sys.exit(main())
