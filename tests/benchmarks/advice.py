"""Whether runs that are held back name their cause, and runs in balance none: the real flow over timed engines.

`python -m tests.benchmarks advice`; twenty runs in balance, one of each trouble.
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
from tests.flows.held import IN_BALANCE, TROUBLES, Scene, make_channel, play
from whosaid.advice import advise
from whosaid.profiles import BALANCED

TIMES: Final = 20


def run(_: Path) -> Iterator[Figure]:
    """Play every trouble, then the run in balance again and again; tells of each what is named."""
    with TemporaryDirectory(prefix="whosaid-advice-") as folder, serving(Path(folder) / "server") as server:
        home = Path(folder) / "home"
        home.mkdir()
        home.parent.chmod(0o755)  # the embedded Postgres runs as another user under root
        with used(server, home):
            yield from _play_all(make_channel(home / "channel"))


def _play_all(channel: Path) -> Iterator[Figure]:
    named = {cause: _judge(scene, channel) for cause, scene in TROUBLES.items()}
    right = sum(found[:1] == [cause] for cause, found in named.items())
    yield Figure("advice", f"troubles named first, of {len(TROUBLES)}", right, "runs")
    alarms = sum(bool(_judge(IN_BALANCE, channel)) for _ in range(TIMES))
    yield Figure("advice", f"false alarms in {TIMES} runs in balance", alarms, "runs")


def _judge(scene: Scene, channel: Path) -> list[str]:
    return asyncio.run(_name_causes(scene, channel))


async def _name_causes(scene: Scene, channel: Path) -> list[str]:
    await set_limits(BALANCED.limits)
    run = await play(scene, channel)
    found = advise(run, shortest=1)
    headlines = "; ".join(each.headline for each in found) or "nothing held it back"
    Console().print(f"{run.seconds:.1f} s: {headlines}", markup=False)
    return [each.cause for each in found]
