"""`python -m tests.faults.kills 20`: a worker and its run killed 20 times over the demo channel, then a last run.

With the engines of the demo, or with `scripted` behind it by scripted ones that take a second each, which is quicker.
With `server` behind that, Prefect's server is killed first and the run dies some seconds later, without one.
What the last run leaves must be, row for row, what a run leaves that nobody disturbs, and no video may have had more
stages executed again than kills that hit it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import psutil

from deployments.demo.home import CHANNEL, furnish
from deployments.demo.server import serve
from tests.faults.archives import contents, difference
from tests.faults.deployed import Deployed, deployed, state_of
from tests.faults.processes import Process, Server, serving, until, worker
from tests.flows.scripted import overrides
from whosaid.profiles import DEMO
from whosaid.store import open_archive

ENGINES: Final[dict[str, dict[str, Any]]] = {
    "demo": {},
    "scripted": overrides().model_dump(mode="json", exclude_none=True) | {"monologue": {"enabled": False}},
}
HOLD: Final = {"demo": "0", "scripted": "1"}
LONGEST: Final = 10.0  # seconds of work between the first stage of a run and its death
ALONE: Final = 10.0  # seconds at most that a run has no server, before it is killed too
PATIENCE: Final = 600.0


@dataclass(slots=True)
class Site:
    """A data directory that runs work in, and the log of their stages."""

    home: Path
    server: Server
    engines: str
    victim: str
    kills: int = 0
    waits: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        furnish(self.home)

    @property
    def log(self) -> Path:
        return self.home / "stages.log"

    def worker(self) -> Process:
        """Start a worker that works here."""
        own = {
            "WHOSAID_HOME": self.home,
            "PREFECT_LOCAL_STORAGE_PATH": self.home / "results",
            "FAULTS_LOG": self.log,
            "FAULTS_HOLD": HOLD[self.engines],
        }
        return worker(self.server.settings | {name: str(path) for name, path in own.items()}, self.home / "worker.log")

    def start(self, deployment: Deployed, feed: str) -> UUID:
        """Ask for a run."""
        return deployment.start(source=feed, profile="demo", overrides=ENGINES[self.engines])

    def lines(self) -> list[list[str]]:
        """Return what was noted: process, moment, stage, video."""
        return [line.split("\t") for line in self.log.read_text().splitlines()] if self.log.exists() else []


def finish(site: Site, deployment: Deployed, feed: str) -> None:
    """Let a run come to its end."""
    process = site.worker()
    try:
        run = site.start(deployment, feed)
        until(lambda: state_of(run).is_final(), PATIENCE)
        if not state_of(run).is_completed():
            raise RuntimeError(f"the run ended as {state_of(run)}: see {site.home / 'worker.log'}")
    finally:
        kill(process)


def disturb(site: Site, deployment: Deployed, feed: str) -> bool:
    """Kill a run at a random moment of its work; say False where it was over before that."""
    begun, process = len(site.lines()), site.worker()
    try:
        start = time.monotonic()
        run = site.start(deployment, feed)
        until(lambda: len(site.lines()) > begun or state_of(run).is_final(), PATIENCE)
        site.waits.append(time.monotonic() - start)
        if _over_within(run, random.uniform(0, LONGEST)):
            return False
        if site.victim == "server":
            site.server.kill()
            time.sleep(random.uniform(0, ALONE))
        return True
    finally:
        kill(process)
        if not site.server.process.running():
            site.server.start_again()


def _over_within(run: UUID, seconds: float) -> bool:
    with suppress(TimeoutError):
        until(lambda: state_of(run).is_final(), seconds)
        return True
    return False


def kill(process: Process) -> None:
    """Kill a worker with all that it has started, but for the Postgres of the archive, which others may use."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for each in family:
        with suppress(psutil.NoSuchProcess):
            if "postgres" not in each.name():
                each.kill()


def check_again(site: Site) -> list[str]:
    """Return the videos of which more stages were executed again than kills hit them."""
    executed, processes = defaultdict[str, Counter[str]](Counter), defaultdict[str, set[str]](set)
    for process, moment, stage, video in site.lines():
        if moment == "begin":
            executed[video][stage] += 1
            processes[video].add(process)
    told: list[str] = []
    for video, stages in executed.items():
        again, hits = stages.total() - len(stages), len(processes[video]) - 1
        if again > hits:
            told.append(f"{video}: {again} stages executed again, with {hits} kills: {dict(stages)}")
    return told


def main(kills: int, engines: str = "demo", victim: str = "worker") -> int:
    """Kill, finish, compare and tell; 1 where something differs."""
    with TemporaryDirectory(prefix="whosaid-kills-") as folder:
        root = Path(folder)
        root.chmod(0o755)  # the embedded Postgres runs as another user under root
        with (
            serve(CHANNEL) as feed,
            serving(root / "server") as server,
            deployed(server, "tests.faults.counted.ingest", DEMO) as deployment,
        ):
            return _compare(lambda name: Site(root / name, server, engines, victim), deployment, feed, kills)


def _compare(make: Callable[[str], Site], deployment: Deployed, feed: str, kills: int) -> int:
    undisturbed = make("undisturbed")
    finish(undisturbed, deployment, feed)
    _tell(f"undisturbed: {len(undisturbed.lines()) // 2} stages")
    sites = [make("killed-1")]
    for number in range(1, kills + 1):
        while not disturb(sites[-1], deployment, feed):
            _tell(f"all done after {sites[-1].kills} kills: going on with an empty archive")
            sites.append(make(f"killed-{len(sites) + 1}"))
        sites[-1].kills += 1
        _tell(f"kill {number}: {len(sites[-1].lines())} lines, first stage after {sites[-1].waits[-1]:.0f} s")
    wrong: list[str] = []
    for site in sites:
        finish(site, deployment, feed)
        wrong += _judge(undisturbed, site)
    _tell("\n".join(wrong) or f"{kills} kills: the archives are equal, and no stage was executed too often")
    return 1 if wrong else 0


def _judge(undisturbed: Site, site: Site) -> list[str]:
    with open_archive(None, undisturbed.home) as one, open_archive(None, site.home) as other:
        differing = difference(contents(one), contents(other))
    begun = [(stage, video) for _, moment, stage, video in site.lines() if moment == "begin"]
    _tell(f"{site.home.name}: {site.kills} kills, {len(begun)} stages begun, {len(set(begun))} different ones")
    left = [each.name for each in (site.home / "scratch").iterdir() if each.is_dir()]
    return [*differing, *check_again(site), *(f"{each} was left behind" for each in left)]


def _tell(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
