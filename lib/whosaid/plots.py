"""Figures for people: the scores of the same and of different voices, with the threshold between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from whosaid.errors import ConfigurationError
from whosaid.trials import Trial, scores_of

SUFFIXES: Final = (".pdf", ".png", ".svg")
_BINS: Final = 30
_CLASSES: Final = ((True, "same voice", "#2f6f9f"), (False, "different voices", "#c2703d"))


def plot_scores(trials: Sequence[Trial], threshold: float, file: Path) -> None:
    """Write histograms of the scores of genuine and impostor trials, in the format of the file's suffix.

    ConfigurationError where there are no trials, the format is not known or the file cannot be written.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise ConfigurationError(f"{file} cannot be plotted: name a file that ends in {', '.join(SUFFIXES)}")
    if not trials:
        raise ConfigurationError("there are no trials to plot: enrol a speaker who is heard in another recording too")
    figure = _draw(trials, threshold)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    except OSError as e:
        raise ConfigurationError(f"{file} cannot be written ({e.strerror}): choose another file") from e


def _draw(trials: Sequence[Trial], threshold: float) -> Any:
    """Return the figure; made without pyplot, which keeps figures in a global list."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=150, layout="constrained", facecolor="white")
    axes: Any = figure.subplots()
    values = [each.score for each in trials]
    bins = np.linspace(min(*values, threshold), max(*values, threshold), _BINS + 1)
    for genuine, name, color in _CLASSES:
        scores = scores_of(trials, genuine=genuine)
        axes.hist(scores, bins, label=f"{name} ({len(scores)})", color=color, alpha=0.65, edgecolor="white")
    axes.axvline(threshold, color="#222222", linestyle="--", label=f"threshold {threshold:.2f}")
    axes.set(xlabel="score", ylabel="trials")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
