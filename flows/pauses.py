"""Sites that refused us: left alone for a while, by the archive, and asked again after that."""

from __future__ import annotations

from blocks.site import Site
from flows.gates import Gates
from whosaid.errors import SourceError


def require_unpaused(site: Site, address: str) -> None:
    """Refuse to start while a site is left alone; SourceError says until when and why."""
    if pause := site.archive.paused(address):
        raise SourceError(
            f"{address} is left alone until {pause.until:%Y-%m-%d %H:%M %Z} ({pause.reason}): wait, or run with force"
        )


def settle_pause(site: Site, address: str, gates: Gates) -> str:
    """Leave a site that refused alone for a while, and say so; one that answered is not paused any more."""
    if gates.refusal:
        pause = site.archive.pause_source(address, gates.refusal)
        return f"paused until {pause.until:%Y-%m-%d %H:%M %Z}: {pause.reason}"
    if gates.answered:
        site.archive.resume_source(address)
    return ""
