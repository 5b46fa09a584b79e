"""The archive: a Postgres that holds what was said, by whom and when.

`open_archive` gives an `Archive`. Rows (SQLModel) do not leave this package: values go in and come out.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from whosaid.store.archive import Archive
from whosaid.store.database import connect
from whosaid.store.queries import Query, QueryVector, Quote, Scope
from whosaid.store.speakers import Enrolment, HeardVoice, NumberedVoices, UnknownVoices
from whosaid.store.values import (
    EmbeddedModel,
    Hit,
    PassageText,
    Pause,
    RunRecord,
    SpeakerShare,
    Standing,
    Status,
    StoredTranscript,
    VideoCounts,
)
from whosaid.store.voices import HeardRecording

__all__ = [
    "Archive",
    "EmbeddedModel",
    "Enrolment",
    "HeardRecording",
    "HeardVoice",
    "Hit",
    "NumberedVoices",
    "PassageText",
    "Pause",
    "Query",
    "QueryVector",
    "Quote",
    "RunRecord",
    "Scope",
    "SpeakerShare",
    "Standing",
    "Status",
    "StoredTranscript",
    "UnknownVoices",
    "VideoCounts",
    "open_archive",
]


@contextmanager
def open_archive(url: str | None, home: Path) -> Generator[Archive]:
    """Open the archive of a database URL, or without one the embedded Postgres under `home`.

    ArchiveError where it cannot be reached. Call `migrate` before writing to it.
    """
    with _address(url, home) as address:
        database = connect(address)
        try:
            yield Archive(database)
        finally:
            database.close()


@contextmanager
def _address(url: str | None, home: Path) -> Generator[str | URL]:
    if url is not None:
        yield url
        return
    from whosaid.store import embedded

    with embedded.serving(home / "postgres") as address:
        yield address
