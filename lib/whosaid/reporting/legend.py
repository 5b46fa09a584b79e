"""Names the colours of a timeline."""

from __future__ import annotations

from typing import Any

from whosaid.reporting import inks
from whosaid.reporting.bars import Kind, Timeline
from whosaid.reporting.canvas import SMALL, Canvas, paint
from whosaid.types import VideoState


def _entries(timeline: Timeline) -> dict[str, tuple[str, Kind]]:
    """Return what the legend names, with what it is painted with."""
    bars = [bar for strip in timeline.strips for bar in strip.bars]
    stages, kinds = dict.fromkeys(each.stage for each in bars), {each.kind for each in bars}
    own = {stage: (inks.of_stage(stage), Kind.computing) for stage in stages if inks.of_stage(stage) != inks.OTHER}
    others = {"other stages": (inks.OTHER, Kind.computing)} if len(own) < len(stages) else {}
    waits = {"waiting": (inks.OTHER, Kind.waiting)} if Kind.waiting in kinds else {}
    loads = {"loading a model": (inks.OTHER, Kind.loading)} if Kind.loading in kinds else {}
    return own | others | waits | loads


def _legend_columns(canvas: Canvas) -> int:
    return max(2, int(canvas.width // 150))


def legend_rows(timeline: Timeline, canvas: Canvas) -> int:
    """Return how many lines the legend takes."""
    return -(-(len(_entries(timeline)) + 1) // _legend_columns(canvas))


def draw_legend(figure: Any, timeline: Timeline, canvas: Canvas) -> None:
    """Write the legend at the top of a figure."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = [Patch(label=name, **paint(canvas.inks, *by)) for name, by in _entries(timeline).items()]
    if any(strip.outcome.state is VideoState.failed for strip in timeline.strips):
        color = canvas.inks["refused"]
        entries.append(Line2D([], [], marker="x", linestyle="", color=color, markeredgewidth=1.6, label="failed"))
    figure.legend(
        handles=entries, loc="upper left", ncols=_legend_columns(canvas), frameon=False, fontsize=SMALL,
        labelcolor=canvas.inks["ink"], bbox_to_anchor=(0.0, 1.0), borderaxespad=0.0, handlelength=1.4,
        columnspacing=1.4,
    )  # fmt: skip
