"""What a drawing is made on, and how its bars are painted. One unit is one pixel of the style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from whosaid.reporting.bars import Kind
from whosaid.reporting.inks import Inks

SMALL: Final = 11.0
"""The size of its letters."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """How wide a drawing is, and in which colours."""

    width: float
    inks: Inks
    labels: float = 0.0  # room for the titles of videos

    @property
    def left(self) -> float:
        return 46.0 + self.labels

    @property
    def inner(self) -> float:
        return self.width - self.left - 14.0


def paint(palette: Inks, color: str, kind: Kind) -> dict[str, Any]:
    """Return how a stretch of time is painted."""
    match kind:
        case Kind.waiting:
            return {"facecolor": palette[color], "alpha": 0.22, "linewidth": 0}
        case Kind.loading:
            return {"facecolor": "none", "edgecolor": palette[color], "hatch": "//////", "linewidth": 0.6}
        case Kind.computing:
            return {"facecolor": palette[color], "linewidth": 0}
