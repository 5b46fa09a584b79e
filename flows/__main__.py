"""`python -m flows SOURCE`: a run in this process, without a worker."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from flows.console import run_here, show
from whosaid.errors import WhosaidError
from whosaid.types import VideoState


def main(
    source: Annotated[
        str, typer.Argument(help="a channel, playlist, video or feed address, or a folder of media files")
    ],
    profile: Annotated[str, typer.Option(help="speed, balanced, quality or demo")] = "balanced",
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many of the videos that are due")] = None,
) -> None:
    """Bring the videos of a source into the archive; those that are there already cost nothing."""
    try:
        summary = asyncio.run(run_here(source, profile, limit))
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None
    show(summary)
    if summary.outcomes and all(each.state is VideoState.failed for each in summary.outcomes):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
