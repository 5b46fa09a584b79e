"""The Prefect server that does not answer, said in one line."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from httpx import TransportError
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from whosaid.errors import ConfigurationError

_UNREACHED: Final = "Failed to reach API"


@contextmanager
def reaching_server() -> Generator[None]:
    """Turn the failures of Prefect's client into ConfigurationError, with what helps."""
    try:
        with needing_server():
            yield
    except PrefectHTTPStatusError as e:
        raise ConfigurationError(
            f"the Prefect server {_name()} answers {e.response.status_code}: see its log and PREFECT_API_URL"
        ) from e


@contextmanager
def needing_server() -> Generator[None]:
    """Turn a server that gives no answer into ConfigurationError, and let pass whatever it answers."""
    try:
        yield
    except Exception as e:
        if not _is_unreached(e):
            raise
        raise ConfigurationError(
            f"the Prefect server {_name()} gives no answer: start it by `make serve`, or correct PREFECT_API_URL"
        ) from e


def _is_unreached(error: BaseException | None) -> bool:
    if isinstance(error, ConcurrencySlotAcquisitionError):
        return _is_unreached(error.__cause__)
    return isinstance(error, TransportError) or (isinstance(error, RuntimeError) and _UNREACHED in str(error))


def _name() -> str:
    """Return host and port: the address may hold a password."""
    return urlsplit(PREFECT_API_URL.value() or "").netloc.rpartition("@")[2] or "of this process"
