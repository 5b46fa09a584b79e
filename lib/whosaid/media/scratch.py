"""Folders for what a run needs only while it lives, and the finding of those whose run has died.

A run holds a lock on a file in its folder. The system gives the lock of a process back when the process ends, however
it ends, so a folder that nobody holds is one that nobody will come back to.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Final

_LOCK: Final = "held.lock"
_OWNER: Final = "owner.txt"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A folder whose run has died; the owner is empty where the folder does not say whose it was."""

    folder: Path
    owner: str

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def own_scratch(parent: Path, owner: str = "") -> Generator[Path]:
    """Make a folder below `parent` that is the caller's alone, and remove it at the end."""
    parent.mkdir(parents=True, exist_ok=True)
    with _at_the_door(parent):  # or the folder could be taken for one that nobody holds
        folder = Path(mkdtemp(prefix="run-", dir=parent))
        (folder / _OWNER).write_text(owner)
        held = (folder / _LOCK).open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.close()


def find_leftovers(parent: Path) -> tuple[Leftover, ...]:
    """Return the folders below `parent` that no living process holds."""
    if not parent.is_dir():
        return ()
    with _at_the_door(parent):
        folders = sorted(each for each in parent.iterdir() if each.is_dir())
        return tuple(Leftover(each, _owner(each)) for each in folders if not _is_held(each))


@contextmanager
def _at_the_door(parent: Path) -> Generator[None]:
    """Let one process at a time make folders or look at them."""
    with (parent / "door.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _owner(folder: Path) -> str:
    file = folder / _OWNER
    return file.read_text() if file.exists() else ""


def _is_held(folder: Path) -> bool:
    file = folder / _LOCK
    if not file.exists():
        return False
    with file.open("r") as lock:
        return not _take(lock)


def _take(lock: IO[str]) -> bool:
    """Try to take a lock, and say whether nobody holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
