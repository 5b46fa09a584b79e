"""Looks back at runs: what they took by stage, what held them back, how one compares with another."""

from __future__ import annotations

from dataclasses import dataclass

from whosaid.advice import Advice, advise
from whosaid.flops import share_of_peak
from whosaid.metrics import StageSummary, stage_summaries
from whosaid.regression import Slowdown, slowdowns
from whosaid.store import Archive, RunRecord
from whosaid.types import RunSummary, Seconds


@dataclass(frozen=True, slots=True)
class PastRun:
    """What is known of a run; one that never ended is not judged."""

    record: RunRecord
    stages: tuple[StageSummary, ...]
    advice: tuple[Advice, ...]
    slowdowns: tuple[Slowdown, ...]

    def share_of_peak(self, stage: StageSummary) -> float | None:
        """Return the share of the peak of the machine's GPU that a stage reached; None where that is not known."""
        return share_of_peak(stage.work.flop, stage.computing, self.record.machine, stage.device)


@dataclass(frozen=True, slots=True)
class StageChange:
    """A stage in two runs: seconds of computing for an hour of audio, None where it was not executed."""

    stage: str
    first: Seconds | None
    second: Seconds | None

    @property
    def ratio(self) -> float | None:
        """Return how many times as long it took in the second run."""
        return self.second / self.first if self.first and self.second is not None else None


def look_back(archive: Archive, reference: str) -> PastRun:
    """Return what is known of the run whose id begins with a reference; NotFound where it is not one."""
    record = archive.find_run(reference)
    run = _summary(archive, record)
    if record.seconds is None:
        return PastRun(record, stage_summaries(run), (), ())
    former = archive.stage_rates(record.profile, record.machine, record.fingerprint, record.started_at)
    return PastRun(record, stage_summaries(run), advise(run), slowdowns(run, former))


def compare(first: PastRun, second: PastRun) -> tuple[StageChange, ...]:
    """Return what changed by stage, in the order of the first run."""
    one, other = _by_hour(first), _by_hour(second)
    return tuple(StageChange(name, one.get(name), other.get(name)) for name in (one | other))


def _by_hour(run: PastRun) -> dict[str, Seconds]:
    factors = {each.stage: each.real_time_factor for each in run.stages if each.executed}
    return {stage: 3600 * factor for stage, factor in factors.items() if factor is not None}


def _summary(archive: Archive, record: RunRecord) -> RunSummary:
    return RunSummary(
        record.run_id,
        record.source,
        record.profile,
        record.started_at,
        record.seconds or 0.0,
        archive.published_in(record.run_id),
        archive.timings(record.run_id),
        record.engines_loaded,
        record.fingerprint,
        record.machine,
        archive.telemetry(record.run_id),
    )
