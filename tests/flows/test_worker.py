"""What a user does: prefect.yaml deployed to a real server, and a real worker that runs what is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.deployments import run_deployment
from prefect.settings import get_current_settings
from prefect.states import Cancelling
from pydantic import SecretStr

from blocks.archive import ArchiveDatabase
from blocks.cookies import SiteCookies
from blocks.hub import HubToken
from blocks.openai import OpenAiKey
from blocks.settings import resolve_settings
from deployments.backfill import list_schedules, offer_nightly, schedule_channel
from deployments.bootstrap import bootstrap
from deployments.demo.home import CHANNEL as EPISODES
from deployments.demo.home import furnish
from deployments.pool import POOL, QUEUES
from deployments.programs import prefect, running
from deployments.serve import deploy, prepare
from flows.evaluate import evaluate
from flows.limits import set_limits
from tests.faults.deployed import slots_taken
from tests.flows.conftest import data_directory
from tests.flows.scripted import make_channel, overrides, write_wav
from tests.unit.test_blocks import cookie
from whosaid.errors import ConfigurationError
from whosaid.media.decoding import decode_samples
from whosaid.profiles import BALANCED
from whosaid.store import open_archive

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

SECRET = "planted-7d1e"
CHANNEL = "https://video.example/@channel"


@pytest.fixture(scope="module")
def place() -> Generator[Path]:
    with data_directory() as home:
        yield home


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker_log(place: Path) -> AsyncGenerator[Path]:
    """A server with all that `make serve` puts there, planted secrets, and a worker."""
    await prepare(BALANCED, place)
    cookies = SecretStr(cookie("video.example", 0).replace("\t", f"\t{SECRET}", 1))
    planted = (HubToken(token=SecretStr(SECRET)), OpenAiKey(key=SecretStr(SECRET)), SiteCookies(text=cookies))
    for block in planted:
        await block.save("default", overwrite=True)
    log = place.parent / "worker.log"
    settings = get_current_settings().to_environment_variables(exclude_unset=True) | {
        "WHOSAID_HOME": str(place),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    command = prefect("worker", "start", "--pool", POOL, "--install-policy", "never")
    with log.open("w") as output, running(command, settings, output):
        yield log
    for block in planted:
        await type(block).adelete("default")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(worker_log: Path, place: Path) -> dict[str, FlowRun]:
    """Ingest, and then two that look at the archive, each in a process of the worker's."""
    channel = make_channel(place.parent / "channel")
    references = place / "references" / "told"
    references.mkdir(parents=True)
    (references / "told.rttm").write_text("SPEAKER speech 1 0.0 3.0 <NA> <NA> a <NA> <NA>\n")
    spec = overrides().model_dump(mode="json", exclude_none=True)
    ingested = await run("ingest/balanced", source=str(channel), overrides=spec)
    others = await asyncio.gather(run("relabel/relabel"), run("evaluate/evaluate", references="told"))
    return dict(zip(("ingest", "relabel", "evaluate"), (ingested, *others), strict=True))


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - what another process does tells nobody
            await asyncio.sleep(0.2)


async def run(deployment: str, **parameters: Any) -> FlowRun:
    return await run_deployment(deployment, parameters=parameters, timeout=300, poll_interval=0.5, as_subflow=False)


async def artifacts(flow_run: UUID) -> dict[str, Artifact]:
    async with get_client() as client:
        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run]))
        return {str(each.key): each for each in await client.read_artifacts(artifact_filter=of_run)}


async def test_a_worker_ingests_what_is_asked_for(runs: dict[str, FlowRun], worker_log: Path) -> None:
    """Parameters go through JSON to another process, and the one bad recording of three fails alone."""
    state = runs["ingest"].state
    assert state is not None
    assert (state.name, state.message) == ("Completed", "2 done, 1 failed"), worker_log.read_text()[-3000:]
    assert {"outcomes", "stage-timings", "summary"} <= set(await artifacts(runs["ingest"].id))


async def test_a_worker_runs_what_follows(runs: dict[str, FlowRun], worker_log: Path) -> None:
    """An evaluation, shown in tables and words; names by a voice model that heard none of it are refused, in a line."""
    states = {name: each.state_name for name, each in runs.items()}
    assert states == {"ingest": "Completed", "relabel": "Failed", "evaluate": "Completed"}, worker_log.read_text()
    assert "heard by scripted-8" in str(runs["relabel"].state and runs["relabel"].state.message)
    shown = await artifacts(runs["evaluate"].id)
    assert "diarization error rate" in str(shown["evaluation"].data)
    assert "speech" in str(shown["episodes"].data)


async def test_runs_that_load_models_wait_for_each_other(runs: dict[str, FlowRun]) -> None:
    """They share a queue that lets one run go; what loads none has another."""
    async with get_client() as client:
        queues = {each.name: each.concurrency_limit for each in await client.read_work_queues(work_pool_name=POOL)}
    assert {name: queues[name] for name in QUEUES} == {"models": 1, "archive": None}
    assert {name: each.work_queue_name for name, each in runs.items()} == {
        "ingest": "models",
        "relabel": "archive",
        "evaluate": "archive",
    }


async def test_secrets_stay_in_their_blocks(runs: dict[str, FlowRun], worker_log: Path, place: Path) -> None:
    """No word of them in Prefect's database, in results, in artifacts or in logs, whatever fails."""
    assert (await resolve_settings()).cookies is not None
    await ArchiveDatabase(url=SecretStr(f"postgresql://a:{SECRET}@127.0.0.1:9/b")).save("default", overwrite=True)
    try:
        refused = await evaluate("told", return_state=True)
    finally:
        await ArchiveDatabase.adelete("default")
    assert "cannot be reached" in str(refused.message)
    stored = b"".join(each.read_bytes() for each in written(place, worker_log))
    assert b"Completed" in stored
    assert b"cannot be reached" in stored
    assert SECRET.encode() not in stored


def written(place: Path, worker_log: Path) -> Sequence[Path]:
    """The files of Prefect's database, the results, and the worker's log."""
    address = get_current_settings().server.database.connection_url
    assert address is not None
    database = Path(address.get_secret_value().partition("///")[2])
    files = [*database.parent.glob(f"{database.name}*"), *(place / "results").rglob("*"), worker_log]
    assert len(files) > 3
    return [each for each in files if each.is_file()]


async def test_a_cancelled_run_waits_for_no_model(runs: dict[str, FlowRun], place: Path) -> None:
    """Cancelled as by the UI while speech recognition computes, it ends, holds no slot, and leaves nothing behind."""
    furnish(place)
    speech = decode_samples(EPISODES / "coffee-with-tom-hale.opus")
    write_wav(place.parent / "long" / "long.wav", np.tile(speech, 30))  # minutes of computing
    async with get_client() as client:
        begun = await run_deployment("ingest/demo", parameters={"source": str(place.parent / "long")}, timeout=0)

        async def recognises() -> bool:
            return await slots_taken(client, "asr") == 1

        async def has_ended() -> bool:
            state = (await client.read_flow_run(begun.id)).state
            return state is not None and state.is_final()

        await until(recognises, 180)
        await asyncio.sleep(10)  # for the weights to be loaded, and more
        assert await recognises()
        await client.set_flow_run_state(begun.id, Cancelling())
        await until(has_ended, 90)
        assert (await client.read_flow_run(begun.id)).state_name == "Cancelled"
        assert [await slots_taken(client, tag) for tag in BALANCED.limits] == [0] * len(BALANCED.limits)
    assert not [each for each in (place / "scratch").iterdir() if each.is_dir()]
    with open_archive(None, place) as archive:
        assert archive.status().videos.done == 2  # those of the first run


async def test_a_channel_keeps_its_schedule(runs: dict[str, FlowRun]) -> None:
    """One each, however often it is set or all is deployed again; the one that is offered stays paused."""
    await schedule_channel(CHANNEL, "0 4 * * *", "Europe/Berlin")
    await schedule_channel(CHANNEL, "0 5 * * *", "Europe/Berlin")
    await asyncio.to_thread(deploy, "--name", "backfill")
    await offer_nightly()
    found = {each.parameters.get("source"): each for each in await list_schedules()}
    assert {source: each.active for source, each in found.items()} == {None: False, CHANNEL: True}
    assert (found[CHANNEL].schedule.cron, found[CHANNEL].schedule.timezone) == ("0 5 * * *", "Europe/Berlin")


@pytest.mark.parametrize(
    ("address", "cron", "zone", "part"),
    [
        ("no-such-folder", "0 4 * * *", "UTC", "neither an existing folder"),
        (CHANNEL, "at night", "UTC", "no schedule"),
        (CHANNEL, "0 4 * * *", "Berlin", "no schedule"),
    ],
)
async def test_a_wrong_schedule_is_refused(
    runs: dict[str, FlowRun], address: str, cron: str, zone: str, part: str
) -> None:
    """In one line."""
    with pytest.raises(ConfigurationError, match=part) as refused:
        await schedule_channel(address, cron, zone)
    assert "\n" not in str(refused.value)


async def test_a_limit_that_someone_set_is_told(runs: dict[str, FlowRun]) -> None:
    """Before it is set to that of the profile; the second time there is nothing to tell."""
    await set_limits({"asr": 7})
    assert await bootstrap(BALANCED) == ("the limit of the tag asr was 7 and is now 4",)
    assert await bootstrap(BALANCED) == ()
