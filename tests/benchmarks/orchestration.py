"""What Prefect costs: the gaps between two holders of the GPU's slot, a run against a plain loop, reruns, memory.

The real flow over engines that only hold their slot for a set time. `python -m tests.benchmarks.orchestration` runs it
alone, on a Prefect server with SQLite; with ORCHESTRATION_POSTGRES, the address of an empty database with pg_trgm
(postgresql+asyncpg://…), also on one with Postgres. With `memory` behind it: the memory over 1,000 videos, and no more.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from asyncio import Semaphore
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import anyio.to_thread
import psutil
from prefect.settings import PREFECT_API_URL, PREFECT_LOCAL_STORAGE_PATH, PREFECT_LOGGING_LEVEL, temporary_settings

import flows.ingest
from blocks.settings import resolve_settings
from blocks.site import Site, open_site
from flows.console import run_here
from flows.ingest import ingest_video
from flows.job import Job
from flows.limits import Queues, set_limits
from flows.run import Run
from flows.stage import Stage
from tests.benchmarks.figures import Figure
from tests.benchmarks.holding import Held, engines, holding
from tests.faults.processes import Server, serving
from tests.flows.scripted import record
from whosaid.media import open_source
from whosaid.naming import read_naming
from whosaid.profiles import Profile, profile_named
from whosaid.types import RunSummary

POSTGRES: Final = "ORCHESTRATION_POSTGRES"
CONTENDING: Final = 8  # as many as the profile works on at once
LOOPED: Final = 24  # a run of hours is not its first and last seconds
RERUN: Final = 24
MANY: Final = 1_000
WARM: Final = 8
STAGE: Final = 5.0  # seconds, where a run is compared with a plain loop
SLOT: Final = 2.0


def run(home: Path) -> Iterator[Figure]:
    """Measure on a server with SQLite, and on one with Postgres where there is one."""
    yield from _measure_apart("SQLite", None)
    if database := os.environ.get(POSTGRES):
        yield from _measure_apart("Postgres", database)
    else:
        sys.stderr.write(f"orchestration: nothing is measured on Postgres, for {POSTGRES} names none\n")


def _measure_apart(name: str, database: str | None) -> list[Figure]:
    """Measure in a process of its own: Prefect asks one server for slots as long as a process lasts."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_listed, name, database).result()


def _listed(name: str, database: str | None) -> list[Figure]:
    return list(_measure(name, database))


def _measure(name: str, database: str | None) -> Iterator[Figure]:
    benchmark = f"orchestration on {name}"
    with _folder() as folder, serving(folder / "server", database) as server:
        with _working(server, folder / "handoff", CONTENDING) as channel:
            yield from _handoff(benchmark, channel)
        with _working(server, folder / "loop", LOOPED) as channel:
            yield from _against_a_loop(benchmark, channel)
        with _working(server, folder / "rerun", RERUN) as channel:
            yield from _rerun(benchmark, channel)


@contextmanager
def _folder() -> Generator[Path]:
    with TemporaryDirectory(prefix="whosaid-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as another user under root
        yield Path(folder)


@contextmanager
def _working(server: Server, home: Path, videos: int) -> Generator[Path]:
    """Use a data directory of its own, and lend a channel in which no two of LOOPED videos say the same."""
    for number in range(videos):  # a scripted recogniser hears a word every half second
        record(home / "channel" / f"{number:04}.wav", 6 + number % LOOPED / 2 + number / 1000)
    with used(server, home):
        asyncio.run(set_limits(profile_named("balanced", engines()).limits))
        yield home / "channel"


@contextmanager
def used(server: Server, home: Path) -> Generator[None]:
    """Make this process a client of the server, with a data directory of its own."""
    settings = {
        PREFECT_API_URL: server.api, PREFECT_LOCAL_STORAGE_PATH: home / "results", PREFECT_LOGGING_LEVEL: "ERROR",
    }  # fmt: skip
    with patch.dict(os.environ, {"WHOSAID_HOME": str(home)}), temporary_settings(settings):
        yield


def _ingest(channel: Path) -> RunSummary:
    summary = asyncio.run(run_here(str(channel), "balanced", overrides=engines()))
    if any(each.state != "done" for each in summary.outcomes):
        raise RuntimeError(f"a benchmark's run failed: {summary.line}: {summary.outcomes[0].detail}")
    return summary


def _handoff(benchmark: str, channel: Path) -> Iterator[Figure]:
    """Measure what lies between two tasks that hold the slot, with all videos contending for it."""
    with holding(embedding=SLOT) as held:
        _ingest(channel)
    yield from _gaps(benchmark, held)


def _gaps(benchmark: str, held: Held) -> Iterator[Figure]:
    yield Figure(benchmark, "handoff gap of the gpu slot, median", 1000 * median(held.gaps), "ms")
    yield Figure(benchmark, "handoff gap of the gpu slot, p90", 1000 * quantiles(held.gaps, n=10)[-1], "ms")
    yield Figure(benchmark, f"gpu slot busy with {SLOT:g}-s tasks", 100 * held.busy, "%")


def _against_a_loop(benchmark: str, channel: Path) -> Iterator[Figure]:
    """Compare a run with a plain loop over the bodies of the same stages, as many at once, the archive being there."""
    with open_site(asyncio.run(resolve_settings())):
        pass
    with holding(embedding=STAGE, hearing=STAGE):
        ours = _seconds(partial(_ingest, channel))
    shutil.rmtree(channel.parent / "results")
    with holding(embedding=STAGE, hearing=STAGE):
        loop = _seconds(partial(_loop, channel))
    yield Figure(benchmark, f"a run of {LOOPED} videos with {STAGE:g} s a stage", ours, "s")
    yield Figure(benchmark, "times what a plain loop takes", ours / loop, "")


def _loop(channel: Path) -> None:
    profile = profile_named("balanced", engines())
    with open_site(asyncio.run(resolve_settings())) as site:
        asyncio.run(_loop_over(channel, profile, site))


async def _loop_over(channel: Path, profile: Profile, site: Site) -> None:
    """Work on as many videos at once without Prefect: no tasks, states or kept results; lines alone hold the slots."""
    source, lines, in_flight = open_source(str(channel)), Queues(profile.limits), Semaphore(profile.videos_in_flight)
    run = Run(source, profile, read_naming(site.archive, profile.voices.model_key), site)
    stages = {name: each for name, each in vars(flows.ingest).items() if isinstance(each, Stage)}
    with patch.multiple(flows.ingest, **{name: _plain(each, lines) for name, each in stages.items()}):
        async with asyncio.TaskGroup() as group:
            for video in source.list().videos:
                await in_flight.acquire()
                task = group.create_task(ingest_video.fn(video, run, Job(video, source, site, lines)))
                task.add_done_callback(lambda _: in_flight.release())


def _plain(stage: Stage[..., Any], lines: Queues) -> Callable[..., Any]:
    async def call(*inputs: object, job: Job) -> Any:
        if stage._prepare:
            await anyio.to_thread.run_sync(partial(stage._prepare, *inputs, job=job))
        async with lines.turn(stage._tag) as begin:
            begin()
            return await anyio.to_thread.run_sync(partial(stage._body, *inputs, job=job))

    return call


def _rerun(benchmark: str, channel: Path) -> Iterator[Figure]:
    """Measure what a video costs that is done, and one whose stages are all found while the archive is empty."""
    _ingest(channel)
    yield Figure(benchmark, "a video that is done", 1000 * _seconds(partial(_ingest, channel)) / RERUN, "ms")
    shutil.rmtree(channel.parent / "postgres")
    found = _seconds(partial(_ingest, channel)) / RERUN
    yield Figure(benchmark, "a video that is cached, into an empty archive", 1000 * found, "ms")


def measure_memory(database: str | None = None, videos: int = MANY) -> Iterator[Figure]:
    """Measure what 1,000 videos leave in the memory of the server and of this process."""
    benchmark = f"orchestration of {videos} videos"
    with (
        _folder() as folder,
        serving(folder / "server", database) as server,
        _working(server, folder / "home", videos) as channel,
    ):
        asyncio.run(run_here(str(channel), "balanced", WARM, engines()))
        processes = {"server": server.process.pid, "client": os.getpid()}
        before = {each: _resident(pid) for each, pid in processes.items()}
        seconds = _seconds(partial(_ingest, channel))
        yield Figure(benchmark, "time a video", 1000 * seconds / (videos - WARM), "ms")
        for each, pid in processes.items():
            yield Figure(benchmark, f"memory of the {each} after {WARM} videos", before[each], "MB")
            yield Figure(benchmark, f"memory of the {each} at the end", _resident(pid), "MB")


def _resident(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 2**20


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print what is measured, as it comes."""
    for each in measure_memory(os.environ.get(POSTGRES)) if "memory" in sys.argv else run(Path()):
        print(each, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
