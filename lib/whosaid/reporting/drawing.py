"""Draws a run: a strip for each video, under it GPUs and queues on the same axis of time.

One unit is one pixel of the style sheet. Figures are made without pyplot, which keeps them in a global list. Titles
come from the internet and a font may lack their letters, so none is given to matplotlib: a label is a stand-in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from whosaid.formats import play_time
from whosaid.reporting import inks
from whosaid.reporting.bars import Kind, Timeline, lay_strips, visible
from whosaid.reporting.canvas import SMALL, Canvas, paint
from whosaid.reporting.curves import Curve, GpuCurves, QueueCurves, gpu_curves, queue_curves
from whosaid.reporting.legend import draw_legend, legend_rows
from whosaid.types import RunSummary, Seconds, VideoState

DPI: Final = 72  # at which a point is a pixel
LABELLED: Final = 40
"""So many videos have a lane with their title each; more share lanes."""

_LANE: Final = 17.0
_TALLEST: Final = 900.0  # of all lanes together
_GAP: Final = 30.0  # above each panel, for its heading
_TIMES: Final = 18.0  # below a panel that names the times
_GPU_HEIGHT: Final = 76.0
_QUEUE_HEIGHT: Final = 44.0
_TICKS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_FILL: Final = 0.78  # of a lane

Box: TypeAlias = tuple[Seconds, Seconds, int]
"""Where a bar begins and ends, and its lane."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the drawing: its height, and what it shows."""

    height: float
    shown: Timeline | GpuCurves | QueueCurves


def label_of(strip: int) -> str:
    """Return what stands in the drawing for the title of a video."""
    return f"@strip-{strip}@"


def draw_run(run: RunSummary, canvas: Canvas) -> Any:
    """Return the figure; None where nothing took any time."""
    timeline = lay_strips(run, LABELLED)
    if not timeline.strips:
        return None
    points = int(canvas.inner / 3)
    panels = [Panel(min(_LANE * timeline.height, _TALLEST), timeline)]
    panels += [Panel(_GPU_HEIGHT, each) for each in gpu_curves(run, points)]
    panels += [Panel(_QUEUE_HEIGHT, each) for each in queue_curves(run, points)]
    figure, places = _lay_out(panels, canvas, legend_rows(timeline, canvas))
    for panel, axes in zip(panels, places, strict=True):
        _draw_axes(axes, canvas, run.seconds)
        _draw_panel(axes, panel, canvas, run.seconds)
    for axes in places[1:-1]:
        axes.tick_params(axis="x", labelbottom=False)
    draw_legend(figure, timeline, canvas)
    return figure


def _lay_out(panels: Sequence[Panel], canvas: Canvas, legend_rows: int) -> tuple[Any, list[Any]]:
    """Place the panels under each other; times stand under the first and the last."""
    from matplotlib.figure import Figure

    width, tops, below = canvas.width, list[float](), 4.0 + 18.0 * legend_rows
    for panel in panels:
        tops.append(below + _GAP)
        below = tops[-1] + panel.height + (_TIMES if panel is panels[0] else 0.0)
    height = below + _TIMES + 4.0
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="none")
    places = [
        figure.add_axes((canvas.left / width, 1 - (top + it.height) / height, canvas.inner / width, it.height / height))
        for top, it in zip(tops, panels, strict=True)
    ]
    return figure, places


def _draw_panel(axes: Any, panel: Panel, canvas: Canvas, seconds: Seconds) -> None:
    match panel.shown:
        case Timeline():
            _draw_timeline(axes, panel.shown, canvas, seconds)
        case GpuCurves():
            _draw_gpu(axes, panel.shown, canvas)
        case QueueCurves():
            _draw_queue(axes, panel.shown, canvas)


def _draw_axes(axes: Any, canvas: Canvas, seconds: Seconds) -> None:
    step = _tick_step(seconds, most=max(3, int(canvas.inner / 90)))
    axes.set_facecolor("none")
    axes.set_xlim(0.0, seconds)
    ticks = np.arange(0.0, seconds, step)
    axes.set_xticks(ticks, [play_time(each) for each in ticks])
    axes.tick_params(labelsize=SMALL, color=canvas.inks["line"], labelcolor=canvas.inks["faint"], length=3)
    axes.grid(axis="x", color=canvas.inks["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(canvas.inks["line"])


def _tick_step(seconds: Seconds, most: int) -> Seconds:
    return next((each for each in _TICKS if seconds / each <= most), np.ceil(seconds / most / 86400) * 86400)


def _heading(axes: Any, text: str, canvas: Canvas) -> None:
    axes.set_title(text, loc="left", fontsize=SMALL + 1, color=canvas.inks["ink"], pad=5, parse_math=False)


def _draw_timeline(axes: Any, timeline: Timeline, canvas: Canvas, seconds: Seconds) -> None:
    from matplotlib.patches import PathPatch

    for (color, kind), boxes in _gather(timeline, canvas.inner / seconds).items():
        axes.add_artist(PathPatch(_outline(boxes), snap=False, **paint(canvas.inks, color, kind)))
    _mark_failures(axes, timeline, canvas)
    _frame(axes, timeline, canvas)
    axes.set_ylim(timeline.height, 0)
    axes.set_yticks([])
    shared = ", packed into lanes" if len(timeline.strips) > timeline.height else ""
    noun = "video" if len(timeline.strips) == 1 else "videos"
    _heading(axes, f"{len(timeline.strips)} {noun}{shared}", canvas)


def _gather(timeline: Timeline, pixels: float) -> Mapping[tuple[str, Kind], Sequence[Box]]:
    """Return the visible bars by what they are painted with: waiting lies lowest."""
    found = defaultdict[tuple[str, Kind], list[Box]](list)
    for strip, lane in zip(timeline.strips, timeline.lanes, strict=True):
        for each in visible(strip, pixels):
            found[inks.of_stage(each.stage), each.kind].append((each.begin, each.end, lane))
    order = list(Kind)
    return {key: found[key] for key in sorted(found, key=lambda key: (order.index(key[1]), key[0]))}


def _outline(boxes: Sequence[Box]) -> Any:
    """Return one path around all boxes: a path for each would make the file many times as long."""
    from matplotlib.path import Path

    low, high = (1 - _FILL) / 2, (1 + _FILL) / 2
    corners = [
        ((begin, lane + low), (end, lane + low), (end, lane + high), (begin, lane + high)) for begin, end, lane in boxes
    ]
    return Path.make_compound_path_from_polys(np.array(corners))


def _mark_failures(axes: Any, timeline: Timeline, canvas: Canvas) -> None:
    failed = [
        (strip.end, lane + 0.5)
        for strip, lane in zip(timeline.strips, timeline.lanes, strict=True)
        if strip.outcome.state is VideoState.failed
    ]
    if failed:
        ends, middles = zip(*failed, strict=True)
        axes.plot(ends, middles, "x", color=canvas.inks["refused"], markersize=7, markeredgewidth=1.6, clip_on=False)


def _frame(axes: Any, timeline: Timeline, canvas: Canvas) -> None:
    """Frame each strip, which parts it from the next and is what a pointer finds; label it where there is room."""
    from matplotlib.patches import Rectangle

    for number, (strip, lane) in enumerate(zip(timeline.strips, timeline.lanes, strict=True)):
        place = (strip.begin, lane + (1 - _FILL) / 2)
        axes.add_artist(Rectangle(place, strip.end - strip.begin, _FILL, fill=False, linewidth=1, snap=False,
                                  edgecolor=canvas.inks["card"], gid=f"strip-{number}"))  # fmt: skip
        if canvas.labels and len(timeline.strips) == timeline.height:
            axes.text(-8.0 / canvas.inner, lane + 0.5, label_of(number), transform=axes.get_yaxis_transform(),
                      ha="right", va="center", fontsize=SMALL, color=canvas.inks["ink"])  # fmt: skip


def _draw_gpu(axes: Any, curves: GpuCurves, canvas: Canvas) -> None:
    if curves.busy:
        _fill(axes, curves.busy, canvas.inks["t2"], alpha=0.55)
    if curves.memory:
        axes.stairs(curves.memory.values, curves.memory.edges, color=canvas.inks["t1"], linewidth=1.4, baseline=None)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"])
    busy = "busy (area)" if curves.busy else "use not told by its driver"
    memory = "memory in use (line)" if curves.memory else "memory not told by its driver"
    _heading(axes, f"GPU {curves.gpu}: {busy}, {memory}", canvas)


def _draw_queue(axes: Any, curves: QueueCurves, canvas: Canvas) -> None:
    color, slots = canvas.inks[inks.of_tag(curves.use.tag)], curves.use.slots
    both = Curve(curves.running.edges, curves.running.values + curves.waiting.values)
    _fill(axes, both, color, alpha=0.22)
    _fill(axes, curves.running, color, alpha=1.0)
    axes.axhline(slots, color=canvas.inks["ink"], linewidth=0.8, linestyle=(0, (4, 3)))
    top = max(slots * 1.1, float(both.values.max()) * 1.05)
    axes.set_ylim(0.0, top)
    axes.set_yticks([0, slots if slots > top / 3 else int(top)])
    _heading(axes, f"{curves.use.tag}: slots taken of {slots}, and who waits (pale)", canvas)


def _fill(axes: Any, curve: Curve, color: str, alpha: float) -> None:
    from matplotlib.patches import StepPatch

    axes.add_artist(StepPatch(curve.values, curve.edges, fill=True, color=color, alpha=alpha, linewidth=0))
