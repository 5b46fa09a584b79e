"""What a run says in its log: our errors in one line each, without the traceback that would bury their remedy."""

from __future__ import annotations

import logging
from typing import Any, Final

from prefect.client.schemas.objects import State
from prefect.states import Failed

from whosaid.errors import WhosaidError

logger = logging.getLogger("whosaid.run")
RUN_LOGGERS: Final = ("prefect.flow_runs", "prefect.task_runs")


def drop_expected_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback off a record of a WhosaidError; that of any other error is a bug report and stays."""
    if record.exc_info and isinstance(record.exc_info[1], WhosaidError):
        record.exc_info = record.exc_text = None
    return True


def refused(error: WhosaidError) -> State[Any]:
    """Fail a flow with the one line that the user needs."""
    logger.error("%s", error)
    return Failed(message=str(error), data=error)


def keep_errors_short() -> None:
    """Make the loggers of runs drop the tracebacks of expected errors. Safe to call again."""
    for name in RUN_LOGGERS:
        logging.getLogger(name).addFilter(drop_expected_traceback)
