"""Looks up what a scope names, so that a misspelt name is told and not an empty answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from whosaid.errors import NotFound
from whosaid.store.queries import Scope
from whosaid.store.reading import find_source
from whosaid.types import UNKNOWN

_NAMES_TOLD: Final = 20

_SPEAKERS: Final = text("SELECT DISTINCT speaker FROM passages ORDER BY speaker")
_CHANNELS: Final = text("SELECT DISTINCT channel FROM sources ORDER BY channel")
_SOURCES: Final = text("""
    SELECT id FROM sources
    WHERE (CAST(:channels AS text[]) IS NULL OR channel = ANY (CAST(:channels AS text[])))
      AND (CAST(:video AS bigint) IS NULL OR id = :video)
      AND (CAST(:since AS timestamptz) IS NULL OR published_at >= :since)
""")

WITHIN: Final = """
    (CAST(:speakers AS text[]) IS NULL OR p.speaker = ANY (CAST(:speakers AS text[])))
    AND (CAST(:sources AS bigint[]) IS NULL OR p.source_id = ANY (CAST(:sources AS bigint[])))
"""
"""The condition on passages `p` that a `Restriction` gives values to."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A scope as the database knows it; None does not restrict."""

    speakers: list[str] | None
    sources: list[int] | None


def restrict(connection: Connection, scope: Scope) -> Restriction:
    """Return the speakers and videos of a scope; NotFound, with the names there are, for one that is not there."""
    return Restriction(_speakers(connection, scope), _sources(connection, scope))


def _speakers(connection: Connection, scope: Scope) -> list[str] | None:
    if scope.speaker is None:
        return None
    known = connection.execute(_SPEAKERS).scalars().all()
    return _named("speaker", scope.speaker, {*known, UNKNOWN})


def _sources(connection: Connection, scope: Scope) -> list[int] | None:
    if scope.channel is scope.video is scope.since is None:
        return None
    values = {
        "channels": None if scope.channel is None else _channels(connection, scope.channel),
        "video": None if scope.video is None else find_source(connection, scope.video),
        "since": scope.since,
    }
    return list(connection.execute(_SOURCES, values).scalars())


def _channels(connection: Connection, channel: str) -> list[str]:
    return _named("channel", channel, connection.execute(_CHANNELS).scalars().all())


def _named(kind: str, name: str, known: Iterable[str]) -> list[str]:
    """Return the name as it is known, else all that differ from it in case alone."""
    names = sorted(known)
    alike = [each for each in names if each.casefold() == name.casefold()]
    if not alike:
        told = ", ".join(names[:_NAMES_TOLD]) or "none yet"
        more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
        raise NotFound(f"the archive has no {kind} {name!r}: it has {told}{more}")
    return [name] if name in alike else alike
