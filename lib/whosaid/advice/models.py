"""Models that are used badly: beside the GPU, one call a window or text, loaded again and again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from whosaid.advice.bounds import bounds_of, relieved
from whosaid.advice.evidence import Evidence
from whosaid.advice.values import Advice, advice, say
from whosaid.types import Seconds, StageTiming

LEAST_SHARE: Final = 0.1  # of all computing: below it a stage holds nothing back
GPU_GAIN: Final = 10  # times as fast as the processors beside it, at the least
BATCHED: Final = 16  # items that a device computes in about the time of one

_ENOUGH: Final[Mapping[str, int]] = {"find_monologue": 32, "embed_voices": 64, "embed_passages": 8}
"""Items of one video of which several must fit a batch: windows share one with those of their own length alone."""


def model_on_cpu(evidence: Evidence) -> Advice | None:
    """Find the model that computed on the processors although the machine has a GPU."""
    if not evidence.telemetry.gpus:
        return None
    taken = _computing_by_stage(each for each in evidence.timings if each.device.startswith("cpu"))
    stage = max(taken, key=lambda name: taken[name], default="")
    share = taken.get(stage, 0.0) / max(evidence.computing, 1e-9)
    if share < LEAST_SHARE:
        return None
    return advice(
        "model on the CPU",
        f"{stage} computed on the CPU, {say(share)} of all computing, although there is a GPU",
        f"let the model of {stage} use the GPU (device auto or cuda)",
        f"Rule: a GPU does a model's work at least {GPU_GAIN} times as fast; the gain is by the bounds of the limits",
        relieved(evidence, bounds_of(evidence), stage, 1 - 1 / GPU_GAIN),
    )


def one_by_one(evidence: Evidence) -> Advice | None:
    """Find the model that is called once for each window or text."""
    found = {stage: _counted(evidence, stage) for stage in _ENOUGH}
    taken = {stage: sum(each.computing for each in found[stage]) for stage in found if _singly(found[stage])}
    stage = max(taken, key=lambda name: taken[name], default="")
    share = taken.get(stage, 0.0) / max(evidence.computing, 1e-9)
    if share < LEAST_SHARE:
        return None
    items, batches = _sums(found[stage])
    return advice(
        "one-by-one calls",
        f"{stage} gave its model {items} items in {batches} calls, {say(share)} of all computing",
        f"raise the batch of the model of {stage}",
        f"Rule: a call takes about as long for {BATCHED} items as for one; the gain is by the bounds of the limits",
        relieved(evidence, bounds_of(evidence), stage, 1 - min(1.0, items / batches / BATCHED)),
    )


def reloaded_model(evidence: Evidence) -> Advice | None:
    """Find the model that was loaded again because it had been given up."""
    name, times = max(Counter(evidence.engines).items(), key=lambda each: each[1], default=("", 0))
    loading = sum(each.loading for each in evidence.timings)
    again = loading * (1 - len(set(evidence.engines)) / max(1, len(evidence.engines)))
    if times < 2 or again < LEAST_SHARE * evidence.seconds:
        return None
    return advice(
        "model reloaded",
        f"{name} was loaded {times} times, and models loaded again took {again:.0f} s of {evidence.seconds:.0f} s",
        "give the engines more memory, or use smaller models, so that all of them stay loaded",
        "Rule: a model is loaded once a run; loads of one kind are taken to last alike, and nothing to run beside them",
        evidence.seconds / max(evidence.seconds - again, 1e-9),
    )


def mostly_loading(evidence: Evidence) -> Advice | None:
    """Say where a run took as long to load its models as to use them; nothing binds, there was little to do."""
    loading = sum(each.loading for each in evidence.timings)
    if loading < 0.5 * evidence.seconds or len(set(evidence.engines)) < len(evidence.engines):
        return None
    return advice(
        "loading",
        f"models took {loading:.0f} s to load, {say(loading / evidence.seconds)} of the run, for {evidence.videos} "
        "videos",
        "give a run more videos",
        "Rule: models are loaded once a run, whatever it has to do",
    )


def _computing_by_stage(timings: Iterable[StageTiming]) -> dict[str, Seconds]:
    taken = defaultdict[str, Seconds](float)
    for each in timings:
        taken[each.stage] += each.computing
    return taken


def _counted(evidence: Evidence, stage: str) -> tuple[StageTiming, ...]:
    return tuple(each for each in evidence.of_stage(stage) if each.work.items >= _ENOUGH[stage])


def _sums(timings: tuple[StageTiming, ...]) -> tuple[int, int]:
    return sum(each.work.items for each in timings), max(1, sum(each.work.batches for each in timings))


def _singly(timings: tuple[StageTiming, ...]) -> bool:
    """Say whether fewer than two items came to a call."""
    items, batches = _sums(timings)
    return batches > 1 and items < 1.5 * batches
