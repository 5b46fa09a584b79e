"""The work pool that the deployments of prefect.yaml name, and its queues."""

from __future__ import annotations

from typing import Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from whosaid.errors import ConfigurationError

POOL: Final = "whosaid"
QUEUES: Final = {"models": 1, "archive": None}
"""How many runs of a queue go at once, None for any number. `models` have a GPU's memory to themselves."""


async def make_pool(client: PrefectClient) -> None:
    """Make the pool and its queues; what is there stays, but for the limits of the queues."""
    try:
        template = ProcessWorker.get_default_base_job_template()
        await client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))
    except ObjectAlreadyExists:
        await _require_processes(client)
    for name, limit in QUEUES.items():
        await _make_queue(client, name, limit)


async def _require_processes(client: PrefectClient) -> None:
    kind = (await client.read_work_pool(POOL)).type
    if kind != ProcessWorker.type:
        raise ConfigurationError(
            f"the work pool {POOL} is of the type {kind}, not {ProcessWorker.type}: delete it, and run this again"
        )


async def _make_queue(client: PrefectClient, name: str, limit: int | None) -> None:
    try:
        await client.create_work_queue(name=name, work_pool_name=POOL, concurrency_limit=limit)
    except ObjectAlreadyExists:
        queue = await client.read_work_queue_by_name(name, work_pool_name=POOL)
        await client.update_work_queue(queue.id, concurrency_limit=limit)
