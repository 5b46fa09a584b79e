"""The names of an archive brought up to date, without audio and without an engine."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from blocks.settings import resolve_settings
from blocks.site import Site, opened_site
from flows.form import with_help
from flows.logs import prepare_logs, refused
from whosaid.errors import WhosaidError
from whosaid.profiles import ProfileName, profile_named
from whosaid.speakers import relabelling
from whosaid.speakers.relabelling import Change, Relabelling

R = TypeVar("R")
logger = logging.getLogger("whosaid.relabel")


@flow(flow_run_name="relabel {profile}", persist_result=False)
@with_help
async def relabel(
    profile: Annotated[ProfileName, Field(description="whose voice model the archive was heard by")] = (
        ProfileName.balanced
    ),
) -> State[Any]:
    """Name the voices of the whole archive by the present voiceprints."""
    prepare_logs()
    try:
        async with opened_site(await resolve_settings()) as site:
            relabelled = await name_again(site, profile)
    except WhosaidError as error:
        return refused(error)
    return Completed(message=relabelled.line, data=relabelled)


async def name_again(site: Site, profile: ProfileName) -> Relabelling:
    """Relabel the archive in a task, and show what changed."""
    model_key = profile_named(profile).voices.model_key
    relabelled = await rename_voices(lambda: relabelling.relabel(site.archive, model_key))
    logger.info("%s", relabelled.line)
    await acreate_table_artifact([_row(each) for each in relabelled.changes], key="renamed-labels")
    await acreate_markdown_artifact(relabelled.line, key="relabelling")
    return relabelled


@task(task_run_name="rename_voices", tags={"db"}, persist_result=False, cache_policy=NO_CACHE)
async def rename_voices(work: Callable[[], R]) -> R:
    """Write the names, a short transaction a video."""
    return await anyio.to_thread.run_sync(work)


def _row(change: Change) -> dict[str, Any]:
    return {
        "video": html.escape(change.video.title),
        "label": change.label,
        "before": html.escape(change.before),
        "after": html.escape(change.after),
        "score": round(change.score, 3),
    }
