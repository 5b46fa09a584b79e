"""What there is to do: the videos of a source, those that are due, and whether one can be fetched."""

from __future__ import annotations

from dataclasses import dataclass

import anyio.to_thread
from prefect import task

from flows.job import Job
from flows.run import Run
from flows.stage import action
from whosaid.media import Listing, Source
from whosaid.selection import Selection
from whosaid.types import Access, Video


@task(task_run_name="list_videos", tags={"network"}, persist_result=False)
async def list_videos(source: Source) -> Listing:
    """List all videos of a source."""
    return await anyio.to_thread.run_sync(source.list)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which of the listed videos a run is for, and what of them it does again."""

    selection: Selection
    limit: int | None
    force: bool
    refresh: frozenset[str]  # names of stages
    dry_run: bool


@task(task_run_name="select", persist_result=False)
async def select(listing: Listing, run: Run, wishes: Wishes) -> tuple[Video, ...]:
    """Enter the videos into the catalogue and keep those that are asked for and due; the limit counts last."""

    def due() -> tuple[Video, ...]:
        archive, chosen = run.site.archive, wishes.selection.choose(listing.videos)
        archive.discover(listing.videos)
        if not (wishes.force or wishes.refresh):
            chosen = archive.due(chosen, run.fingerprint, run.naming.fingerprint)
        return chosen[: wishes.limit]

    return await anyio.to_thread.run_sync(due)


@action(tag="download")
def check_access(video: Video, *, job: Job) -> Access:
    """Ask whether a video can be fetched; an error is not an answer."""
    return job.source.check(video)
