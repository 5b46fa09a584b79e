"""Brings passages to another text model, page by page, while search goes on with the old one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pgvector.psycopg import register_vector
from psycopg import sql
from sqlalchemy import Connection, text

from whosaid.errors import ArchiveError, InvariantError
from whosaid.store.bulk import driver
from whosaid.store.database import Database
from whosaid.store.index import index_name
from whosaid.store.values import PassageText
from whosaid.types import PassageVectors, Vectors

_LACKING: Final = """
    NOT EXISTS (SELECT FROM passage_embeddings e WHERE e.passage_id = p.id AND e.model_key = :model_key)
"""
_PAGE: Final = text(f"""
    SELECT p.id, p.text FROM passages p WHERE p.id > :after AND {_LACKING} ORDER BY p.id LIMIT :limit
""")  # noqa: S608
_COUNT: Final = text(f"SELECT count(*) FROM passages p WHERE {_LACKING}")  # noqa: S608
_MODEL: Final = text("""
    INSERT INTO text_models (model_key, dimension) VALUES (:model_key, :dimension) ON CONFLICT DO NOTHING
""")
_DIMENSION: Final = text("SELECT dimension FROM text_models WHERE model_key = :model_key")
_ARRIVING: Final = text("CREATE TEMPORARY TABLE arriving (passage_id bigint, embedding vector) ON COMMIT DROP")
# A passage whose video is published anew meanwhile is gone, and its vector with it; one that another run has embedded
# has its vector. The lock keeps the rest until the transaction ends.
_KEEP: Final = text("""
    WITH there AS (SELECT p.id FROM passages p JOIN arriving a ON a.passage_id = p.id ORDER BY p.id FOR KEY SHARE OF p)
    INSERT INTO passage_embeddings (model_key, passage_id, embedding)
    SELECT :model_key, a.passage_id, a.embedding FROM arriving a JOIN there ON there.id = a.passage_id
    ON CONFLICT DO NOTHING
""")
_HOLD: Final = text("LOCK TABLE passages IN SHARE MODE")  # nobody publishes between the look and the switch
_ANY: Final = text(f"SELECT EXISTS (SELECT FROM passages p WHERE {_LACKING})")  # noqa: S608
_SERVE: Final = text("""
    INSERT INTO serving_model (model_key) SELECT model_key FROM text_models WHERE model_key = :model_key
    ON CONFLICT (single) DO UPDATE SET model_key = excluded.model_key
    RETURNING model_key
""")
_SERVES: Final = text("SELECT EXISTS (SELECT FROM serving_model WHERE model_key = :model_key)")
_FORGET: Final = (
    text("DELETE FROM passage_embeddings WHERE model_key = :model_key"),
    text("DELETE FROM text_models WHERE model_key = :model_key"),
)


def unembedded(database: Database, model_key: str, after: int, limit: int) -> tuple[PassageText, ...]:
    """Return the next passages that a model has not embedded, in order of their ids, from beyond `after`."""
    with database.begin() as connection:
        rows = connection.execute(_PAGE, {"model_key": model_key, "after": after, "limit": limit})
        return tuple(PassageText(*row) for row in rows)


def count_unembedded(database: Database, model_key: str) -> int:
    """Return how many passages a model has not embedded."""
    with database.begin() as connection:
        return connection.execute(_COUNT, {"model_key": model_key}).scalar_one()


def add_embeddings(database: Database, page: Sequence[PassageText], embedded: PassageVectors) -> int:
    """Add the vectors of a page, rows in its order, in one transaction; return how many were kept.

    InvariantError where the model has another dimension in this archive.
    """
    with database.begin() as connection:
        _register(connection, embedded)
        _copy(connection, page, embedded.vectors)
        return connection.execute(_KEEP, {"model_key": embedded.model_key}).rowcount


def serve_model(database: Database, model_key: str) -> bool:
    """Let search use a model from now on; False, and nothing changed, where it has not embedded every passage."""
    values = {"model_key": model_key}
    with database.begin() as connection:
        connection.execute(_HOLD)
        if connection.execute(_ANY, values).scalar_one():
            return False
        return connection.execute(_SERVE, values).scalar_one_or_none() is not None


def drop_model(database: Database, model_key: str) -> int:
    """Delete all vectors of a model and its index; return how many vectors there were.

    ArchiveError where search uses it.
    """
    values = {"model_key": model_key}
    with database.begin() as connection:
        if connection.execute(_SERVES, values).scalar_one():
            raise ArchiveError(f"search uses {model_key}: bring the archive to another model first, by `reembed`")
        dropped = connection.execute(_FORGET[0], values).rowcount
        connection.execute(_FORGET[1], values)
        index = sql.Identifier(index_name(model_key))
        driver(connection).execute(sql.SQL("DROP INDEX IF EXISTS {}").format(index))
        return dropped


def _register(connection: Connection, embedded: PassageVectors) -> None:
    dimension = embedded.vectors.shape[1]
    connection.execute(_MODEL, {"model_key": embedded.model_key, "dimension": dimension})
    found = connection.execute(_DIMENSION, {"model_key": embedded.model_key}).scalar_one()
    if found != dimension:
        raise InvariantError(
            f"{embedded.model_key} has {found} dimensions in this archive and made vectors of {dimension}: "
            "nothing was written; correct the model's entry"
        )


def _copy(connection: Connection, page: Sequence[PassageText], vectors: Vectors) -> None:
    connection.execute(_ARRIVING)
    register_vector(driver(connection))
    statement = "COPY arriving (passage_id, embedding) FROM STDIN WITH (FORMAT BINARY)"
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "vector"])
        for passage, vector in zip(page, vectors, strict=True):
            copy.write_row((passage.id, vector))
