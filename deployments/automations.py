"""Automations offered to a Prefect server: what it does by itself when runs die, fail, or bring nothing for days.

They are made once, by their names; what the user changes of them in the UI stays. Where a notification block of the
name `whosaid-alerts` is saved, the two alerts send it; where there is none they do nothing but stand in the event feed,
and on the page of the automation, as triggered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows.events import FAILED_SHARE, FAILING, IDLE, INGESTED

ALERTS: Final = "whosaid-alerts"
FLOWS: Final = ("ingest", "ingest-video", "enroll", "relabel", "reembed", "evaluate")
HEARTBEAT: Final = "prefect.flow-run.heartbeat"
ENDS: Final = frozenset(
    f"prefect.flow-run.{each}" for each in ("Completed", "Failed", "Cancelled", "Crashed", "Paused")
)
SILENCE: Final = timedelta(seconds=90)  # three heartbeats, which pyproject.toml sets to one in 30 s
IDLE_DAYS: Final = 7


async def offer_automations(silence: timedelta = SILENCE, idle: timedelta = timedelta(days=IDLE_DAYS)) -> None:
    """Make the automations that are not there yet; let alerts that do nothing use a notification block that now is."""
    async with get_client() as client:
        action = await _alert(client)
        for each in (_zombies(silence), _idle(idle, action), _failing(action)):
            await _offer(client, each)


async def _offer(client: PrefectClient, wanted: AutomationCore) -> None:
    found = await client.read_automations_by_name(wanted.name)
    if not found:
        await client.create_automation(wanted)
    elif _does_nothing(found[0].actions) and not _does_nothing(wanted.actions):
        changed = AutomationCore(**found[0].model_dump(exclude={"id", "actions"}), actions=wanted.actions)
        await client.update_automation(UUID(str(found[0].id)), changed)


def _does_nothing(actions: Iterable[ActionTypes]) -> bool:
    return all(isinstance(each, DoNothing) for each in actions)


async def _alert(client: PrefectClient) -> ActionTypes:
    """Return the notification by the block `whosaid-alerts`, or nothing to do where none is saved."""
    saved = [each for each in await client.read_block_documents(include_secrets=False) if each.name == ALERTS]
    if not saved:
        return DoNothing()
    return SendNotification(
        block_document_id=saved[0].id,
        subject="whosaid: {{ automation.name }}",
        body="{{ event.resource.name }}: {{ event.payload.line }}",
    )


def _zombies(silence: timedelta) -> AutomationCore:
    return AutomationCore(
        name="whosaid: a run whose process died is crashed",
        description="A run that sends no heartbeat any more and has not ended is marked as crashed.",
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT, *ENDS},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": list(FLOWS)},  # pyright: ignore
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=silence,
        ),
        actions=[_crash()],
    )


def _crash() -> ActionTypes:
    message = "no heartbeat: the process of this run died"
    return ChangeFlowRunState(name="Crashed", state=StateType.CRASHED, message=message, force=False)


def _idle(idle: timedelta, action: ActionTypes) -> AutomationCore:
    return AutomationCore(
        name="whosaid: a backfill brought nothing for days",
        description=f"A source of which the deployment `backfill` ingested no video for {idle.days} days.",
        trigger=EventTrigger(
            after={INGESTED, IDLE},
            expect={INGESTED},
            match_related={"prefect.resource.role": "deployment", "prefect.resource.name": "backfill"},  # pyright: ignore
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=idle,
        ),
        actions=[action],
    )


def _failing(action: ActionTypes) -> AutomationCore:
    return AutomationCore(
        name="whosaid: too much of a run failed",
        description=f"A run of `ingest` in which more than {FAILED_SHARE:.0%} of the videos failed.",
        trigger=EventTrigger(expect={FAILING}, posture=Posture.Reactive, threshold=1),
        actions=[action],
    )
