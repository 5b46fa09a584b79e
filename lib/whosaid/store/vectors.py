"""Ranks passages by vector. One ranking never looks at the vectors of two models.

Vectors of all models share one column without a dimension; the query casts it to the model's dimension, and
that cast expression is what the model's partial index is built on. Where there is no index the ranking is exact.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from sqlalchemy import Connection, TextClause, text

from whosaid.errors import ArchiveError
from whosaid.store.embeddings import dimension_of
from whosaid.store.fusion import Place
from whosaid.store.queries import QueryVector
from whosaid.store.scope import WITHIN, Restriction

_PGVECTOR: Final = (0, 8)  # the first that walks on in its index until a filter is satisfied
_VECTOR_LIMIT: Final = 2_000  # dimensions that pgvector's HNSW takes as float32; beyond it half precision

_VERSION: Final = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
# A generic plan would not know the model and could not use its partial index. Strict order: the rest of
# the index is walked until enough passages of the scope are found, nearest first; where few are in scope,
# the limits on that walk must not end it before.
_SETTINGS: Final = text("""
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
           set_config('hnsw.iterative_scan', 'strict_order', true),
           set_config('hnsw.max_scan_tuples', '1000000', true),
           set_config('hnsw.scan_mem_multiplier', '16', true),
           set_config('hnsw.ef_search', CAST(least(greatest(:depth, 100), 1000) AS text), true)
""")


def rank_by_vector(connection: Connection, query: QueryVector, within: Restriction, depth: int) -> list[Place]:
    """Return the places of the passages nearest to a query, nearest first.

    ArchiveError where no passage is embedded with the model, or the vector is none of its kind.
    """
    require_pgvector(connection)
    dimension = dimension_of(connection, query.model_key)
    _check(query.vector, query.model_key, dimension)
    values = {"query": Vector(query.vector).to_text(), "model_key": query.model_key, "depth": depth} | asdict(within)
    connection.execute(_SETTINGS, {"depth": depth})
    return [Place(*row) for row in connection.execute(nearest(dimension), values)]


def nearest(dimension: int) -> TextClause:
    """Return the query for one model; it orders by exactly the expression that the model's index is built on."""
    distance = f"{cast('e.embedding', dimension)} <=> {cast(':query', dimension)}"
    # Only a dimension, a whole number from the database, is written into the text.
    return text(f"""
        SELECT p.id, p.source_id, p.ordinal, p.label
        FROM passage_embeddings e JOIN passages p ON p.id = e.passage_id
        WHERE e.model_key = :model_key AND {WITHIN}
        ORDER BY {distance} LIMIT :depth
    """)  # noqa: S608


def cast(expression: str, dimension: int) -> str:
    """Return the expression as a vector of a dimension, in the precision that an index can hold."""
    return f"CAST({expression} AS {type_of(dimension)}({dimension}))"


def type_of(dimension: int) -> str:
    """Return the name of the type of vectors of a dimension."""
    return "vector" if dimension <= _VECTOR_LIMIT else "halfvec"


def require_pgvector(connection: Connection) -> None:
    """Refuse a server whose pgvector cannot search within a scope; ArchiveError."""
    version = connection.execute(_VERSION).scalar_one_or_none() or "none"
    if not suffices(version):
        raise ArchiveError(
            f"the server's pgvector is {version}, needed is 0.8 or later: install it there, and have the owner of the "
            "database run ALTER EXTENSION vector UPDATE"
        )


def suffices(version: str) -> bool:
    """Say whether a version of pgvector, as Postgres gives it, can search within a scope."""
    numbers = version.split(".")[:2]
    return all(number.isdecimal() for number in numbers) and tuple(map(int, numbers)) >= _PGVECTOR


def _check(vector: NDArray[np.float32], model_key: str, dimension: int) -> None:
    if vector.shape != (dimension,):
        raise ArchiveError(
            f"a query for {model_key} is one vector of {dimension} numbers, not of shape {vector.shape}: "
            "embed it with that model"
        )
    if not (np.isfinite(vector).all() and vector.any()):
        raise ArchiveError(f"the query vector for {model_key} is zero or not finite: embed the query again")
