"""The real flow, noting in a file which stage of which video begins and ends in which process.

Each stage takes FAULTS_HOLD seconds more, so that it can be hit though its engine follows a script.
"""

from __future__ import annotations

import os
import time
from functools import wraps
from pathlib import Path
from typing import Any

from flows.ingest import ingest
from flows.run import STAGES

__all__ = ["ingest"]


def note(moment: str, stage: str, video: str) -> None:
    """Append a line; lines are short enough to be written in one piece."""
    with Path(os.environ["FAULTS_LOG"]).open("a") as log:
        log.write(f"{os.getpid()}\t{moment}\t{stage}\t{video}\n")


def _count(body: Any, stage: str) -> Any:
    @wraps(body)
    def counted(*inputs: Any, job: Any) -> Any:
        note("begin", stage, job.video.external_id)
        time.sleep(float(os.environ.get("FAULTS_HOLD", "0")))
        result = body(*inputs, job=job)
        note("end", stage, job.video.external_id)
        return result

    return counted


for each in STAGES.values():
    each._body = _count(each._body, each.name)
