"""The artifacts of a run: the tables and texts that the Prefect UI shows.

The UI renders every cell of a table and every text as Markdown with HTML in it, links of any scheme included. What
comes from the internet is escaped for both. Of escapes it reads those of Markdown and the named ones of HTML, not
numbered ones; its second version shows the cells of tables as they are written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from whosaid.advice import Advice
from whosaid.formats import is_web_address, one_line, play_time, spell
from whosaid.metrics import StageSummary, stage_summaries
from whosaid.regression import Slowdown
from whosaid.reporting import to_image
from whosaid.reporting.figures import gpu_busy, of_peak, verdict, warnings
from whosaid.types import Outcome, RunSummary, Video

_MARKUP: Final = re.compile(r"[\\`*_\[\]~|]|^[#+=-]|^\d+(?=[.)])")
_IN_ADDRESS: Final = ":/?&=#%+,;@~.-_"  # what a link may hold that cannot end it


async def show_tables(run: RunSummary) -> None:
    """Show the outcomes, the clocks of the stages, and what was found in the cache."""
    stages = stage_summaries(run)
    await acreate_table_artifact([_outcome_row(each) for each in run.outcomes], key="outcomes")
    busy = gpu_busy(run)
    rows = [_stage_row(each, of_peak(run, each), busy.get(each.stage)) for each in stages]
    await acreate_table_artifact(rows, key="stage-timings")
    await acreate_table_artifact([_cache_row(each) for each in stages], key="cache")


async def show_texts(
    run: RunSummary,
    advice: Sequence[Advice],
    slowdowns: Sequence[Slowdown],
    drawings: Mapping[str, str],
    report: Path | None,
) -> None:
    """Show the timeline, what held the run back, and its figures with the place of its report."""
    if "wide" in drawings:
        picture = f"![what ran when]({to_image(drawings['wide'])})"
        await acreate_markdown_artifact(picture, key="timeline", description="what ran when")
    said = plain(verdict(run, advice))
    await acreate_markdown_artifact(_bottleneck(run, advice, slowdowns), key="bottleneck", description=said)
    await acreate_markdown_artifact(_summary(run, report), key="summary", description=run.line)


def plain(text: str) -> str:
    """Return a text that the UI shows as it is."""
    return html.escape(_MARKUP.sub(_escape, one_line(text)), quote=False)


def _escape(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def link(video: Video) -> str:
    """Return the title of a video, leading to it where a browser may follow its address."""
    title = plain(video.title) or plain(video.id)
    return f"[{title}]({quote(video.url, safe=_IN_ADDRESS)})" if is_web_address(video.url) else title


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    it = outcome.receipt
    return {
        "video": link(outcome.video),
        "outcome": outcome.state.value,
        "why": plain(outcome.detail),
        "failed stage": outcome.stage,
        "length": play_time(it.duration) if it else "",
        "words": it.words if it else "",
        "passages": it.passages if it else "",
        "words from": it.origin.value if it else "",
    }


def _stage_row(stage: StageSummary, peak: float | None, busy: float | None) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "seconds": round(stage.computing, 2),
        "share": f"{stage.share:.0%}",
        "real-time factor": _figure(stage.real_time_factor),
        "executed": stage.executed,
        "queued s": round(stage.queued, 2),
        "waited s": round(stage.waited, 2),
        "loading s": round(stage.loading, 2),
        "items/s": _figure(stage.items_per_second),
        "tokens/s": _figure(stage.tokens_per_second),
        "of the peak": "" if peak is None else f"{peak:.1%}",
        "GPU busy": "" if busy is None else f"{busy:.0%}",
        "device": stage.device,
    }


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _cache_row(stage: StageSummary) -> dict[str, Any]:
    found, executed = stage.cached, stage.executed
    return {"stage": stage.stage, "found": found, "executed": executed, "share": f"{_share(found, executed):.0%}"}


def _share(found: int, executed: int) -> float:
    return found / (found + executed) if found else 0.0


def _bottleneck(run: RunSummary, advice: Sequence[Advice], slowdowns: Sequence[Slowdown]) -> str:
    parts = [f"### {plain(each.headline)}\n\n{plain(each.evidence)}" for each in advice]
    parts = parts or [plain(verdict(run, advice))]
    parts += [
        f"### {plain(each.stage)} took {each.ratio:.1f} times as long as before\n\n{plain(each.cause)}"
        for each in slowdowns
    ]
    parts += [f"**Warning:** {plain(each)}" for each in warnings(run)]
    return "\n\n".join(parts)


def _summary(run: RunSummary, report: Path | None) -> str:
    rows = [
        f"**{plain(run.line)}** in {spell(run.seconds)}",
        f"{run.audio / 3600:.2f} hours of audio, {run.speed:.1f} hours of audio per hour",
        f"models loaded: {plain(', '.join(run.engines_loaded) or 'none')}",
        f"report: {plain(str(report))}" if report else "report: could not be written; the log of the run says why",
        "transcripts: `whosaid serve`",
    ]
    return "\n\n".join(rows)
