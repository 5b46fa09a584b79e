"""What a run works with: the archive, the engines, the recordings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import anyio.to_thread
from prefect.runtime import flow_run

from blocks.settings import Settings
from whosaid.engines import DevicePolicy, Engines
from whosaid.media.library import AudioLibrary
from whosaid.media.scratch import own_scratch
from whosaid.store import Archive, open_archive
from whosaid.weights import Weights


class Site:
    """The live parts of a run: a plain class with slots, so that Prefect neither looks into it nor stores it."""

    __slots__ = ("archive", "engines", "library", "reports", "scratch")

    def __init__(self, archive: Archive, engines: Engines, library: AudioLibrary, scratch: Path, reports: Path) -> None:
        self.archive = archive
        self.engines = engines
        self.library = library
        self.scratch = scratch
        self.reports = reports


@contextmanager
def open_site(settings: Settings, policy: DevicePolicy = "auto") -> Generator[Site]:
    """Open the archive and prepare the rest, and close them all; ArchiveError where the database is not to be had."""
    home, url, token = settings.home, settings.database_url, settings.hub_token
    for folder in (home / "media", home / "models"):
        folder.mkdir(parents=True, exist_ok=True)
    weights = Weights(home / "models", token.get_secret_value() if token else None)
    with (
        own_scratch(home / "scratch", flow_run.id or "") as scratch,
        open_archive(url.get_secret_value() if url else None, home) as archive,
        _lend(Engines(weights, policy, openai=settings.openai)) as engines,
    ):
        archive.migrate()
        yield Site(archive, engines, AudioLibrary(home / "media"), scratch, home / "reports")


@asynccontextmanager
async def opened_site(settings: Settings, policy: DevicePolicy = "auto") -> AsyncGenerator[Site]:
    """Do the same in a thread: a database takes seconds to open, for which no loop may stand still."""
    with ExitStack() as stack:
        yield await anyio.to_thread.run_sync(stack.enter_context, open_site(settings, policy))


@contextmanager
def _lend(engines: Engines) -> Generator[Engines]:
    """Close the engines at the end, unless the run is being stopped.

    Then threads still compute in them, which nothing can interrupt: to wait for them would take as long as they do.
    The process is about to end, and its end gives the memory back.
    """
    try:
        yield engines
    except Exception:
        engines.close()
        raise
    engines.close()
