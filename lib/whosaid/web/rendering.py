"""Fills the templates. What comes from the archive is escaped everywhere: nothing is ever marked safe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from whosaid.formats import clock, one_line
from whosaid.types import Seconds
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
    templates.filters.update(clock=_clock, day=_day, spell=_spell, in_path=in_path, one_line=one_line)
    return templates


def render(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    templates: Environment = request.app.state.templates
    return HTMLResponse(templates.get_template(name).render(path=request.url.path, **values), status)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _spell(seconds: Seconds) -> str:
    """Return a length of time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _clock(seconds: Seconds) -> str:
    """Return a time as a player shows it: m:ss, or h:mm:ss."""
    told = clock(seconds)
    return told.removeprefix("0:").removeprefix("0") if told.startswith("0:0") else told.removeprefix("0:")
