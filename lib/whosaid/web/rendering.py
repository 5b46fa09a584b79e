"""Fills the templates. What comes from the archive is escaped everywhere: nothing is ever marked safe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from whosaid.formats import one_line, play_time, spell
from whosaid.web.site import in_path


def make_templates() -> Environment:
    """Return the templates of the page."""
    templates = Environment(
        loader=PackageLoader("whosaid.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(clock=play_time, day=_day, spell=spell, in_path=in_path, one_line=one_line)
    return templates


def render(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    templates: Environment = request.app.state.templates
    return HTMLResponse(templates.get_template(name).render(path=request.url.path, **values), status)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
