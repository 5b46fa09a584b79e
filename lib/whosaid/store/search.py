"""Answers questions: passages ranked by words and by vectors, fused into one list; and quotes, as they were said."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from whosaid.errors import ConfigurationError
from whosaid.store.database import Database
from whosaid.store.fusion import Place, fold, fuse
from whosaid.store.hits import read_hits, read_quotes
from whosaid.store.queries import Query, Quote
from whosaid.store.scope import Restriction, restrict
from whosaid.store.values import Hit
from whosaid.store.vectors import rank_by_vector
from whosaid.store.words import find_quotes, rank_by_words, say

_LEAST_DEPTH: Final = 100
"""How far down the rankings are fused; a passage below adds less to its score than half a rank at the top."""

_LEAST_SHARE: Final = 0.5
"""How much of a question a passage has to say to count beside the vectors. Fusion knows ranks alone: without it the
best of the passages that share one common word with the question would outrank what means the same in other words."""


# A plan made for other words would be a bad one for these; compiling one takes longer than most searches.
_PLANNING: Final = text("""
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
           set_config('work_mem', '64MB', true)
""")


def search(database: Database, query: Query) -> tuple[Hit, ...]:
    """Return what answers a query, best first; neighbouring passages of one voice are one hit.

    ArchiveError where the scope names what is not there, or the vector is none of a model of this archive.
    """
    with database.snapshot() as connection:
        connection.execute(_PLANNING)
        within = restrict(connection, query.scope)
        finds = fold(fuse(_rankings(connection, query, within)), query.limit)
        return read_hits(connection, finds, query.text)


def quote(database: Database, asked: Quote) -> tuple[Hit, ...]:
    """Return the passages in which the words are said one after the other, newest video first."""
    with database.snapshot() as connection:
        connection.execute(_PLANNING)
        within = restrict(connection, asked.scope)
        said = say(connection, asked.text)
        if not said:
            raise ConfigurationError(f"the quote {asked.text!r} has no words: say what was said")
        return read_quotes(connection, find_quotes(connection, said, within, asked.limit), said)


def _rankings(connection: Connection, query: Query, within: Restriction) -> list[list[Place]]:
    depth = max(_LEAST_DEPTH, 3 * query.limit)
    if query.vector is None:
        return [rank_by_words(connection, query.text, within, depth)]
    by_vector = rank_by_vector(connection, query.vector, within, depth)
    if not query.text:
        return [by_vector]
    return [by_vector, rank_by_words(connection, query.text, within, depth, _LEAST_SHARE)]
