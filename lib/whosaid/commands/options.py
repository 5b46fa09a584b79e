"""What the commands share: options, and the archive and the engines that they open."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whosaid.errors import ArchiveError

if TYPE_CHECKING:
    from whosaid.engines import Engines
    from whosaid.store import Archive

Home: TypeAlias = Annotated[Path, typer.Option(envvar="WHOSAID_HOME", help="The data directory.")]
DatabaseUrl: TypeAlias = Annotated[
    str,
    typer.Option(envvar="WHOSAID_DATABASE_URL", help="A Postgres server; empty: the one in the data directory."),
]
OpenAiKey: TypeAlias = Annotated[
    str,
    typer.Option(
        envvar="WHOSAID_OPENAI_API_KEY", help="A key of the OpenAI API; for passages that its model embedded."
    ),
]
OpenAiUrl: TypeAlias = Annotated[
    str,
    typer.Option(envvar="WHOSAID_OPENAI_BASE_URL", help="Another server that speaks that API; empty: OpenAI's own."),
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


def engines(home: Path, openai_key: str, openai_url: str) -> Engines:
    """Return the engines of a command; use them as a context manager."""
    from pydantic import SecretStr

    from whosaid.engines import Account, Engines
    from whosaid.weights import Weights

    account = Account(SecretStr(openai_key), openai_url or None) if openai_key else Account()
    return Engines(Weights(home / "models"), openai=account)
