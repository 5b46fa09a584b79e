"""The limits of the tags: made once by bootstrap, looked for at the start of every run."""

from __future__ import annotations

from collections.abc import Mapping

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from whosaid.errors import ConfigurationError


async def set_limits(limits: Mapping[str, int]) -> None:
    """Create or change the limit of each tag."""
    async with get_client() as client:
        for tag, slots in limits.items():
            await client.create_concurrency_limit(tag=tag, concurrency_limit=slots)


async def require_limits(limits: Mapping[str, int]) -> None:
    """Refuse to start while a tag has no limit: Prefect takes a limit that does not exist for no limit at all."""
    missing = [tag for tag in limits if not await _exists(tag)]
    if missing:
        raise ConfigurationError(
            f"the Prefect server has no limit for the tags {', '.join(missing)}: run `python -m deployments.bootstrap`"
        )


async def _exists(tag: str) -> bool:
    async with get_client() as client:
        try:
            await client.read_global_concurrency_limit_by_name(f"tag:{tag}")
        except ObjectNotFound:
            return False
        return True
