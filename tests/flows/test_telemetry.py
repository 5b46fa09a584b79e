"""The watch over a run is seen in the run."""

from __future__ import annotations

import asyncio
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.runtime import flow_run

from flows.logs import prepare_logs
from tests.nvml import Card, Driver, installed
from whosaid.queue_log import QueueLog
from whosaid.telemetry import Sampler


@flow(persist_result=False)
async def watched() -> UUID:
    """A run that is watched for a moment."""
    prepare_logs()
    queues = QueueLog({"gpu": 1})
    with installed(Driver(Card())), queues.running("gpu"), Sampler(queues, period=0.05, pace=0.0):
        await asyncio.sleep(0.2)
    return UUID(flow_run.id)


async def _said(run_id: UUID) -> list[str]:
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id]))
    async with get_client() as client:
        return [each.message for each in await client.read_logs(of_run) if each.name == "whosaid.telemetry"]


async def test_the_lines_of_the_watch_are_in_the_log_of_the_run() -> None:
    """They come from a thread of their own, and Prefect still knows whose they are."""
    run_id = await watched()
    async with asyncio.timeout(60):
        while not (said := await _said(run_id)):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.2)
    assert said[0] == "NVIDIA RTX 5080 · SM 84 % · memory 75 % · 65 °C · 250 W · gpu 1/1"
