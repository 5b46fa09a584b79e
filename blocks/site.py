"""What a run works with: the archive, the engines, the recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from blocks.settings import Settings
from whosaid.engines import DevicePolicy, Engines
from whosaid.media.library import AudioLibrary
from whosaid.store import Archive, open_archive
from whosaid.weights import Weights


class Site:
    """The live parts of a run. Use as a context manager; leaving it closes them all.

    A plain class with slots, so that Prefect neither looks into it nor stores it.
    """

    __slots__ = ("archive", "engines", "library", "scratch")

    def __init__(self, archive: Archive, engines: Engines, library: AudioLibrary, scratch: Path) -> None:
        self.archive = archive
        self.engines = engines
        self.library = library
        self.scratch = scratch

    @classmethod
    def open(cls, settings: Settings, policy: DevicePolicy = "auto") -> Self:
        """Open the archive and prepare the rest; ArchiveError where the database cannot be reached."""
        home, token = settings.home, settings.hub_token
        for folder in (home / "scratch", home / "media", home / "models"):
            folder.mkdir(parents=True, exist_ok=True)
        url = settings.database_url.get_secret_value() if settings.database_url else None
        archive = open_archive(url, home)
        archive.migrate()
        weights = Weights(home / "models", token.get_secret_value() if token else None)
        return cls(archive, Engines(weights, policy), AudioLibrary(home / "media"), home / "scratch")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engines.close()
        self.archive.close()
