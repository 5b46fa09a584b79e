"""`python -m deployments.backfill ADDRESS`: the channels that are looked through every night.

Each channel is a schedule of the deployment ingest/backfill with a source of its own. prefect.yaml names no schedule,
so that deploying again leaves alone what was set here or in the UI.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import typer
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from blocks.reaching import reaching_server
from whosaid.errors import ConfigurationError, WhosaidError
from whosaid.formats import one_line
from whosaid.media import open_source

DEPLOYMENT: Final = "ingest/backfill"
NIGHTLY: Final = "15 3 * * *"
ZONE: Final = "UTC"
_OFFERED: Final = "nightly"


async def offer_nightly() -> None:
    """Put a paused schedule without a source beside the deployment, for the UI to show, where it has none at all."""
    async with get_client() as client:
        deployment, schedules = await _read(client)
        if not schedules:
            offered = DeploymentScheduleCreate(schedule=_nightly(NIGHTLY, ZONE), active=False, slug=_OFFERED)
            await client.create_deployment_schedules(deployment, [offered])


async def schedule_channel(address: str, cron: str, zone: str) -> tuple[DeploymentSchedule, ...]:
    """Let a channel be looked through at these times, whether it had a schedule before or not; return all schedules."""
    open_source(address)  # refuses what is no address
    schedule = _nightly(cron, zone)
    async with get_client() as client:
        deployment, schedules = await _read(client)
        present = next((each.id for each in schedules if _source(each) == address), None)
        if present is None:
            added = DeploymentScheduleCreate(schedule=schedule, parameters={"source": address}, slug=address)
            await client.create_deployment_schedules(deployment, [added])
        else:
            given = {"source": address}  # said again, or the server takes it for none
            await client.update_deployment_schedule(deployment, present, True, schedule, parameters=given)  # noqa: FBT003
        return (await _read(client))[1]


async def list_schedules() -> tuple[DeploymentSchedule, ...]:
    """Return the schedules that there are."""
    async with get_client() as client:
        return (await _read(client))[1]


async def _read(client: PrefectClient) -> tuple[UUID, tuple[DeploymentSchedule, ...]]:
    try:
        deployment = await client.read_deployment_by_name(DEPLOYMENT)
    except ObjectNotFound as e:
        raise ConfigurationError(f"{DEPLOYMENT} is not deployed: run `prefect deploy --all`") from e
    return deployment.id, tuple(await client.read_deployment_schedules(deployment.id))


def _nightly(cron: str, zone: str) -> CronSchedule:
    try:
        return CronSchedule(cron=cron, timezone=zone)
    except ValidationError as e:
        wrong = "; ".join(each["msg"] for each in e.errors())
        raise ConfigurationError(
            f"{cron!r} in {zone!r} is no schedule ({wrong}): write it like {NIGHTLY!r} in 'Europe/Berlin'"
        ) from e


def _source(schedule: DeploymentSchedule) -> str:
    return str(schedule.parameters.get("source", ""))


def show(schedules: Sequence[DeploymentSchedule]) -> None:
    """Print the schedules, a line each."""
    for each in schedules:
        times = each.schedule
        when = f"{times.cron} {times.timezone}" if isinstance(times, CronSchedule) else "by another kind of schedule"
        typer.echo(one_line(f"{'on ' if each.active else 'off'}  {when}  {_source(each) or 'no source yet'}"))


def main(
    address: Annotated[
        str | None, typer.Argument(help="a channel, playlist or feed address; without one, the schedules are shown")
    ] = None,
    cron: Annotated[str, typer.Option(help="minute, hour, day, month and weekday, as in a crontab")] = NIGHTLY,
    zone: Annotated[str, typer.Option(help="the time zone of the hour, such as Europe/Berlin")] = ZONE,
) -> None:
    """Have a channel looked through every night by the deployment ingest/backfill; safe to run again."""
    work = schedule_channel(address, cron, zone) if address is not None else list_schedules()
    try:
        with reaching_server():
            show(asyncio.run(work))
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
