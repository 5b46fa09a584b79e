"""The types of blocks that there are."""

from __future__ import annotations

from typing import Final

from blocks.archive import ArchiveDatabase
from blocks.cookies import SiteCookies
from blocks.hub import HubToken
from blocks.media import MediaStore
from blocks.openai import OpenAiKey

KINDS: Final = (ArchiveDatabase, MediaStore, HubToken, OpenAiKey, SiteCookies)
