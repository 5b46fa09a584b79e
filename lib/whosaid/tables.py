"""What the command line shows to people. Text of the archive is printed as it is, never read as markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from whosaid.formats import clock, one_line

if TYPE_CHECKING:
    from whosaid.evaluation import Evaluation, Score
    from whosaid.store import Hit, RunRecord, Status


def show_status(status: Status) -> None:
    """Print what the archive holds."""
    videos = status.videos
    total = _table("", "")
    _add(total, "videos", f"{videos.done} done, {videos.discovered} discovered, {videos.unavailable} unavailable, "
                          f"{videos.failed} failed")  # fmt: skip
    _add(total, "audio", f"{status.hours:.2f} hours")
    _add(total, "passages", str(status.passages))
    for model in status.models:
        _add(total, "embedded", f"{model.passages} by {model.model_key} ({model.dimension})")
    _add(total, "enrolled", f"{status.enrolled} speakers")
    for share in status.speakers:
        _add(total, "speech", f"{clock(share.speech)} by {share.speaker} in {share.videos} videos")
    for run in status.runs:
        _add(total, "run", _describe_run(run))
    _print(total)


def show_hits(hits: Sequence[Hit]) -> None:
    """Print the passages that were found, best first."""
    table = _table("score", "time", "speaker", "video", "text")
    for hit in hits:
        _add(table, f"{hit.score:.2f}", clock(hit.start), hit.speaker, hit.title, hit.text)
    _print(table)


def show_evaluation(evaluation: Evaluation) -> None:
    """Print the rates of each episode, and of all together in the last row."""
    table = _table("episode", "words", "WER", "DER", "cpWER", "right speaker")
    for name, score in (*evaluation.episodes, ("all", evaluation.overall)):
        _add(table, name, str(score.words), *_rates(score))
    _print(table)


def _rates(score: Score) -> tuple[str, ...]:
    return tuple(f"{rate:.1%}" for rate in (score.wer, score.der, score.cpwer, score.speaker_accuracy))


def _describe_run(run: RunRecord) -> str:
    took = "not ended" if run.seconds is None else f"{run.seconds:.0f} s"
    counts = f"{run.done} done, {run.unavailable} unavailable, {run.failed} failed"
    return f"{run.started_at:%Y-%m-%d %H:%M} {run.profile} {run.source}: {counts}, {took}"


def _table(*columns: str) -> Table:
    table = Table(box=None, show_header=any(columns), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", min_width=4)
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(one_line(cell)) for cell in cells))


def _print(table: Table) -> None:
    Console(highlight=False, soft_wrap=False).print(table)
