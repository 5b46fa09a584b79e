"""Whether runs that are held back name their cause, and runs in balance none: the real flow over timed engines.

`python -m tests.benchmarks advice`; twenty runs in balance, one of each trouble. What the orchestration alone takes on
this machine is measured first, and calls are made to take so much longer that they are most of a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from flows.limits import set_limits
from tests.benchmarks.figures import Figure
from tests.benchmarks.orchestration import used
from tests.faults.processes import serving
from tests.flows.held import AT_ONCE, IN_BALANCE, TROUBLES, Scene, make_channel, play
from whosaid.advice import advise
from whosaid.profiles import BALANCED
from whosaid.types import RunSummary

TIMES: Final = 20
QUICK: Final = 4.0  # seconds that the orchestration of one of these runs takes on an idle machine


def run(_: Path) -> Iterator[Figure]:
    """Play every trouble, then the run in balance again and again; tells of each what is named."""
    with TemporaryDirectory(prefix="whosaid-advice-") as folder, serving(Path(folder) / "server") as server:
        home = Path(folder) / "home"
        home.mkdir()
        home.parent.chmod(0o755)  # the embedded Postgres runs as another user under root
        with used(server, home):
            yield from _play_all(make_channel(home / "channel"))


def _play_all(channel: Path) -> Iterator[Figure]:
    times = max(1.0, asyncio.run(_play(AT_ONCE, channel)).seconds / QUICK)
    Console().print(f"calls take {times:.1f} times as long as in the tests")
    named = {cause: _judge(scene.slowed(times), channel) for cause, scene in TROUBLES.items()}
    right = sum(found[:1] == [cause] for cause, found in named.items())
    yield Figure("advice", f"troubles named first, of {len(TROUBLES)}", right, "runs")
    alarms = sum(bool(_judge(IN_BALANCE.slowed(times), channel)) for _ in range(TIMES))
    yield Figure("advice", f"false alarms in {TIMES} runs in balance", alarms, "runs")


def _judge(scene: Scene, channel: Path) -> list[str]:
    run = asyncio.run(_play(scene, channel))
    found = advise(run, shortest=1)
    headlines = "; ".join(each.headline for each in found) or "nothing held it back"
    Console().print(f"{run.seconds:.1f} s: {headlines}", markup=False)
    return [each.cause for each in found]


async def _play(scene: Scene, channel: Path) -> RunSummary:
    await set_limits(BALANCED.limits)
    return await play(scene, channel)
