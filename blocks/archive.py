"""The block that says where the archive is."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.checking import subject_of, summarize
from blocks.logos import logo
from whosaid.doctor import Finding, ok
from whosaid.doctor.archive import check_database


class ArchiveDatabase(Block):
    """The Postgres with pgvector that holds the archive."""

    _block_type_name = "whosaid archive database"
    _block_type_slug = "whosaid-archive-database"
    _description = "The Postgres with pgvector that holds the archive of who said what, and when."
    _logo_url = logo("archive")

    url: SecretStr | None = Field(
        None,
        title="URL",
        description="postgresql://user:password@host/database. Empty: a Postgres of its own under the data directory.",
    )

    def check(self) -> Finding:
        """Say whether the database answers, has a pgvector that suffices, and holds an archive or nothing."""
        address = self.url.get_secret_value() if self.url else ""
        if not address:
            return ok("database", "no address: a Postgres of its own under the data directory")
        return summarize("database", check_database(subject_of(database_url=address)))
