"""What the commands share: options, and the archive that they open."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whosaid.errors import ArchiveError

if TYPE_CHECKING:
    from whosaid.store import Archive

Home: TypeAlias = Annotated[Path, typer.Option(envvar="WHOSAID_HOME", help="The data directory.")]
DatabaseUrl: TypeAlias = Annotated[
    str,
    typer.Option(envvar="WHOSAID_DATABASE_URL", help="A Postgres server; empty: the one in the data directory."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_HOME: Final = Path(".whosaid")


@contextmanager
def opened(home: Path, database_url: str) -> Generator[Archive]:
    """Open the archive of a command; ArchiveError where there is none."""
    from whosaid.store import open_archive

    if not database_url and not (home / "postgres").is_dir():
        raise ArchiveError(f"there is no archive in {home}: run an ingest first, or name another home or database URL")
    with open_archive(database_url or None, home) as archive:
        yield archive
