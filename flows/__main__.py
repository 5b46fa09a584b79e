"""`python -m flows SOURCE`: a run in this process, without a worker."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from blocks.reaching import reaching_server
from flows.console import run_here, show
from flows.stopping import stopping_cleanly
from whosaid.engines import DevicePolicy
from whosaid.errors import ConfigurationError, WhosaidError
from whosaid.media import CaptionUse, Network
from whosaid.selection import Selection
from whosaid.types import VideoState


def main(
    source: Annotated[
        str, typer.Argument(help="a channel, playlist, video or feed address, or a folder of media files")
    ],
    profile: Annotated[str, typer.Option(help="speed, balanced, quality or demo")] = "balanced",
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many of the videos that are due")] = None,
    limit_unprocessed: Annotated[
        int | None, typer.Option(min=1, help="only videos of which the archive has nothing, and at most so many")
    ] = None,
    since: Annotated[str | None, typer.Option(help="published on this day (2026-01-31) or later")] = None,
    until: Annotated[str | None, typer.Option(help="published on this day or before")] = None,
    include: Annotated[list[str] | None, typer.Option(help="a regular expression found in the title")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="a regular expression not found in the title")] = None,
    min_duration: Annotated[float | None, typer.Option(min=0, help="seconds")] = None,
    max_duration: Annotated[float | None, typer.Option(min=0, help="seconds")] = None,
    captions: Annotated[
        CaptionUse, typer.Option(help="allow: where people wrote captions, their words are taken and none recognised")
    ] = "never",
    caption_language: Annotated[
        str | None, typer.Option(help="of such captions, as en; else the one that the site says is spoken")
    ] = None,
    refresh: Annotated[list[str] | None, typer.Option(help="a stage to run again, whatever is found")] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="looks at videos in a minute, of checks and downloads together")
    ] = None,
    device: Annotated[
        DevicePolicy, typer.Option(help="where models run; auto takes a GPU where there is one")
    ] = "auto",
    *,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="in order of their dates")] = False,
    force: Annotated[bool, typer.Option("--force", help="also those that are done, failed or unavailable")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say which videos are due, and do nothing")] = False,
) -> None:
    """Bring the videos of a source into the archive; those that are there already cost nothing."""
    selected = {
        "newest_first": newest_first,
        "since": since,
        "until": until,
        "min_duration": min_duration,
        "max_duration": max_duration,
        "include": include or (),
        "exclude": exclude or (),
    }
    try:
        wishes: dict[str, Any] = {
            "limit_unprocessed": limit_unprocessed,
            "selection": select(selected),
            "captions": captions,
            "caption_language": caption_language,
            "force": force,
            "refresh": refresh or [],
            "dry_run": dry_run,
            "device": device,
            "network": Network(requests_per_minute=requests_per_minute),
        }
        with stopping_cleanly(), reaching_server():
            summary = asyncio.run(run_here(source, profile, limit, **wishes))
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None
    show(summary)
    if summary.paused or (summary.outcomes and all(each.state is VideoState.failed for each in summary.outcomes)):
        raise typer.Exit(1)


def select(given: dict[str, Any]) -> Selection:
    """Return the selection that is asked for; ConfigurationError, in one line, where it contradicts itself."""
    try:
        return Selection.model_validate(given)
    except ValidationError as e:
        wrong = "; ".join(": ".join([*map(str, each["loc"][:1]), each["msg"]]) for each in e.errors())
        raise ConfigurationError(f"the selection is wrong: {wrong}") from e


if __name__ == "__main__":
    typer.run(main)
