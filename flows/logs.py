"""What a run says in its log: the library's own lines, and errors in one line each, without what would bury them."""

from __future__ import annotations

import logging
from typing import Any, Final

from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.states import Failed

from whosaid.errors import WhosaidError

logger = logging.getLogger("whosaid.run")
TASK_LOGGER: Final = "prefect.task_runs"
RUN_LOGGERS: Final = ("prefect.flow_runs", TASK_LOGGER)
_SUCCESSES: Final = tuple(f"Finished in state {each}" for each in ("Completed(", "Cached("))


def drop_expected_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback off a record of a WhosaidError; that of any other error is a bug report and stays."""
    if record.exc_info and isinstance(record.exc_info[1], WhosaidError):
        record.exc_info = record.exc_text = None
    return True


def refused(error: WhosaidError) -> State[Any]:
    """Fail a flow with the one line that the user needs."""
    logger.error("%s", error)
    return Failed(message=str(error), data=error)


def drop_success(record: logging.LogRecord) -> bool:
    """Drop what Prefect says of a task that succeeded: a stage says it itself, with what it took."""
    return record.levelno != logging.INFO or not record.getMessage().startswith(_SUCCESSES)


def drop_stopped(record: logging.LogRecord) -> bool:
    """Drop what asyncio says, with a traceback each, of the videos that were stopped with their run."""
    return not (record.exc_info and isinstance(record.exc_info[1], TerminationSignal))


def prepare_logs() -> None:
    """Let the library speak as loudly as Prefect does, and keep what need not be said out. Safe to call again.

    Prefect hands an extra logger its handlers and not its level, so that nothing below a warning would pass.
    """
    logging.getLogger("whosaid").setLevel(logging.getLogger("prefect").level)
    for name in RUN_LOGGERS:
        logging.getLogger(name).addFilter(drop_expected_traceback)
    logging.getLogger(TASK_LOGGER).addFilter(drop_success)
    logging.getLogger("asyncio").addFilter(drop_stopped)
