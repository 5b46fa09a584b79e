"""What runs that died left behind: their slots, their states that say Running, their scratch folders.

Prefect lends the slot of a tag for 60 s and renews it every 45 s, so the slot of a process that was killed comes free
15 to 60 s later, plus the seconds until the server looks. A run does not wait for that where it can see for itself,
by a lock that died with its process, that a run of the same data directory is dead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import anyio.to_thread
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from whosaid.media.scratch import Leftover, find_leftovers

WATCH_SECONDS: Final = 15.0
MESSAGE: Final = "the process of this run died"
_ALIVE: Final = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
logger = logging.getLogger("whosaid.recovery")


@asynccontextmanager
async def recovering(home: Path) -> AsyncGenerator[None]:
    """Bury the dead runs of a data directory, now and, while this run lives, every few seconds."""
    await recover(home)
    watch = asyncio.create_task(_watch(home))
    try:
        yield
    finally:
        watch.cancel()


async def _watch(home: Path) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await recover(home)
        except Exception as error:  # noqa: BLE001 - the run itself needs nothing of this
            logger.warning("cannot look for runs that died (%s): trying again", error)


async def recover(home: Path) -> None:
    """Mark the runs of a data directory that died as crashed, which frees their slots, and remove their folders."""
    for each in await anyio.to_thread.run_sync(find_leftovers, home / "scratch"):
        await _mark_crashed(each)
        await anyio.to_thread.run_sync(each.remove)


async def _mark_crashed(leftover: Leftover) -> None:
    with suppress(ValueError, ObjectNotFound):  # no run of Prefect's, or one that its server has forgotten
        dead = UUID(leftover.owner)
        async with get_client() as client:
            await _end_run(client, dead)
        logger.warning("run %s died: its slots are free", dead)


async def _end_run(client: PrefectClient, dead: UUID) -> None:
    """Crash what a run had begun: the tasks, which hold the slots, then its videos, then itself."""
    parent = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[dead]))
    begun = [each.id for each in await client.read_flow_runs(flow_run_filter=_unfinished(parent))]
    await _crash_tasks(client, [dead, *begun])
    state = (await client.read_flow_run(dead)).state
    if str(dead) != flow_run.id and not (state and state.is_final()):  # itself: what is tried again, and lives
        begun.append(dead)
    for each in begun:
        await client.set_flow_run_state(each, Crashed(message=MESSAGE), force=True)


def _unfinished(runs: FlowRunFilter) -> FlowRunFilter:
    return runs.model_copy(update={"state": FlowRunFilterState(type=FlowRunFilterStateType(any_=_ALIVE))})


async def _crash_tasks(client: PrefectClient, runs: list[UUID]) -> None:
    tasks = await client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=runs)),
        task_run_filter=TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_ALIVE))),
    )
    for each in tasks:
        await client.set_task_run_state(each.id, Crashed(message=MESSAGE), force=True)
