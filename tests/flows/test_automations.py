"""The automations that bootstrap offers: made once, and each does what it says, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.events.schemas.automations import Automation
from prefect.states import Completed, Running

from deployments.automations import HEARTBEAT, offer_automations
from flows.events import IDLE, tell_of
from flows.ingest import ingest
from whosaid.types import Outcome, RunSummary, Video, VideoState

pytestmark = pytest.mark.timeout(300)
SHORT = timedelta(seconds=12)  # ten are the least for what waits for an absence
TRIGGERED = "prefect.automation.triggered"
ALL = {
    "whosaid: a run whose process died is crashed",
    "whosaid: a backfill brought nothing for days",
    "whosaid: too much of a run failed",
}


@pytest.fixture
async def client() -> AsyncGenerator[PrefectClient]:
    """A client, with no automations before and after."""
    async with get_client() as client:
        await forget(client)
        yield client
        await forget(client)


async def forget(client: PrefectClient) -> None:
    for each in await offered(client):
        await client.delete_automation(each.id)


async def offered(client: PrefectClient) -> list[Automation]:
    return [each for each in await client.read_automations() if each.name.startswith("whosaid: ")]


async def start(client: PrefectClient) -> UUID:
    """Enter a run that says it is running, of which no process knows."""
    return (await client.create_flow_run(ingest, parameters={"source": "nowhere"}, state=Running())).id


def beat(run: UUID) -> None:
    """Send a heartbeat as the engine of a run does."""
    flow = {"prefect.resource.id": f"prefect.flow.{uuid4()}", "prefect.resource.role": "flow"}
    emit_event(
        HEARTBEAT,
        resource={"prefect.resource.id": f"prefect.flow-run.{run}"},
        related=[flow | {"prefect.resource.name": "ingest"}],
    )


def backfill(event: str, source: str) -> None:
    """Tell of a run of the deployment `backfill`."""
    deployment = {"prefect.resource.id": f"prefect.deployment.{uuid4()}", "prefect.resource.role": "deployment"}
    emit_event(
        event,
        resource={"prefect.resource.id": f"whosaid.source.{source}", "prefect.resource.name": source},
        related=[deployment | {"prefect.resource.name": "backfill"}],
    )


def summary(*states: VideoState) -> RunSummary:
    outcomes = tuple(Outcome(Video("file", str(i), "", "A", "B"), each, "") for i, each in enumerate(states))
    return RunSummary("a", f"channel-{uuid4()}", "demo", datetime.now(UTC), 1.0, outcomes, ())


async def fired(client: PrefectClient) -> list[str]:
    """Return the names of the automations in the event feed that have fired."""
    names = {f"prefect.automation.{each.id}": each.name for each in await offered(client)}
    found = await client.read_events(EventFilter(event=EventNameFilter(name=[TRIGGERED])), limit=50)
    return [names[each.resource.id] for each in found.events if each.resource.id in names]


async def test_they_are_made_once_and_left_as_they_are(client: PrefectClient) -> None:
    """What the user changed stays when bootstrap runs again."""
    await offer_automations()
    first = await offered(client)
    await client.pause_automation(first[0].id)
    await offer_automations(idle=timedelta(days=1))
    again = await offered(client)
    assert {each.id for each in again} == {each.id for each in first}
    assert len(first) == 3
    assert [each.enabled for each in again].count(False) == 1
    assert {each.trigger.within for each in again} == {each.trigger.within for each in first}


async def test_each_fires_when_it_should(client: PrefectClient) -> None:
    """A silent run is crashed, one that ended is not; a source that brings nothing and a run that fails are told."""
    await offer_automations(silence=SHORT, idle=SHORT)
    silent, ended = await start(client), await start(client)
    for each in (silent, ended):
        beat(each)
    await client.set_flow_run_state(ended, Completed())
    backfill(IDLE, "quiet")
    tell_of(summary(VideoState.done, VideoState.done))
    tell_of(summary(VideoState.done, VideoState.failed))
    async with asyncio.timeout(120):
        while set(await fired(client)) != ALL or (await client.read_flow_run(silent)).state_name != "Crashed":  # noqa: ASYNC110
            await asyncio.sleep(1)
    assert (await client.read_flow_run(ended)).state_name == "Completed"
    assert (await fired(client)).count("whosaid: too much of a run failed") == 1
