"""Cookie files in Netscape's format: domain, subdomains, path, secure, expiry, name and value, by tabs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from whosaid.errors import ConfigurationError

_HTTP_ONLY: Final = "#HttpOnly_"


@dataclass(frozen=True, slots=True)
class Cookie:
    """Whose a cookie is, and until when; `expires` is None for one that ends with its session."""

    site: str
    expires: datetime | None


def read_cookies(text: str) -> tuple[Cookie, ...]:
    """Return the cookies of a file; ConfigurationError, without the line itself, where it has another form."""
    lines = enumerate((line.removeprefix(_HTTP_ONLY) for line in text.splitlines()), start=1)
    return tuple(_read(number, line) for number, line in lines if line.strip() and not line.startswith("#"))


def _read(number: int, line: str) -> Cookie:
    try:
        site, _, _, _, expires, _, _ = line.split("\t")  # as many as there are fields
        ends = datetime.fromtimestamp(float(expires), UTC) if float(expires) else None
    except (ValueError, OverflowError, OSError) as e:
        raise ConfigurationError(
            f"line {number} of the cookies is not in Netscape's format, seven fields parted by tabs "
            f"({type(e).__name__}): export them again, and keep the tabs"
        ) from None  # the cause repeats the line, which holds the secret
    return Cookie(site.strip("."), ends)
