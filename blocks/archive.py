"""The block that says where the archive is."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class ArchiveDatabase(Block):
    """The Postgres with pgvector that holds the archive."""

    _block_type_name = "whosaid archive database"
    _block_type_slug = "whosaid-archive-database"
    _description = "The Postgres with pgvector that holds the archive of who said what, and when."

    url: SecretStr | None = Field(
        None,
        title="URL",
        description="postgresql://user:password@host/database. Empty: a Postgres of its own under the data directory.",
    )
