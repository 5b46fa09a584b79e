"""What the archive is asked: where to look, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whosaid.errors import ConfigurationError

MAX_QUERY_CHARS: Final = 1_000
MAX_HITS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the archive that is searched; None does not restrict it."""

    speaker: str | None = None  # in any case; "unknown" for voices without a name
    channel: str | None = None  # in any case
    video: str | None = None  # its id, the part of it after the colon, or its address
    since: datetime | None = None  # published then or later; leaves out videos whose date is not known


@dataclass(frozen=True, slots=True, eq=False)
class QueryVector:
    """A query as a text model understands it."""

    model_key: str
    vector: NDArray[np.float32]  # (dimension,)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question: its words, its vector, or both, whose answers are then fused."""

    text: str = ""
    vector: QueryVector | None = None
    scope: Scope = Scope()
    limit: int = 10

    def __post_init__(self) -> None:
        if self.vector is None or self.text:
            check_text(self.text)
        check_limit(self.limit)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words to be found as they are said, one after the other."""

    text: str
    scope: Scope = Scope()
    limit: int = 10

    def __post_init__(self) -> None:
        check_text(self.text)
        check_limit(self.limit)


def check_text(text: str) -> None:
    """Refuse a text that asks for nothing, or is no question any more; ConfigurationError."""
    if not text.strip():
        raise ConfigurationError("the query is empty: say what to search for")
    if len(text) > MAX_QUERY_CHARS:
        raise ConfigurationError(
            f"a query has at most {MAX_QUERY_CHARS:,} characters, not {len(text):,}: ask for less at once"
        )


def check_limit(limit: int) -> None:
    """Refuse a number of hits that makes no sense; ConfigurationError."""
    if not 1 <= limit <= MAX_HITS:
        raise ConfigurationError(f"a search finds 1 to {MAX_HITS:,} hits, not {limit}: ask for another number")
