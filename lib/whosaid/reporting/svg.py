"""Figures as parts of a page, and as pictures by themselves."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Any, Final

from whosaid.reporting.drawing import label_of
from whosaid.reporting.inks import named, unnamed

_TENTH: Final = re.compile(r"(\d\.\d)\d+")
_ATTRIBUTES: Final = re.compile(r'\b(?:d|x|y|transform)="[^"]*"')
_ID: Final = re.compile(r' id="([^"]*)"')
_HEAD: Final = re.compile(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>')


def to_svg(figure: Any, name: str, labels: Sequence[str], titles: Sequence[str]) -> str:
    """Return a figure as an SVG element: text as text, colours by their names in the style sheet.

    `labels` and `titles` are what is written before a strip and shown of it under the pointer: any text, escaped here.
    `name` keeps the identifiers of two figures on one page apart.
    """
    from matplotlib import rc_context

    out = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _add_texts(_tidy(out.getvalue()), labels, titles)


def to_image(drawing: str) -> str:
    """Return an SVG element as the address of a picture (RFC 2397) on white, for pages without our style sheet."""
    drawing = re.sub(r"<title>.*?</title>", "", drawing, flags=re.DOTALL)
    alone = f'<svg xmlns="http://www.w3.org/2000/svg" style="background: white"{drawing.removeprefix("<svg")}'
    return f"data:image/svg+xml;base64,{b64encode(unnamed(alone).encode()).decode()}"


def _tidy(drawing: str) -> str:
    """Take the element out of the document; drop what nothing refers to and the digits that nobody sees."""
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = _HEAD.sub(r'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="\1">', drawing, count=1)
    drawing = re.sub(r"<style.*?</style>", "", drawing, flags=re.DOTALL)
    drawing = _ATTRIBUTES.sub(lambda found: _TENTH.sub(r"\1", found[0]), drawing)
    used = set(re.findall(r"#([\w-]+)", drawing))
    drawing = _ID.sub(lambda found: found[0] if found[1] in used or found[1].startswith("strip-") else "", drawing)
    return named(re.sub(r"\s*\n\s*", "\n", drawing))


def _add_texts(drawing: str, labels: Sequence[str], titles: Sequence[str]) -> str:
    """Put in what came from the internet, last, so that nothing looks into it."""
    texts = {label_of(number): escape(label) for number, label in enumerate(labels)}
    texts |= {
        f'<g id="strip-{number}">': f'<g class="strip"><title>{escape(title)}</title>'
        for number, title in enumerate(titles)
    }
    return re.sub(r'@strip-\d+@|<g id="strip-\d+">', lambda found: texts[found[0]], drawing)
