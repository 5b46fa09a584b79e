"""Finds passages by vector. One search never looks at the vectors of two models.

Vectors of all models share one column without a dimension; the query casts it to the model's dimension, and
that cast expression is what the model's partial index is built on. Where there is no index the search is exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector
from psycopg import sql
from sqlalchemy import Connection, TextClause, text

from whosaid.canonical import digest
from whosaid.errors import ArchiveError
from whosaid.store.bulk import driver
from whosaid.store.database import Database
from whosaid.store.values import EmbeddedModel, Hit

INDEX_PAYS_FROM: Final = 10_000
"""Passages of a model below which exact search is as fast as its index."""
_VECTOR_LIMIT: Final = 2_000  # dimensions that pgvector's HNSW takes as float32; beyond it half precision
_HALFVEC_LIMIT: Final = 4_000

_MODELS: Final = text("""
    SELECT m.model_key, m.dimension, count(*) AS passages
    FROM text_models m JOIN passage_embeddings e USING (model_key)
    GROUP BY m.model_key ORDER BY m.model_key
""")
_DIMENSION: Final = text("""
    SELECT dimension FROM text_models m
    WHERE model_key = :model_key AND EXISTS (SELECT FROM passage_embeddings e WHERE e.model_key = m.model_key)
""")
# A generic plan would not know the model and could not use its partial index. Strict order: the rest of
# the index is walked until enough passages of the speaker are found, nearest first.
_SETTINGS: Final = text("""
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
           set_config('hnsw.iterative_scan', 'strict_order', true),
           set_config('hnsw.ef_search', CAST(least(greatest(2 * :limit, 100), 1000) AS text), true)
""")


def models(database: Database) -> tuple[EmbeddedModel, ...]:
    """Return the text models that passages are embedded with, by name."""
    with database.begin() as connection:
        return tuple(EmbeddedModel(*row) for row in connection.execute(_MODELS))


def search(
    database: Database, vector: NDArray[np.float32], model_key: str, *, speaker: str | None = None, limit: int = 10
) -> tuple[Hit, ...]:
    """Return the passages nearest to a query vector of the model, best first.

    ArchiveError where no passage is embedded with the model, or the vector is none of its kind.
    """
    dimension = _dimension(database, model_key)
    _check_query(vector, model_key, dimension)
    values = {"query": Vector(vector).to_text(), "model_key": model_key, "speaker": speaker, "limit": limit}
    with database.begin() as connection:
        connection.execute(_SETTINGS, {"limit": limit})
        return tuple(Hit(*row) for row in connection.execute(nearest(dimension), values))


def nearest(dimension: int) -> TextClause:
    """Return the query for one model; it orders by exactly the expression that `index_model` indexes."""
    distance = f"{_cast('e.embedding', dimension)} <=> {_cast(':query', dimension)}"
    # Only a dimension, a whole number from the database, is written into the text.
    return text(f"""
        SELECT p.start_s, p.end_s, s.kind || ':' || s.external_id, s.title, s.channel, s.url, p.label, p.speaker,
               p.text, 1 - ({distance}) AS score
        FROM passage_embeddings e JOIN passages p ON p.id = e.passage_id JOIN sources s ON s.id = p.source_id
        WHERE e.model_key = :model_key AND (CAST(:speaker AS text) IS NULL OR p.speaker = :speaker)
        ORDER BY {distance} LIMIT :limit
    """)  # noqa: S608


def index_model(database: Database, model_key: str, *, at_least: int = INDEX_PAYS_FROM) -> None:
    """Build the model's index where it has passages enough to pay and none yet; publishing waits meanwhile."""
    dimension = _dimension(database, model_key)
    count = {model.model_key: model.passages for model in models(database)}[model_key]
    if count < at_least or dimension > _HALFVEC_LIMIT:
        return
    with database.begin() as connection:
        _create_index(connection, model_key, dimension)


def index_name(model_key: str) -> str:
    """Return the name of a model's index."""
    return f"hnsw_{digest(model_key)[:16]}"


def _create_index(connection: Connection, model_key: str, dimension: int) -> None:
    statement = sql.SQL(
        "CREATE INDEX IF NOT EXISTS {name} ON passage_embeddings USING hnsw (({expression}) {operators}) "
        "WHERE model_key = {model_key}"
    ).format(
        name=sql.Identifier(index_name(model_key)),
        expression=sql.SQL(_cast("embedding", dimension)),  # pyright: ignore[reportArgumentType]
        operators=sql.SQL(f"{_type(dimension)}_cosine_ops"),  # pyright: ignore[reportArgumentType]
        model_key=sql.Literal(model_key),
    )
    driver(connection).execute(statement)


def _cast(expression: str, dimension: int) -> str:
    return f"CAST({expression} AS {_type(dimension)}({dimension}))"


def _type(dimension: int) -> str:
    return "vector" if dimension <= _VECTOR_LIMIT else "halfvec"


def _dimension(database: Database, model_key: str) -> int:
    with database.begin() as connection:
        dimension = connection.execute(_DIMENSION, {"model_key": model_key}).scalar_one_or_none()
    if dimension is None:
        known = ", ".join(f"{model.model_key} ({model.passages} passages)" for model in models(database))
        raise ArchiveError(
            f"no passage is embedded with {model_key}: search with one of {known or 'the models of a first ingest'}"
        )
    return dimension


def _check_query(vector: NDArray[np.float32], model_key: str, dimension: int) -> None:
    if vector.shape != (dimension,):
        raise ArchiveError(
            f"a query for {model_key} is one vector of {dimension} numbers, not of shape {vector.shape}: "
            "embed it with that model"
        )
    if not (np.isfinite(vector).all() and vector.any()):
        raise ArchiveError(f"the query vector for {model_key} is zero or not finite: embed the query again")
