"""What a run needs of the machine itself: Python, room on the disk, a yt-dlp that sites still answer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from whosaid.doctor import Finding, Subject, miss, ok, warn
from whosaid.types import SAMPLE_RATE

PLENTY: Final = 60e9
"""Bytes to have free: about 1,000 hours of recordings."""
_HOUR: Final = SAMPLE_RATE * 2 * 3600 * 0.52  # bytes: 16-bit mono; that FLAC keeps 0.52 of speech is an estimate
_RESERVE: Final = 256 * 2**20  # bytes that the library of recordings leaves free
_OLD: Final = 60  # days; sites change faster
_PYTHONS: Final = ((3, 11), (3, 13))


def check_python(_: Subject) -> Iterable[Finding]:
    """Say whether this Python is one that whosaid is made for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if _PYTHONS[0] <= tuple(sys.version_info[:2]) <= _PYTHONS[1]:
        return (ok("Python", version),)
    return (miss("Python", f"{version} is not supported", "use Python 3.11, 3.12 or 3.13"),)


def check_disk(subject: Subject) -> Iterable[Finding]:
    """Say how many hours of recordings fit beside what is there."""
    free = shutil.disk_usage(_existing(subject.home.resolve())).free
    detail = f"{free / 1e9:.1f} GB free: about {max(0.0, free - _RESERVE) / _HOUR:.0f} hours of recordings (estimated)"
    remedy = "free some space, or set WHOSAID_HOME to a larger disk"
    if free < _RESERVE:
        return (miss("disk", detail, remedy),)
    return (ok("disk", detail),) if free >= PLENTY else (warn("disk", detail, remedy),)


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def check_ytdlp(_: Subject) -> Iterable[Finding]:
    """Say how old yt-dlp is: its version is the date of its release."""
    version = metadata.version("yt-dlp")
    age = (today() - date(*map(int, version.split(".")[:3]))).days
    if age > _OLD:
        return (warn("yt-dlp", f"{version} is {age} days old: sites may refuse it", "raise it in requirements.lock"),)
    return (ok("yt-dlp", f"{version}, {max(0, age)} days old"),)


def today() -> date:
    """Return the date in UTC."""
    return datetime.now(UTC).date()


def check_javascript(_: Subject) -> Iterable[Finding]:
    """Say whether the runtime is there that yt-dlp asks YouTube's players by; unless told, it takes deno alone."""
    if found := shutil.which("deno"):
        return (ok("JavaScript", f"deno is {found}"),)
    other = ", and yt-dlp takes node only where it is told to" if shutil.which("node") else ""
    detail = f"no deno on the path{other}: YouTube may withhold formats"
    return (warn("JavaScript", detail, "install deno; other sites and local folders need none"),)
