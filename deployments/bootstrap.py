"""Prepares a Prefect server for whosaid: tag limits, the work pool, block types, automations. Safe to run again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from blocks.kinds import KINDS
from blocks.reaching import reaching_server
from deployments.automations import offer_automations
from deployments.pool import make_pool
from flows.limits import set_limits
from whosaid.errors import WhosaidError
from whosaid.profiles import Profile, profile_named


async def bootstrap(profile: Profile) -> tuple[str, ...]:
    """Prepare the server for a profile and return what was changed of the limits that someone had set."""
    changed = await _compare(profile.limits)
    await set_limits(profile.limits)
    async with get_client() as client:
        await make_pool(client)
    for kind in KINDS:
        await kind.aregister_type_and_schema()
    await offer_automations()
    return changed


async def _compare(limits: Mapping[str, int]) -> tuple[str, ...]:
    """Say which limits are there and are others."""
    found = {tag: await _read_limit(tag) for tag in limits}
    return tuple(
        f"the limit of the tag {tag} was {found[tag]} and is now {slots}"
        for tag, slots in limits.items()
        if found[tag] not in {None, slots}
    )


async def _read_limit(tag: str) -> int | None:
    async with get_client() as client:
        try:
            return (await client.read_global_concurrency_limit_by_name(f"tag:{tag}")).limit
        except ObjectNotFound:
            return None


def main(
    profile: Annotated[str, typer.Option(help="whose workers become the limits of the tags")] = "balanced",
) -> None:
    """Prepare the Prefect server that PREFECT_API_URL names."""
    try:
        with reaching_server():
            for change in asyncio.run(bootstrap(profile_named(profile))):
                typer.echo(change)
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
