"""Programs that run beside this one, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import psutil

ROOT: Final = Path(__file__).parents[1]
_PATIENCE: Final = 10  # seconds for a program to end when it is asked to


def prefect(*words: str) -> list[str]:
    """Return the command line of Prefect in this environment."""
    return [sys.executable, "-m", "prefect", "--no-prompt", *words]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program in the repository's root, which prefect.yaml takes from PWD."""
    return {**os.environ, "PWD": str(ROOT), **settings}


@contextmanager
def running(
    command: Sequence[str], settings: Mapping[str, str], output: IO[str] | None = None
) -> Generator[subprocess.Popen[str]]:
    """Start a program in a session of its own, so that Ctrl-C reaches it through us alone, and end it in the end."""
    program = subprocess.Popen(  # noqa: S603 - a command of ours
        command,
        cwd=ROOT,
        env=environment(settings),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
        start_new_session=True,
    )
    try:
        yield program
    finally:
        _end(program)


def _end(program: subprocess.Popen[str]) -> None:
    """Ask a program and all that it has started to end, wait, and kill what is left.

    A worker of Prefect's puts each run into a session of its own, and waits for it however long it takes.
    """
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(program.pid).children(recursive=True)
        for each in (*family, program):
            with suppress(psutil.NoSuchProcess):
                each.terminate()
        _, left = psutil.wait_procs(family, timeout=_PATIENCE)
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    with suppress(subprocess.TimeoutExpired):
        program.wait(_PATIENCE)
    program.kill()
    program.wait()
