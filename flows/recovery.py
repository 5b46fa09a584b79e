"""What runs that died left behind: their slots, their states that say Running, their scratch folders.

Prefect lends the slot of a tag for 60 s and renews it every 45 s, so the slot of a process that was killed comes free
15 to 60 s later, plus the seconds until the server looks. A run does not wait for that where it can see for itself,
by a lock that died with its process, that a run of the same data directory is dead. `python -m flows.recovery` does
the same before a worker is started: a queue that lets one run go at a time waits for a dead one too.
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
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
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
from prefect.settings import get_current_settings
from prefect.states import Crashed

from blocks.settings import resolve_settings
from whosaid.media.scratch import Leftover, find_leftovers
from whosaid.profiles import BALANCED

WATCH_SECONDS: Final = 15.0
MESSAGE: Final = "the process of this run died"
_HOLDING: Final = (StateType.RUNNING, StateType.CANCELLING)
_ALIVE: Final = (StateType.PENDING, *_HOLDING)
logger = logging.getLogger("whosaid.recovery")


@asynccontextmanager
async def recovering(home: Path) -> AsyncGenerator[None]:
    """Clear up what died before this run, and bury every few seconds what dies beside it."""
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
            await bury(home)
        except Exception as error:  # noqa: BLE001 - the run itself needs nothing of this
            logger.warning("cannot look for runs that died (%s): trying again", error)


async def recover(home: Path) -> None:
    """Clear up what died before this run: its states and slots, its folders, and slots that nobody holds."""
    await bury(home)
    async with get_client() as client:
        if not await _are_others_alive(client):
            for tag in BALANCED.limits:
                await _free_forgotten(client, tag)


async def bury(home: Path) -> None:
    """Mark the runs of a data directory that died as crashed, which frees their slots, and remove their folders."""
    leftovers = await anyio.to_thread.run_sync(find_leftovers, home / "scratch")
    if leftovers:  # what their tasks said last is not written before the server's next turn
        await asyncio.sleep(1 + get_current_settings().server.services.task_run_recorder.flush_interval)
    for each in leftovers:
        await _mark_crashed(each)
        await anyio.to_thread.run_sync(each.remove)


async def _are_others_alive(client: PrefectClient) -> bool:
    runs = await client.read_flow_runs(flow_run_filter=_in_states(FlowRunFilter(), *_HOLDING), limit=2)
    return any(str(each.id) != flow_run.id for each in runs)


async def _free_forgotten(client: PrefectClient, tag: str) -> None:
    """Free the slots of a tag that are counted as taken while no lease says by whom.

    A server that keeps its leases in memory leaves such slots when it is restarted, and one that a run starts for
    itself never looks for leases that are over.
    """
    name = f"tag:{tag}"
    with suppress(ObjectNotFound):
        taken = (await client.read_global_concurrency_limit_by_name(name)).active_slots
        held = len((await client.read_concurrency_limit_by_tag(tag)).active_slots)  # last: a slot just taken is held
        if taken > held:
            await client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=held))
            logger.warning("%d slots of %s were held by nobody: they are free", taken - held, tag)


async def _mark_crashed(leftover: Leftover) -> None:
    if not leftover.owner:  # no run of Prefect's
        return
    async with get_client() as client:
        with suppress(ObjectNotFound):  # its server has forgotten it, or it was another server's
            await _end_run(client, UUID(leftover.owner))
            logger.warning("run %s died: its slots are free", leftover.owner)


async def _end_run(client: PrefectClient, dead: UUID) -> None:
    """Crash what a run had begun: the tasks, which hold the slots, then its videos, then itself."""
    parent = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[dead]))
    begun = [each.id for each in await client.read_flow_runs(flow_run_filter=_in_states(parent, *_ALIVE))]
    await _crash_tasks(client, [dead, *begun])
    state = (await client.read_flow_run(dead)).state
    if str(dead) != flow_run.id and not (state and state.is_final()):  # itself: what is tried again, and lives
        begun.append(dead)
    for each in begun:
        await client.set_flow_run_state(each, Crashed(message=MESSAGE), force=True)


def _in_states(runs: FlowRunFilter, *states: StateType) -> FlowRunFilter:
    return runs.model_copy(update={"state": FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states)))})


async def _crash_tasks(client: PrefectClient, runs: list[UUID]) -> None:
    tasks = await client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=runs)),
        task_run_filter=TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=list(_ALIVE)))),
    )
    for each in tasks:
        await client.set_task_run_state(each.id, Crashed(message=MESSAGE), force=True)


async def main() -> None:
    """Clear up in the data directory of this machine."""
    await recover((await resolve_settings()).home)


if __name__ == "__main__":
    asyncio.run(main())
