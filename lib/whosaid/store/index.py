"""Builds the vector index of a model, while others publish and search."""

from __future__ import annotations

from time import sleep
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from whosaid.canonical import digest
from whosaid.store.bulk import driver
from whosaid.store.database import Database
from whosaid.store.embeddings import dimension_of
from whosaid.store.vectors import cast, require_pgvector, type_of

INDEX_PAYS_FROM: Final = 10_000
"""Passages of a model below which exact search is as fast as its index."""
_HALFVEC_LIMIT: Final = 4_000  # dimensions that pgvector's HNSW takes in half precision
_LINKS_BYTES: Final = 400  # of a vector's place in the graph, beside its numbers: measured
_MEMORY_KIB: Final = 64 * 1024, 2 * 1024 * 1024  # least and most to build in
_BUILDING: Final = 0x77686F74  # key of the lock that lets one caller at a time build
_POLL_SECONDS: Final = 0.2

_COUNT: Final = text("SELECT count(*) FROM passage_embeddings WHERE model_key = :model_key")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(:key)")
_IS_VALID: Final = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(:name))")
# In the memory of one process: workers would share it, and a container has no more than 64 MB to share.
# A graph that outgrows its memory is built ten times as slowly.
_SETTINGS: Final = text("""
    SELECT set_config('maintenance_work_mem', CAST(:kib AS text), false),
           set_config('max_parallel_maintenance_workers', '0', false)
""")


def index_model(database: Database, model_key: str, *, at_least: int = INDEX_PAYS_FROM) -> None:
    """Build the model's index where it has passages enough to pay and none yet.

    Nobody waits for it but callers who ask for an index too; those find it built. One that was left half-built
    by a killed process is dropped.
    """
    with database.begin() as connection:
        require_pgvector(connection)
        dimension = dimension_of(connection, model_key)
        count = connection.execute(_COUNT, {"model_key": model_key}).scalar_one()
    if count < at_least or dimension > _HALFVEC_LIMIT:
        return
    with database.session() as connection:
        _wait_for_lock(connection)
        _build(connection, model_key, dimension, count)


def index_name(model_key: str) -> str:
    """Return the name of a model's index."""
    return f"hnsw_{digest(model_key)[:16]}"


def _wait_for_lock(connection: Connection) -> None:
    """Take the lock by asking again and again: whoever waited inside a statement would hold up the very build."""
    while not connection.execute(_TRY_LOCK, {"key": _BUILDING}).scalar_one():
        sleep(_POLL_SECONDS)


def _build(connection: Connection, model_key: str, dimension: int, count: int) -> None:
    valid = connection.execute(_IS_VALID, {"name": index_name(model_key)}).scalar_one_or_none()
    if valid:
        return
    name = sql.Identifier(index_name(model_key))
    if valid is False:
        driver(connection).execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(name))
    connection.execute(_SETTINGS, {"kib": _memory_kib(dimension, count)})
    _create(driver(connection), name, model_key, dimension)


def _create(connection: psycopg.Connection, name: sql.Identifier, model_key: str, dimension: int) -> None:
    statement = sql.SQL(
        "CREATE INDEX CONCURRENTLY {name} ON passage_embeddings USING hnsw (({expression}) {operators}) "
        "WHERE model_key = {model_key}"
    ).format(
        name=name,
        expression=sql.SQL(cast("embedding", dimension)),  # pyright: ignore[reportArgumentType]
        operators=sql.SQL(f"{type_of(dimension)}_cosine_ops"),  # pyright: ignore[reportArgumentType]
        model_key=sql.Literal(model_key),
    )
    connection.execute(statement)


def _memory_kib(dimension: int, count: int) -> int:
    least, most = _MEMORY_KIB
    return max(least, min(most, count * (dimension * 4 + _LINKS_BYTES) // 1024))
