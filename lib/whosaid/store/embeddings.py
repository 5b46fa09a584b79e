"""Which text models have embedded what."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from whosaid.errors import ArchiveError
from whosaid.store.database import Database
from whosaid.store.values import EmbeddedModel

_MODELS: Final = text("""
    SELECT m.model_key, m.dimension, count(*) AS passages, s.model_key IS NOT NULL AS serving
    FROM text_models m JOIN passage_embeddings e USING (model_key) LEFT JOIN serving_model s USING (model_key)
    GROUP BY m.model_key, s.model_key ORDER BY m.model_key
""")
_SERVING: Final = text("SELECT model_key FROM serving_model")
_DIMENSION: Final = text("""
    SELECT dimension FROM text_models m
    WHERE model_key = :model_key AND EXISTS (SELECT FROM passage_embeddings e WHERE e.model_key = m.model_key)
""")


def models(database: Database) -> tuple[EmbeddedModel, ...]:
    """Return the text models that passages are embedded with, by name."""
    with database.begin() as connection:
        return tuple(EmbeddedModel(*row) for row in connection.execute(_MODELS))


def serving_model(database: Database) -> str | None:
    """Return the key of the model that search uses, None before anything is embedded."""
    with database.begin() as connection:
        return connection.execute(_SERVING).scalar_one_or_none()


def dimension_of(connection: Connection, model_key: str) -> int:
    """Return the dimension of a model; ArchiveError, with the models there are, where it embedded nothing."""
    dimension = connection.execute(_DIMENSION, {"model_key": model_key}).scalar_one_or_none()
    if dimension is None:
        known = ", ".join(map(_describe, connection.execute(_MODELS)))
        raise ArchiveError(
            f"no passage is embedded with {model_key}: search with one of {known or 'the models of a first ingest'}"
        )
    return dimension


def _describe(row: Row[Any]) -> str:
    return f"{row.model_key} ({row.passages} passages)"
