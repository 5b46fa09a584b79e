"""What became slower: a run against the last ones that it can be compared with. Pure.

Computing grows with the audio, so that short runs can be held against long ones by the second of audio. Loading a
model and waiting for one do not: they count as grown only where they did both in all and by the second of audio.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from statistics import fmean, median
from typing import Final

from whosaid.advice.devices import LEAST_TIME, NEARLY_FULL, time_held_down, time_nearly_full
from whosaid.rates import StageRate, rates_of
from whosaid.types import RunSummary, Seconds

SLOWER: Final = 1.5  # times
FEWEST: Final = 3  # runs to compare with
LEAST_AUDIO: Final[Seconds] = 1800.0  # for a rate to mean something
LEAST_LOSS: Final = 0.05  # of the run: what costs less is not worth a word
MORE_WORK: Final = 1.3  # times as many items for a second of audio
FOREIGN: Final = 0.3  # utilisation of a GPU on which no stage of the run computes


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A stage that takes longer than it did in the last comparable runs."""

    stage: str
    ratio: float  # how many times as long
    before: float  # seconds for an hour of audio, that those runs let expect of this one
    now: float
    cause: str  # the likely one, with its figures


@dataclass(frozen=True, slots=True)
class _Excess:
    """The seconds of a stage beyond what is expected of it, by what they were spent on."""

    expected: Seconds
    taken: Seconds
    computing: Seconds
    waited: Seconds
    loading: Seconds


def slowdowns(run: RunSummary, former: Iterable[StageRate], least_audio: Seconds = LEAST_AUDIO) -> tuple[Slowdown, ...]:
    """Return the stages that take more than 1.5 times as long as the former runs let expect, the worst first.

    `former` are the rates of comparable runs: the same profile, fingerprint and machine. Of fewer than three runs, or
    of less audio, nothing is judged.
    """
    by_stage = _gather(former, least_audio)
    rates = [rate for rate in rates_of(run) if rate.audio >= least_audio and len(by_stage[rate.stage]) >= FEWEST]
    found = [_judge(run, rate, by_stage[rate.stage]) for rate in rates]
    return tuple(sorted(filter(None, found), key=lambda each: -each.ratio))


def _gather(former: Iterable[StageRate], least_audio: Seconds) -> Mapping[str, list[StageRate]]:
    by_stage = defaultdict[str, list[StageRate]](list)
    for each in former:
        if each.audio >= least_audio:
            by_stage[each.stage].append(each)
    return by_stage


def _judge(run: RunSummary, rate: StageRate, former: Sequence[StageRate]) -> Slowdown | None:
    excess = _compare(rate, former)
    ratio, lost = excess.taken / max(excess.expected, 1e-9), excess.taken - excess.expected
    if ratio <= SLOWER or lost < LEAST_LOSS * run.seconds:
        return None
    hours = rate.audio / 3600
    return Slowdown(
        rate.stage, ratio, excess.expected / hours, excess.taken / hours, _explain(run, rate, former, excess)
    )


def _compare(rate: StageRate, former: Sequence[StageRate]) -> _Excess:
    computing = rate.audio * median(each.real_time_factor for each in former)
    waited = _constant(rate, [(each.waited, each.audio) for each in former])
    loading = _constant(rate, [(each.loading, each.audio) for each in former])
    over = (rate.computing - computing, max(0.0, rate.waited - waited), max(0.0, rate.loading - loading))
    expected = computing + min(rate.waited, waited) + min(rate.loading, loading)
    return _Excess(expected, expected + sum(over), *over)


def _constant(rate: StageRate, former: Sequence[tuple[Seconds, Seconds]]) -> Seconds:
    """Return what is expected of seconds that may be the same however much audio there is, or may grow with it."""
    return max(median(seconds for seconds, _ in former), rate.audio * median(each / audio for each, audio in former))


def _explain(run: RunSummary, rate: StageRate, former: Sequence[StageRate], excess: _Excess) -> str:
    if excess.loading > max(excess.computing, excess.waited):
        return f"its models took {rate.loading:.0f} s to load: look at the disk, and whether they are loaded again"
    if excess.waited > excess.computing:
        return f"it waited {rate.waited:.0f} s for a model that others used, and computed no slower"
    causes = chain(_of_device(rate, former), _of_gpu(run), _of_work(rate, former))
    return next(causes, "it computes longer, and no reading says why: look what else the machine does")


def _of_device(rate: StageRate, former: Sequence[StageRate]) -> Iterable[str]:
    """Yield that the stage computes somewhere else than it mostly did."""
    usual, _ = Counter(each.device for each in former).most_common(1)[0]
    if rate.device != usual:
        yield f"it computed on {rate.device or 'no device'}, and on {usual or 'no device'} before"


def _of_gpu(run: RunSummary) -> Iterable[str]:
    """Yield what the readings of the GPU tell."""
    held_down, why = time_held_down(run.telemetry.gpus)
    if held_down >= LEAST_TIME:
        yield f"the clock of the GPU was held down in {held_down:.0%} of the readings at work ({why})"
    nearly_full, most = time_nearly_full(run.telemetry.gpus)
    if nearly_full >= LEAST_TIME:
        yield f"the memory of the GPU was {most:.0%} full, above {NEARLY_FULL:.0%} in {nearly_full:.0%} of the readings"
    if (busy := _foreign(run)) >= FOREIGN:
        yield f"the GPU was {busy:.0%} busy while no stage computed on it: another process uses it"


def _of_work(rate: StageRate, former: Sequence[StageRate]) -> Iterable[str]:
    """Yield that there was more to do for a second of audio."""
    before = median(each.work.items / each.audio for each in former)
    more = rate.work.items / rate.audio / before if before else 0.0
    if more >= MORE_WORK:
        yield f"there was more to do: {more:.1f} times as many items for a second of audio"


def _foreign(run: RunSummary) -> float:
    """Return how busy the GPUs were in the moments in which no stage of the run held one; 0 without such readings."""
    spans = [
        (
            each.started_at,
            each.started_at + timedelta(seconds=each.queued + each.waited + each.loading + each.computing),
        )
        for each in run.timings
        if not each.cached and each.device.startswith("cuda")
    ]
    idle = [each for each in run.telemetry.gpus if not any(start <= each.at <= end for start, end in spans)]
    told = [each.utilisation for each in idle if each.utilisation is not None]
    return fmean(told) if len(told) >= FEWEST else 0.0
