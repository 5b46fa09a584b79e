"""Prepares a Prefect server for whosaid: tag limits and block types. Safe to run again."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from blocks.kinds import KINDS
from flows.limits import set_limits
from whosaid.errors import WhosaidError
from whosaid.profiles import Profile, profile_named


async def bootstrap(profile: Profile) -> None:
    """Set the limits of a profile and register the block types, so that the UI offers their forms."""
    await set_limits(profile.limits)
    for kind in KINDS:
        await kind.aregister_type_and_schema()


def main(
    profile: Annotated[str, typer.Option(help="whose workers become the limits of the tags")] = "balanced",
) -> None:
    """Prepare the Prefect server that PREFECT_API_URL names."""
    try:
        asyncio.run(bootstrap(profile_named(profile)))
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
