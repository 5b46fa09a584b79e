"""Fills the page of a run. What comes from the archive is escaped; only drawings are put in as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from whosaid.advice import Advice
from whosaid.formats import is_web_address, one_line, play_time, spell
from whosaid.metrics import stage_summaries
from whosaid.progress import pace_of
from whosaid.regression import Slowdown
from whosaid.reporting import figures, inks
from whosaid.reporting.bars import lay_strips
from whosaid.reporting.canvas import Canvas
from whosaid.reporting.drawing import LABELLED, draw_run
from whosaid.reporting.svg import to_svg
from whosaid.types import RunSummary, Seconds, VideoState

WIDE: Final = Canvas(1120.0, inks.STAND_INS, labels=180.0)
WIDE_UNLABELLED: Final = Canvas(1120.0, inks.STAND_INS)
NARROW: Final = Canvas(350.0, inks.STAND_INS)


def render_page(
    run: RunSummary, advice: Sequence[Advice], slowdowns: Sequence[Slowdown], drawings: Mapping[str, str]
) -> str:
    """Return the page of a run; it refers to nothing outside of itself."""
    return _environment().get_template("report.html").render(
        run=run,
        verdict=figures.verdict(run, advice),
        advice=advice,
        slowdowns=slowdowns,
        warnings=figures.warnings(run),
        # drawings are made here, of texts that are escaped where they are put in
        drawings={name: Markup(drawing) for name, drawing in drawings.items()},  # noqa: S704
        stages=[(each, figures.of_peak(run, each)) for each in stage_summaries(run)],
        busy=figures.gpu_busy(run),
        pace=pace_of(run),
        problems=figures.problems(run.outcomes),
        done=[each for each in run.outcomes if each.state is VideoState.done],
        origins=figures.origin_shares(run),
        voices=figures.voice_cache(run),
        counts=Counter(each.state for each in run.outcomes),
    )  # fmt: skip


def draw_timelines(run: RunSummary) -> dict[str, str]:
    """Return the timeline as SVG for screens that are `wide` and `narrow`; nothing where nothing took time."""
    strips = lay_strips(run, LABELLED).strips
    labels = [figures.label(each.outcome.video) for each in strips]
    titles = [figures.describe(each) for each in strips]
    canvases = {"wide": WIDE if len(strips) <= LABELLED else WIDE_UNLABELLED, "narrow": NARROW}
    drawn = {name: draw_run(run, canvas) for name, canvas in canvases.items()}
    return {name: to_svg(figure, name, labels, titles) for name, figure in drawn.items() if figure is not None}


@cache
def _environment() -> Environment:
    """Return the templates; the style sheet is that of the page of the archive, with the report's own after it."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("whosaid.reporting"), PackageLoader("whosaid.web", "static")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=_percent, number=_number, seconds=_seconds, moment=_moment, one_line=one_line, spell=spell,
        clock=play_time, web_address=_web_address,
    )  # fmt: skip
    return environment


def _web_address(url: str) -> str:
    """Return an address that a browser may follow; empty for another."""
    return url if is_web_address(url) else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _number(value: float | None) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _seconds(value: Seconds) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 0.05 else "0"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M %Z}"
