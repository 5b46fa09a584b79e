"""What there is to do: the videos of a source, those that are due, and whether one can be fetched."""

from __future__ import annotations

import anyio.to_thread
from prefect import task

from flows.job import Job
from flows.run import Run
from flows.stage import action
from whosaid.media import Listing, Source
from whosaid.types import Access, Video


@task(task_run_name="list_videos", tags={"network"}, persist_result=False)
async def list_videos(source: Source) -> Listing:
    """List all videos of a source."""
    return await anyio.to_thread.run_sync(source.list)


@task(task_run_name="select", persist_result=False)
async def select(listing: Listing, run: Run, limit: int | None) -> tuple[Video, ...]:
    """Enter the videos into the catalogue and keep those that are due; the limit counts last."""

    def due() -> tuple[Video, ...]:
        run.site.archive.discover(listing.videos)
        return run.site.archive.due(listing.videos, run.fingerprint, run.naming.fingerprint)[:limit]

    return await anyio.to_thread.run_sync(due)


@action(tag="download")
def check_access(video: Video, *, job: Job) -> Access:
    """Ask whether a video can be fetched; an error is not an answer."""
    return job.source.check(video)
