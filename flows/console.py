"""A run in the terminal: started in this process, told as tables."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.ingest import ingest
from whosaid.metrics import StageSummary, stage_summaries
from whosaid.profiles import Overrides, profile_named
from whosaid.types import Outcome, RunSummary


async def run_here(
    source: str, profile: str, limit: int | None = None, overrides: Overrides | None = None, **wishes: Any
) -> RunSummary:
    """Run `ingest` in this process, `wishes` being its further parameters; raises the error that stopped it."""
    profile_named(profile)  # before Prefect, whose own complaint is a traceback
    given = wishes | {"overrides": overrides or Overrides()}
    state = await ingest(source, profile, limit, **given, return_state=True)  # pyright: ignore
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    return result


def show(summary: RunSummary) -> None:
    """Print the outcomes, the time by stage, and the figures of the whole run."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    if summary.outcomes:
        console.print(_outcomes(summary.outcomes))
    if summary.timings:
        console.print(_stages(stage_summaries(summary)))
    console.print(
        f"{escape(summary.line)} in {summary.seconds:.1f} s; {summary.audio / 60:.1f} minutes of audio, "
        f"{summary.speed:.1f} hours of audio per hour; stages executed: {summary.executed}; "
        f"models loaded: {', '.join(summary.engines_loaded) or 'none'}"
    )


def _outcomes(outcomes: tuple[Outcome, ...]) -> Table:
    table = Table("video", "outcome", "why", "stage", "words", "passages", title="Outcomes")
    for each in sorted(outcomes, key=lambda outcome: outcome.video.id):
        words, passages = (str(each.receipt.words), str(each.receipt.passages)) if each.receipt else ("", "")
        table.add_row(escape(each.video.title), each.state, escape(each.detail), each.stage, words, passages)
    return table


def _stages(stages: tuple[StageSummary, ...]) -> Table:
    headings = (
        "stage",
        "executed",
        "cached",
        "computing s",
        "share",
        "queued s",
        "waited s",
        "loading s",
        "RTF",
        "device",
    )
    table = Table(*headings, title="Stages; RTF is the real-time factor: computing over the length of the audio")
    for each in stages:
        factor = "" if each.real_time_factor is None else f"{each.real_time_factor:.3f}"
        counts = str(each.executed), str(each.cached)
        waits = f"{each.queued:.2f}", f"{each.waited:.2f}", f"{each.loading:.2f}"
        table.add_row(each.stage, *counts, f"{each.computing:.2f}", f"{each.share:.0%}", *waits, factor, each.device)
    return table
