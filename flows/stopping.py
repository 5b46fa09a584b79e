"""How a run in the terminal is stopped: by Ctrl-C and by SIGTERM alike, with one line and nothing left running."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NoReturn

from prefect.exceptions import TerminationSignal

STOPPED: Final = "stopped: what is finished is kept; the same command goes on from there\n"


@contextmanager
def stopping_cleanly() -> Generator[None]:
    """End with 130 on Ctrl-C and with 143 on SIGTERM, through the exits of what is open.

    Prefect ends the run by itself on SIGTERM and then raises, or calls the handler that it found. The system's own
    would end the program on the spot, and a server that Prefect has started for the run would go on without it.
    """
    former = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    except KeyboardInterrupt:
        _leave(signal.SIGINT)
    except TerminationSignal as stopped:
        _leave(stopped.signal)
    finally:
        signal.signal(signal.SIGTERM, former)


def _leave(number: int, _frame: object = None) -> NoReturn:
    sys.stderr.write(STOPPED)
    sys.exit(128 + number)
