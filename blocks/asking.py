"""A service asked whether it takes a secret; only the status of its answer is read."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from pydantic import SecretStr

from whosaid.errors import ServiceError

_SECONDS: Final = 5


def ask(address: str, secret: SecretStr) -> HTTPStatus:
    """Return the status of the answer to a request that carries the secret; ServiceError where there is none."""
    site = urlsplit(address).netloc.rpartition("@")[2]
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ServiceError(f"the address {site!r} is not one of the web: begin it with https://")
    try:
        request = Request(address, headers={"Authorization": f"Bearer {secret.get_secret_value()}"})  # noqa: S310
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - http is required above
            return HTTPStatus(answer.status)
    except HTTPError as e:
        with e:
            return HTTPStatus(e.code)
    except (OSError, HTTPException, ValueError) as e:
        trouble = type(e).__name__
        raise ServiceError(f"{site} gives no answer ({trouble}): check the connection and the address") from None
