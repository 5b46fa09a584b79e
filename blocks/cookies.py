"""The block that holds the cookies of a site."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.logos import logo
from blocks.netscape import Cookie, read_cookies
from whosaid.doctor import Finding, miss, ok, warn
from whosaid.errors import ConfigurationError

AGAIN = "export the cookies of a signed-in browser again"


class SiteCookies(Block):
    """The cookies by which a site knows a signed-in browser."""

    _block_type_name = "whosaid site cookies"
    _block_type_slug = "whosaid-site-cookies"
    _description = "The cookies by which a site knows a signed-in browser, where it asks visitors to sign in."
    _logo_url = logo("cookies")

    text: SecretStr | None = Field(
        None,
        title="Text",
        description="What a cookie file in Netscape's format holds, as a browser's extension exports it.",
    )
    file: Path | None = Field(
        None, title="File", description="In place of the text: such a file on the machine of the worker."
    )

    def read(self) -> SecretStr:
        """Return the text of the cookies; ConfigurationError where there is none."""
        if (self.text is None) == (self.file is None):
            raise ConfigurationError("the site cookies are neither a text nor a file, or both: give one of the two")
        return self.text if self.text is not None else read_cookie_file(Path(str(self.file)))

    def check(self) -> Finding:
        """Say of which sites the cookies are, and when they expire."""
        cookies = read_cookies(self.read().get_secret_value())
        if not cookies:
            return miss("cookies", "the text holds none", AGAIN)
        return _judge(cookies, datetime.now(UTC))


def read_cookie_file(file: Path) -> SecretStr:
    """Return what a cookie file holds; ConfigurationError where it cannot be read."""
    try:
        return SecretStr(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        why = type(e).__name__
        raise ConfigurationError(
            f"the cookie file {file} cannot be read ({why}): correct its path or make it again"
        ) from e


def _judge(cookies: tuple[Cookie, ...], now: datetime) -> Finding:
    living = [cookie for cookie in cookies if cookie.expires is None or cookie.expires > now]
    if not living:
        return miss("cookies", f"all {len(cookies)} have expired", AGAIN)
    sites = [_describe(site, list(each)) for site, each in groupby(sorted(living, key=_site), key=_site)]
    detail = f"{len(living)} cookies: {'; '.join(sites)}"
    if expired := len(cookies) - len(living):
        return warn("cookies", f"{detail}; {expired} more have expired", AGAIN)
    return ok("cookies", detail)


def _site(cookie: Cookie) -> str:
    return cookie.site


def _describe(site: str, cookies: list[Cookie]) -> str:
    ends = [cookie.expires for cookie in cookies if cookie.expires is not None]
    return f"{site}, the first expires on {min(ends):%Y-%m-%d}" if ends else f"{site}, for one session"
