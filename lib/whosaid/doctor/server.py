"""A Prefect server asked over plain HTTP: the library knows nothing of Prefect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from pydantic import SecretStr

from whosaid.errors import ConfigurationError

_SECONDS: Final = 3
_NOT_FOUND: Final = 404
_REMEDY: Final = "start it, or correct PREFECT_API_URL"


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """The server at an address that ends in /api; the address may hold a password and is never shown whole."""

    address: SecretStr
    key: SecretStr | None = None

    @property
    def name(self) -> str:
        """The host and port, for messages."""
        return urlsplit(self.address.get_secret_value()).netloc.rpartition("@")[2]

    def is_healthy(self) -> bool:
        """Return whether the server says that it is well."""
        return self._ask("health") is True

    def slots(self, tag: str) -> int | None:
        """Return how many tasks of a tag may run at once, None where it has no limit that is in force."""
        limit = self._ask(f"v2/concurrency_limits/{quote(f'tag:{tag}', safe=':')}")
        return limit["limit"] if limit is not None and limit["active"] else None

    def has_type(self, block_type: str) -> bool:
        """Return whether a type of block is registered."""
        return self._ask(f"block_types/slug/{quote(block_type)}") is not None

    def has_block(self, block_type: str) -> bool:
        """Return whether the block named default of a type is saved; its secrets are not asked for."""
        return self._ask(f"block_types/slug/{quote(block_type)}/block_documents/name/default") is not None

    def _ask(self, path: str) -> Any:
        """Return the answer, None for what does not exist; ConfigurationError where there is no answer."""
        try:
            with urlopen(self._request(path), timeout=_SECONDS) as answer:  # noqa: S310  # http is required below
                return json.load(answer)
        except HTTPError as e:
            with e:
                if e.code == _NOT_FOUND:
                    return None
            raise ConfigurationError(f"the Prefect server {self.name} answers {e.code}: {_REMEDY}") from e
        except (OSError, HTTPException, ValueError) as e:
            trouble = type(e).__name__
            raise ConfigurationError(f"the Prefect server {self.name} gives no answer ({trouble}): {_REMEDY}") from None

    def _request(self, path: str) -> Request:
        address = self.address.get_secret_value()
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ConfigurationError("PREFECT_API_URL is no http address: write http://host:4200/api")
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        return Request(f"{address.rstrip('/')}/{path}", headers=headers)  # noqa: S310
