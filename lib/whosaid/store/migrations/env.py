"""Alembic's way in: runs the migrations in the transaction that `whosaid.store.schema` opened."""

from __future__ import annotations

from alembic import context

from whosaid.store import records, run_tables, tables
from whosaid.store.columns import Row

__all__ = ["records", "run_tables", "tables"]  # imported for the tables that they add to Row.metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=Row.metadata)
context.run_migrations()
