"""What a run tells the server's event feed when it is over, for automations to act on."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Final

from prefect.events import emit_event

from whosaid.types import RunSummary, VideoState

INGESTED: Final = "whosaid.run.ingested"  # videos came into the archive
IDLE: Final = "whosaid.run.idle"  # none did
FAILING: Final = "whosaid.run.failing"  # more of them failed than may
FAILED_SHARE: Final = 0.2


def tell_of(summary: RunSummary) -> None:
    """Tell of a finished run: whether it brought anything into the archive, and whether too much of it failed."""
    counts = Counter(each.state for each in summary.outcomes)
    done, failed = counts[VideoState.done], counts[VideoState.failed]
    _emit(INGESTED if done else IDLE, summary, done, failed)
    if failed > FAILED_SHARE * len(summary.outcomes):
        _emit(FAILING, summary, done, failed)


def _emit(event: str, summary: RunSummary, done: int, failed: int) -> None:
    source = hashlib.sha256(summary.source.encode()).hexdigest()[:16]  # an address is no name of a resource
    emit_event(
        event,
        resource={"prefect.resource.id": f"whosaid.source.{source}", "prefect.resource.name": summary.source},
        payload={"done": done, "failed": failed, "videos": len(summary.outcomes), "line": summary.line},
    )
