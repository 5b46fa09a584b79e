"""Runs as people and programs are told of them. Text of the archive is printed as it is, never read as markup."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from whosaid.formats import one_line, spell
from whosaid.metrics import StageSummary
from whosaid.past_runs import PastRun, StageChange, compare
from whosaid.store import RunRecord


class View(Protocol):
    """What a command answers with."""

    def describe(self) -> Any:
        """Return it as JSON can hold it."""
        ...

    def show(self) -> None:
        """Print it."""
        ...


@dataclass(frozen=True, slots=True)
class Overview:
    """The last runs, newest first."""

    runs: tuple[RunRecord, ...]

    def describe(self) -> list[dict[str, Any]]:
        return [_describe_run(each) for each in self.runs]

    def show(self) -> None:
        if not self.runs:
            return typer.echo("The archive remembers no run yet: ingest something.")
        table = _table("run", "began (UTC)", "source", "profile", "machine", "videos", "hours", "hours/h", "outcome")
        for each in self.runs:
            began, hours = f"{each.started_at:%Y-%m-%d %H:%M}", f"{each.audio / 3600:.2f}"
            cells = each.run_id[:8], began, each.source, each.profile, each.machine, str(_videos(each)), hours
            _add(table, *cells, _number(each.speed, ".1f"), _outcome(each))
        return Console(highlight=False).print(table)


@dataclass(frozen=True, slots=True)
class Detail:
    """One run by stage, and what held it back."""

    run: PastRun

    def describe(self) -> dict[str, Any]:
        stages = [asdict(each) | {"share_of_peak": self.run.share_of_peak(each)} for each in self.run.stages]
        judged = {name: [asdict(each) for each in getattr(self.run, name)] for name in ("advice", "slowdowns")}
        return _describe_run(self.run.record) | {"stages": stages} | judged

    def show(self) -> None:
        it = self.run.record
        _say(f"run {it.run_id} of {it.source}")
        _say(f"{it.started_at:%Y-%m-%d %H:%M} UTC, {it.profile}, on {it.machine or 'a machine that is not known'}")
        _say(f"{_outcome(it)}; {it.audio / 3600:.2f} hours of audio, {_number(it.speed, '.1f')} hours in an hour")
        table = _table(
            "stage", "executed", "cached", "computing", "share", "queued", "waited", "loading", "RTF", "device", "peak"
        )
        for each in self.run.stages:
            _add(table, *_stage_cells(each, self.run.share_of_peak(each)))
        if self.run.stages:
            Console(highlight=False).print(table)
        self._judge()

    def _judge(self) -> None:
        for each in self.run.advice:
            _say(f"Held back: {each.headline}")
            _say(f"  {each.evidence}")
        for each in self.run.slowdowns:
            _say(f"Slower: {each.stage} takes {each.ratio:.1f} times as long as in the last runs: {each.cause}")
        if not (self.run.advice or self.run.slowdowns):
            _say("Nothing is known that held it back.")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other."""

    first: PastRun
    second: PastRun

    def describe(self) -> dict[str, Any]:
        stages = [asdict(each) | {"ratio": each.ratio} for each in self._changes()]
        return {
            "first": _describe_run(self.first.record),
            "second": _describe_run(self.second.record),
            "stages": stages,
            "speed_ratio": _ratio(self.first.record.speed, self.second.record.speed),
        }

    def show(self) -> None:
        one, other = self.first.record, self.second.record
        table = _table("", one.run_id[:8], other.run_id[:8], "times")
        for name in ("source", "profile", "machine"):
            _add(table, name, getattr(one, name), getattr(other, name), "")
        speeds = one.speed, other.speed
        _add(table, "hours/h", *(_number(each, ".1f") for each in speeds), _number(_ratio(*speeds), ".2f"))
        for each in self._changes():
            cells = (_number(seconds, ".1f") for seconds in (each.first, each.second))
            _add(table, each.stage, *cells, _number(each.ratio, ".2f"))
        Console(highlight=False).print(table)
        _say("Stages: seconds of computing for an hour of audio.")

    def _changes(self) -> tuple[StageChange, ...]:
        return compare(self.first, self.second)


def _describe_run(run: RunRecord) -> dict[str, Any]:
    told = asdict(run) | {"started_at": run.started_at.isoformat()}
    return told | {"videos": _videos(run), "speed": run.speed}


def _stage_cells(stage: StageSummary, peak: float | None) -> tuple[str, ...]:
    counts = str(stage.executed), str(stage.cached)
    waits = (f"{seconds:.1f} s" for seconds in (stage.queued, stage.waited, stage.loading))
    factor = _number(stage.real_time_factor, ".4f")
    taken = f"{stage.computing:.1f} s", f"{stage.share:.0%}"
    return stage.stage, *counts, *taken, *waits, factor, stage.device, _number(peak, ".0%")


def _videos(run: RunRecord) -> int:
    return run.done + run.failed + run.unavailable


def _outcome(run: RunRecord) -> str:
    told = {"done": run.done, "failed": run.failed, "unavailable": run.unavailable}
    counts = ", ".join(f"{count} {state}" for state, count in told.items() if count) or "no video"
    return f"{counts} in {spell(run.seconds)}" if run.seconds is not None else f"{counts}; never ended, or not yet"


def _ratio(first: float | None, second: float | None) -> float | None:
    return second / first if first and second is not None else None


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", min_width=4)
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(one_line(cell)) for cell in cells))


def _say(sentence: str) -> None:
    typer.echo(one_line(sentence))
