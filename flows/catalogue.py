"""What there is to do: the videos of a source, those that are due, and whether one can be fetched."""

from __future__ import annotations

import anyio.to_thread
from prefect import task

from flows.job import Job
from flows.stage import action
from whosaid.media import Listing, Source
from whosaid.store import Archive
from whosaid.types import Access, Video


@task(task_run_name="list_videos", tags={"network"}, persist_result=False)
async def list_videos(source: Source) -> Listing:
    """List all videos of a source."""
    return await anyio.to_thread.run_sync(source.list)


@task(task_run_name="select", persist_result=False)
async def select(listing: Listing, fingerprint: str, limit: int | None, archive: Archive) -> tuple[Video, ...]:
    """Enter the videos into the catalogue and keep those that are due; the limit counts last."""

    def due() -> tuple[Video, ...]:
        archive.discover(listing.videos)
        return archive.due(listing.videos, fingerprint)[:limit]

    return await anyio.to_thread.run_sync(due)


@action(tag="download")
def check_access(video: Video, *, job: Job) -> Access:
    """Ask whether a video can be fetched; an error is not an answer."""
    return job.source.check(video)
