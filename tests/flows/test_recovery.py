"""A run that is stopped or killed while it holds the slot of the GPU, and the run after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.settings import get_current_settings
from prefect.states import Crashed

from flows.console import run_here
from flows.limits import set_limits
from flows.recovery import MESSAGE, recover
from tests.faults.deployed import slots_taken
from tests.faults.processes import Process, started, until
from tests.flows.scripted import overrides, record
from whosaid.profiles import BALANCED
from whosaid.store import open_archive
from whosaid.types import VideoState

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def channel(tmp_path: Path) -> Path:
    await set_limits(BALANCED.limits)
    record(tmp_path / "channel" / "speech.wav", 6.0)
    return tmp_path / "channel"


@pytest.fixture
def holding(home: Path, channel: Path, tmp_path: Path) -> Iterator[Process]:
    """A run in a process of its own that holds the slot of the GPU, and would for ten minutes."""
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    environment = os.environ | settings | {"FAULTS_HOLD": "600"}
    with started(["tests.faults.stopped", str(channel)], environment, tmp_path / "log") as process:
        until((home / "holding").exists, 120, process)
        until(lambda: find_owner(home), 10)
        yield process


def find_owner(home: Path) -> str:
    """Return which run has the one folder below scratch/."""
    [file] = (home / "scratch").glob("*/owner.txt")
    return file.read_text()


async def read(client: PrefectClient, *runs: UUID) -> list[FlowRun]:
    return await client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=list(runs))))


async def test_a_stopped_run_waits_for_no_model(holding: Process, home: Path) -> None:
    """SIGTERM ends it within seconds, though its engine computes on; slot and folder are gone, nothing is published."""
    run = UUID(find_owner(home))
    async with get_client() as client:
        assert await slots_taken(client, "gpu") == 1
        holding.send(signal.SIGTERM)
        assert holding.wait(60) == 128 + signal.SIGTERM
        [stopped] = await read(client, run)
        assert (stopped.state_name, await slots_taken(client, "gpu")) == ("Crashed", 0)
    assert not [each for each in (home / "scratch").iterdir() if each.is_dir()]
    said = holding.log.read_text()
    assert "stopped: what is finished is kept" in said
    assert "Traceback" not in said
    with open_archive(None, home) as archive:
        assert archive.status().videos.done == 0


async def test_a_killed_run_gives_its_slot_to_the_next(holding: Process, home: Path, channel: Path) -> None:
    """As soon as another run begins, and not before it is dead; it stands as crashed, and its folder is gone."""
    run = UUID(find_owner(home))
    async with get_client() as client:
        await recover(home)
        [alive] = await read(client, run)
        assert (alive.state_name, await slots_taken(client, "gpu")) == ("Running", 1)
        holding.kill()
        await recover(home)
        [dead] = await read(client, run)
        assert await slots_taken(client, "gpu") == 0
    assert dead.state
    assert (dead.state_name, dead.state.message) == ("Crashed", MESSAGE)
    assert not [each for each in (home / "scratch").iterdir() if each.is_dir()]
    summary = await run_here(str(channel), "balanced", overrides=overrides())
    assert [each.state for each in summary.outcomes] == [VideoState.done]


async def test_slots_that_nobody_holds_are_free(home: Path, channel: Path) -> None:
    """As a server that was restarted leaves them; a run would wait for them for ever."""
    async with get_client() as client:
        for each in await client.read_flow_runs():  # what other tests left running could be the holder
            if each.state and not each.state.is_final():
                await client.set_flow_run_state(each.id, Crashed(), force=True)
        await client.update_global_concurrency_limit("tag:gpu", GlobalConcurrencyLimitUpdate(active_slots=1))
        summary = await run_here(str(channel), "balanced", overrides=overrides())
        assert await slots_taken(client, "gpu") == 0
    assert [each.state for each in summary.outcomes] == [VideoState.done]
