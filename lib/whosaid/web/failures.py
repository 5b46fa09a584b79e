"""Tells people what went wrong: one line, and the status that fits."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from whosaid.errors import (
    ArchiveError,
    ConfigurationError,
    DeviceError,
    NotFound,
    ServiceError,
    WeightsError,
    WhosaidError,
)
from whosaid.formats import one_line
from whosaid.web.rendering import render

UNAVAILABLE: Final = 503
_HEADINGS: Final = {
    400: "That cannot be asked",
    404: "Not here",
    405: "That cannot be asked",
    UNAVAILABLE: "Out of order",
}

# The first kind that fits.
_STATUSES: Final[tuple[tuple[type[WhosaidError], int], ...]] = (
    (NotFound, 404),
    (ArchiveError, UNAVAILABLE),
    (WeightsError, UNAVAILABLE),
    (DeviceError, UNAVAILABLE),
    (ServiceError, UNAVAILABLE),
    (ConfigurationError, 400),
    (WhosaidError, 500),
)


def status_of(error: WhosaidError) -> int:
    """Return the HTTP status of an error."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


def tell_failures(app: FastAPI) -> None:
    """Answer errors with a page that says what is wrong."""
    app.add_exception_handler(WhosaidError, _tell_error)
    app.add_exception_handler(RequestValidationError, _tell_parameters)
    app.add_exception_handler(HTTPException, _tell_status)


def _tell_error(request: Request, error: Exception) -> Response:
    return _page(request, status_of(error) if isinstance(error, WhosaidError) else 500, str(error))


def _tell_parameters(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    return _page(request, 400, "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in found))


def _tell_status(request: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
    return _page(request, status, "there is no such page" if detail == "Not Found" else detail)


def _page(request: Request, status: int, message: str) -> Response:
    heading = _HEADINGS.get(status, "That went wrong")
    return render(request, "failure.html", status, heading=heading, message=one_line(message))
