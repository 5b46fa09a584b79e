"""The block that says where recordings, weights and results are kept."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from prefect.blocks.core import Block
from pydantic import Field

from blocks.checking import subject_of, summarize
from blocks.logos import logo
from whosaid.doctor import Finding, miss
from whosaid.doctor.machine import check_disk


class MediaStore(Block):
    """The data directory of a worker."""

    _block_type_name = "whosaid media store"
    _block_type_slug = "whosaid-media-store"
    _description = (
        "The data directory of a worker: recordings, model weights, and the archive where no server is given."
    )
    _logo_url = logo("media")

    home: Path = Field(
        Path(".whosaid"),
        title="Folder",
        description="A folder of the worker's machine, with room for about 75 GB per 1,000 hours of recordings.",
    )

    def check(self) -> Finding:
        """Say whether this machine may write there, and for how many hours there is room."""
        folder = self.home.expanduser().resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
        except OSError as e:
            return miss(
                "data directory", f"{folder} cannot be written ({e.strerror})", "name a folder of the worker's own"
            )
        found = summarize("data directory", check_disk(subject_of(folder)))
        return Finding(found.name, found.state, f"{folder}, {found.detail}", found.remedy)
