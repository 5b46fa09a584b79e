"""What the command line shows to people. Text of the archive is printed as it is, never read as markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from whosaid.formats import clock, one_line

_WORDS_BEFORE: Final = 10
_WORDS_SHOWN: Final = 70

if TYPE_CHECKING:
    from whosaid.evaluation import Evaluation
    from whosaid.store import Hit, RunRecord, Scope, Status


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
    """Print what was found, best first: each from a little before the moment that answers, matching words in bold."""
    table = _table("score", "time", "speaker", "video", "text")
    for hit in hits:
        _add(table, f"{hit.score:.2f}", clock(hit.moment), hit.speaker, hit.title, _excerpt(hit))
    _print(table)


def advise(option: str, scope: Scope) -> str:
    """Return what to do where nothing was found."""
    narrowed = [f"--{field.name}" for field in fields(scope) if getattr(scope, field.name) is not None]
    if narrowed:
        return f"Nothing found there: search without {' or '.join(filter(None, (*narrowed, option)))}."
    if option:
        return f"Nobody says it in these words: search without {option} for what comes near."
    return "Nothing found: the archive has no such passage yet. Ingest more, or ask in other words."


def show_evaluation(evaluation: Evaluation) -> None:
    """Print the rates of each episode, and of all together in the last row; then what they say of names."""
    from whosaid.evaluation.report import conclude, rates

    table = _table("episode", "words", "WER", "DER", "cpWER", "right speaker", "right name")
    measures = ("wer", "der", "cpwer", "speaker_accuracy", "name_accuracy")
    for name, score in (*evaluation.episodes, ("all", evaluation.overall)):
        found = rates(score)
        words = "not told" if found["words"] is None else str(found["words"])
        _add(table, name, words, *(_percent(found[measure]) for measure in measures))
    _print(table)
    for sentence in conclude(evaluation):
        Console(highlight=False).print(Text(one_line(sentence)))


def _percent(rate: float | None) -> str:
    return "not measured" if rate is None else f"{rate:.1%}"


def _describe_run(run: RunRecord) -> str:
    took = "not ended" if run.seconds is None else f"{run.seconds:.0f} s"
    counts = f"{run.done} done, {run.unavailable} unavailable, {run.failed} failed"
    return f"{run.started_at:%Y-%m-%d %H:%M} {run.profile} {run.source}: {counts}, {took}"


def _table(*columns: str) -> Table:
    table = Table(box=None, show_header=any(columns), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", min_width=4)
    return table


def _excerpt(hit: Hit) -> Text:
    """Return the words around the moment of a hit, those that match in bold."""
    at = next((i for i, word in enumerate(hit.words) if word.start >= hit.moment), 0)
    first = max(0, at - _WORDS_BEFORE)
    last = min(len(hit.words), first + _WORDS_SHOWN)
    said = Text("… " if first else "")
    for i in range(first, last):
        said.append(one_line(hit.words[i].text), "bold" if i in hit.matched else None)
        said.append(" ")
    return said.append("…" if last < len(hit.words) else "")


def _add(table: Table, *cells: str | Text) -> None:
    table.add_row(*(Text(one_line(cell)) if isinstance(cell, str) else cell for cell in cells))


def _print(table: Table) -> None:
    Console(highlight=False, soft_wrap=False).print(table)
