"""The style sheet keeps its word."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from whosaid import web
from whosaid.web.tints import TINTS, tint

STYLES = (Path(web.__file__).parent / "static" / "page.css").read_text()
LIGHT, DARK = re.findall(r":root \{(.*?)\}", STYLES, re.DOTALL)
INKS = ("ink", "faint", "accent", "grey", *(f"t{i}" for i in range(TINTS)))
PAIRS = [*product(INKS, ("paper", "card")), ("on-accent", "accent"), ("mark-ink", "mark"), ("ink", "now"),
         ("refused", "refused-paper"), ("done", "done-paper")]  # fmt: skip


def luminance(color: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(scheme: str) -> None:
    """4.5 to 1 at least for all text on what is behind it, in light and dark."""
    colors = dict(re.findall(r"--([\w-]+): #(\w{6});", scheme))
    for ink, paper in PAIRS:
        darker, lighter = sorted((luminance(colors[ink]), luminance(colors[paper])))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, paper)


def test_voices_differ_while_tints_last() -> None:
    """As many voices as there are tints have one each; a name alone keeps its own on every page."""
    names = [f"Speaker {i}" for i in range(TINTS)]
    assert sorted(tint(names).values()) == list(range(TINTS))
    assert set(tint([*names, "One more"])) == {*names, "One more"}
    assert tint(["Ada"]) == tint(["Ada", "Ada"])
    assert tint(["Ada"])["Ada"] == tint(["Ada", *names])["Ada"]
