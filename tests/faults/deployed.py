"""A flow deployed to a server of the tests' own, and its runs, watched and cancelled from outside as by the UI."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling

from deployments.bootstrap import bootstrap
from flows.ingest import ingest
from tests.faults.processes import POOL, REPOSITORY, Server
from whosaid.profiles import Profile

CHANGE_FOLDER = {"prefect.deployments.steps.set_working_directory": {"directory": str(REPOSITORY)}}


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment whose runs a worker takes."""

    id: UUID

    def start(self, **parameters: Any) -> UUID:
        """Ask for a run and return its id."""
        return asyncio.run(self._start(parameters))

    async def _start(self, parameters: dict[str, Any]) -> UUID:
        async with get_client() as client:
            return (await client.create_flow_run_from_deployment(self.id, parameters=parameters)).id


@contextmanager
def deployed(server: Server, entrypoint: str, profile: Profile) -> Generator[Deployed]:
    """Prepare a server for a profile and deploy a flow; inside, this process is a client of the server."""
    with temporary_settings({PREFECT_API_URL: server.api}):
        yield Deployed(asyncio.run(_deploy(entrypoint, profile)))


async def _deploy(entrypoint: str, profile: Profile) -> UUID:
    await bootstrap(profile)
    async with get_client() as client:
        flow = await client.create_flow(ingest)
        return await client.create_deployment(
            flow, "faults", work_pool_name=POOL, entrypoint=entrypoint, pull_steps=[CHANGE_FOLDER]
        )


def state_of(run: UUID) -> State[Any]:
    """Return the state of a run."""

    async def read() -> State[Any]:
        async with get_client() as client:
            state = (await client.read_flow_run(run)).state
            assert state
            return state

    return asyncio.run(read())


def cancel(run: UUID) -> None:
    """Ask for the end of a run, as the UI does."""

    async def ask() -> None:
        async with get_client() as client:
            await client.set_flow_run_state(run, Cancelling())

    asyncio.run(ask())


def taken(tag: str) -> int:
    """Return how many slots of a tag are taken."""

    async def read() -> int:
        async with get_client() as client:
            return await slots_taken(client, tag)

    return asyncio.run(read())


async def slots_taken(client: PrefectClient, tag: str) -> int:
    """Return how many slots of a tag are taken, as a client of one's own is told."""
    return (await client.read_global_concurrency_limit_by_name(f"tag:{tag}")).active_slots
