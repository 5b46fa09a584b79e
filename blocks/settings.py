"""Where things are on this machine, with the origin of each setting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from prefect.blocks.core import Block
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from blocks.archive import ArchiveDatabase
from blocks.cookies import SiteCookies, read_cookie_file
from blocks.hub import HubToken
from blocks.media import MediaStore
from blocks.openai import OpenAiKey
from whosaid.engines import Account

BlockT = TypeVar("BlockT", bound=Block)
T = TypeVar("T")

BLOCK_NAME: Final = "default"
DEFAULT_HOME: Final = Path(".whosaid")


class Environment(BaseSettings):
    """The settings that the environment of a worker may give."""

    model_config = SettingsConfigDict(env_prefix="WHOSAID_", env_ignore_empty=True)

    home: Path | None = None
    database_url: SecretStr | None = None
    hub_token: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    cookies: Path | None = None  # a file, as yt-dlp's --cookies


@dataclass(frozen=True, slots=True)
class Setting:
    """A resolved setting: where it came from, never its value."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The resolved settings of a worker."""

    home: Path
    database_url: SecretStr | None
    hub_token: SecretStr | None
    openai: Account
    cookies: SecretStr | None
    origins: tuple[Setting, ...]

    def __str__(self) -> str:
        return ", ".join(f"{each.name} from {each.origin}" for each in self.origins)


async def resolve_settings() -> Settings:
    """Resolve each setting: the environment of the worker, else the block named "default", else the default."""
    given = Environment()
    media, database, hub = await _saved(MediaStore), await _saved(ArchiveDatabase), await _saved(HubToken)
    home, home_origin = _first(given.home, media.home if media else None)
    url, url_origin = _first(given.database_url, database.url if database else None)
    token, token_origin = _first(given.hub_token, hub.token if hub else None)
    account, account_origin = _openai_account(given, await _saved(OpenAiKey))
    cookies, cookies_origin = _site_cookies(given, await _saved(SiteCookies))
    origins = (
        Setting("home", home_origin),
        Setting("database", url_origin),
        Setting("hub token", token_origin),
        Setting("OpenAI key", account_origin),
        Setting("site cookies", cookies_origin),
    )
    return Settings((home or DEFAULT_HOME).resolve(), url, token, account, cookies, origins)


def _openai_account(given: Environment, saved: OpenAiKey | None) -> tuple[Account, str]:
    """Return the account with the origin of its key; the block's server gets no key but the block's."""
    key, origin = _first(given.openai_api_key, saved.key if saved else None)
    address = given.openai_base_url or (saved.base_url if saved and origin == "block" else None)
    return Account(key, address), origin


def _site_cookies(given: Environment, saved: SiteCookies | None) -> tuple[SecretStr | None, str]:
    return _first(read_cookie_file(given.cookies) if given.cookies else None, saved.read() if saved else None)


def _first(environment: T | None, block: T | None) -> tuple[T | None, str]:
    if environment is not None:
        return environment, "environment"
    return block, "default" if block is None else "block"


async def _saved(kind: type[BlockT]) -> BlockT | None:
    """Return the saved block of a kind, None where none was saved; a server that fails is an error."""
    try:
        return await kind.aload(BLOCK_NAME)
    except ValueError as e:  # what Prefect raises for a block that does not exist
        if "Unable to find block document" not in str(e):
            raise
        return None
