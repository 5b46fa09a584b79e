"""Colours of a drawing: those of the style sheet by name, or of its light half where there is no style sheet.

A drawing that is put into a page is drawn in colours that stand for names; `named` puts the names in, and the page
decides what they look like in light and in dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Inks: TypeAlias = Mapping[str, str]
"""A colour for each name of the style sheet."""

LIGHT: Final[Inks] = {
    "card": "#ffffff",
    "ink": "#22252a",
    "faint": "#5c626b",
    "line": "#dedbd3",
    "grey": "#5c626b",
    "refused": "#8f2320",
    "t0": "#1f5fa8",
    "t1": "#a1441a",
    "t2": "#2c6e37",
    "t3": "#7a3fa0",
    "t4": "#a02a5c",
    "t5": "#0f6a78",
    "t6": "#7a5b00",
    "t7": "#4c4fb8",
}
STAND_INS: Final[Inks] = {name: f"#fe{number:02x}ef" for number, name in enumerate(LIGHT)}

OTHER: Final = "grey"
_STAGES: Final[Inks] = {
    "fetch_audio": "t5",
    "transcribe": "t0",
    "find_monologue": "t6",
    "diarize": "t1",
    "embed_voices": "t2",
    "embed_passages": "t3",
    "publish": "t4",
}
_TAGS: Final[Inks] = {"download": "t5", "asr": "t0", "gpu": "t2", "db": "t4"}


def named(drawing: str) -> str:
    """Return an SVG with the variables of the style sheet in place of the colours that stand for them."""
    for name, stand_in in STAND_INS.items():
        drawing = drawing.replace(stand_in, f"var(--{name})")
    return drawing


def unnamed(drawing: str) -> str:
    """Return such an SVG with the colours of the light half of the style sheet in place of its variables."""
    for name, color in LIGHT.items():
        drawing = drawing.replace(f"var(--{name})", color)
    return drawing


def of_stage(stage: str) -> str:
    """Return the name of a stage's colour; those that take next to no time share one."""
    return _STAGES.get(stage, OTHER)


def of_tag(tag: str) -> str:
    """Return the name of the colour of a tag's slots."""
    return _TAGS.get(tag, OTHER)
