"""What stages and orchestration took in runs that were, as costs of a simulated one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import Final

from whosaid.planning.path import CHECK, PATH
from whosaid.planning.simulation import Cost, Overhead
from whosaid.rates import StageRate
from whosaid.types import Seconds, StageTiming

SAME_FOR_ALL: Final = frozenset({"check_access", "publish", "identify_speakers"})
"""Stages that take about the same for a short recording and a long one."""

FINDING_SPEECH: Final = 0.0033
"""Seconds for a second of audio to decode it and find the speech, on one core; measured on the demo's conversations."""
MOST_AHEAD: Final = 0.95

_TAGGED: Final = frozenset(step.stage for step in (CHECK, *PATH) if step.tag)
_FREE: Final = 0.25  # of the waits for a slot, from the shortest: those in which nobody was in the way
_AT_ONCE: Final = 0.1  # of the waits for a place: only the first videos of a run find one free


def costs_of(rates: Iterable[StageRate]) -> dict[str, Cost]:
    """Return the cost of each stage over all of the runs that the rates are of."""
    by_stage = groupby(sorted(rates, key=lambda rate: rate.stage), key=lambda rate: rate.stage)
    return {stage: _cost(stage, list(found)) for stage, found in by_stage}


def _cost(stage: str, rates: Sequence[StageRate]) -> Cost:
    computing = sum(each.computing for each in rates)
    if stage in SAME_FOR_ALL:
        return Cost(constant=computing / sum(each.videos for each in rates))
    rate = computing / (sum(each.audio for each in rates) or 1.0)
    ahead = min(MOST_AHEAD, FINDING_SPEECH / rate) if stage == "find_monologue" and rate else 0.0
    return Cost(rate=rate, ahead=ahead)


def loading_of(rates: Iterable[StageRate]) -> dict[str, Seconds]:
    """Return what loading each engine took, in the mean of the runs; it falls to the stage that comes first."""
    found = list(rates)
    runs = len({each.run_id for each in found}) or 1
    engines = {step.stage: step.engine for step in PATH if step.engine}
    loading = dict.fromkeys(engines.values(), 0.0)
    for each in found:
        if each.stage in engines:
            loading[engines[each.stage]] += each.loading / runs
    return loading


def overhead_of(timings: Iterable[StageTiming]) -> Overhead:
    """Return what orchestration took beside the stages: before a stage, for its slot, and until the next one begins.

    What others in line cost is left out by taking the shortest waits: the simulation adds that itself.
    """
    executed = sorted((each for each in timings if not each.cached), key=lambda each: (each.video_id, each.started_at))
    before = _least([each.queued for each in executed if each.stage not in _TAGGED], _FREE)
    with_slot = _least([each.queued for each in executed if each.stage in _TAGGED], _FREE)
    gaps = [(b.stage, _gap(a, b)) for a, b in pairwise(executed) if a.video_id == b.video_id]
    after = median([gap for stage, gap in gaps if stage != PATH[0].stage] or [0.0])
    video = _least([gap for stage, gap in gaps if stage == PATH[0].stage], _AT_ONCE)
    return Overhead(before=before, slot=max(0.0, with_slot - before), after=after, video=max(0.0, video - after))


def _gap(earlier: StageTiming, later: StageTiming) -> Seconds:
    took = earlier.queued + earlier.waited + earlier.loading + earlier.computing
    return max(0.0, (later.started_at - earlier.started_at - timedelta(seconds=took)).total_seconds())


def _least(waits: Sequence[Seconds], share: float) -> Seconds:
    return sorted(waits)[int(len(waits) * share)] if waits else 0.0
