"""What held a real run back, and is named: the whole flow over engines that take a set time.

`python -m tests.benchmarks advice` plays the other troubles, and runs in balance, which a busy machine disturbs.
"""

from __future__ import annotations

from pathlib import Path

from flows.limits import set_limits
from tests.flows.held import TROUBLES, make_channel, play
from whosaid.advice import advise
from whosaid.profiles import BALANCED


async def test_a_text_model_beside_the_gpu_is_named_first(home: Path, tmp_path: Path) -> None:
    """With what the bounds let expect of moving it; the slots of the run are watched by the run itself."""
    await set_limits(BALANCED.limits)
    run = await play(TROUBLES["model on the CPU"], make_channel(tmp_path / "channel"))
    assert {each.tag for each in run.telemetry.uses} == set(BALANCED.limits)
    first, *_ = advise(run, shortest=1)
    assert (first.cause, first.remedy) == (
        "model on the CPU",
        "let the model of embed_passages use the GPU (device auto or cuda)",
    )
