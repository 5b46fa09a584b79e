"""`python -m tests.faults.slots 5`: how soon the GPU's slot is free after a kill -9 of its holder, on a real server.

By itself, when the lease is over, five times at random moments; then as the next run of the same data directory
begins, until that run computes in the slot.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.limits import set_limits
from tests.faults.deployed import taken
from tests.faults.processes import Process, Server, serving, started, until
from tests.flows.scripted import record
from whosaid.profiles import BALANCED

LEASE: Final = 60.0  # seconds that Prefect lends a tag's slot for
PATIENCE: Final = 2 * LEASE


@contextmanager
def holding(server: Server, home: Path) -> Generator[Process]:
    """Run a run that holds the slot of the GPU, and would for ten minutes."""
    (home / "holding").unlink(missing_ok=True)
    settings = server.settings | {"WHOSAID_HOME": str(home), "FAULTS_HOLD": "600"}
    with started(["tests.faults.stopped", str(home / "channel")], settings, home / "log") as process:
        until((home / "holding").exists, PATIENCE, process)
        yield process


def free_by_itself(server: Server, home: Path) -> float:
    """Kill a holder at a random moment; return the seconds until the slot is free."""
    with holding(server, home) as process:
        time.sleep(random.uniform(3, LEASE))
        process.kill()
    return until(lambda: not taken("gpu"), PATIENCE)


def free_for_the_next(server: Server, home: Path) -> float:
    """Kill a holder and start the same run again; return the seconds until that one computes in the slot."""
    with holding(server, home) as process:
        time.sleep(3)
        process.kill()
    begun = time.monotonic()
    with holding(server, home):
        return time.monotonic() - begun


def main(times: int) -> None:
    """Kill, and tell how long it took."""
    with (
        TemporaryDirectory(prefix="whosaid-slots-") as folder,
        serving(Path(folder) / "server") as server,
        temporary_settings({PREFECT_API_URL: server.api}),
    ):
        Path(folder).chmod(0o755)  # the embedded Postgres runs as another user under root
        home = Path(folder) / "home"
        record(home / "channel" / "speech.wav", 6.0)
        asyncio.run(set_limits(BALANCED.limits))
        for measure in (*[free_by_itself] * times, free_for_the_next):
            sys.stdout.write(f"{measure.__name__}: {measure(server, home):.1f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
