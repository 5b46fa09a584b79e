"""Puts the page together."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from whosaid.web import naming, reading, searching
from whosaid.web.failures import tell_failures
from whosaid.web.protection import Protection
from whosaid.web.rendering import make_templates
from whosaid.web.site import Site


def build_app(site: Site) -> FastAPI:
    """Return the page over an archive. It answers to the names of this machine's loopback alone."""
    app = FastAPI(title="whosaid", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site, app.state.templates = site, make_templates()
    for module in (searching, reading, naming):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    tell_failures(app)
    app.add_middleware(Protection)
    # Another site that lets its name resolve to this machine is told from this one by the name alone.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
    return app
