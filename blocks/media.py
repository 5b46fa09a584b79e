"""The block that says where recordings, weights and results are kept."""

from __future__ import annotations

from pathlib import Path

from prefect.blocks.core import Block
from pydantic import Field


class MediaStore(Block):
    """The data directory of a worker."""

    _block_type_name = "whosaid media store"
    _block_type_slug = "whosaid-media-store"
    _description = (
        "The data directory of a worker: recordings, model weights, and the archive where no server is given."
    )

    home: Path = Field(
        Path(".whosaid"), description="A folder with room for about 60 GB per 1,000 hours of recordings."
    )
