"""What there is to do: the videos of a source, those that are due, and whether one can be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import anyio.to_thread
from prefect import task
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.job import Job
from flows.run import Run
from flows.stage import action
from whosaid.media import Listing, Source
from whosaid.profiles import Profile
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
    limit_unprocessed: int | None
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
        if wishes.limit_unprocessed is not None:
            chosen = archive.new_among(chosen)[: wishes.limit_unprocessed]
        return chosen[: wishes.limit]

    return await anyio.to_thread.run_sync(due)


async def name_run(profile: Profile, listing: Listing, videos: Sequence[Video]) -> None:
    """Name the flow run by what it is about, now that this is known."""
    channels = {video.channel for video in listing.videos}
    channel = channels.pop() if len(channels) == 1 else listing.title
    count = f"{len(videos)} video{'' if len(videos) == 1 else 's'}"
    async with get_client() as client:
        await client.update_flow_run(UUID(str(flow_run.id)), name=f"ingest {profile.name} · {channel[:80]} · {count}")


@action(tag="download")
def check_access(video: Video, *, job: Job) -> Access:
    """Ask whether a video can be fetched; an error is not an answer."""
    return job.source.check(video)
