"""A speaker enrolled from clips, and the archive named by the new voiceprint."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

import anyio.to_thread
from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from blocks.settings import resolve_settings
from blocks.site import Site, opened_site
from flows.form import with_help
from flows.limits import require_limits
from flows.logs import prepare_logs, refused
from flows.recovery import recover
from flows.relabel import name_again
from whosaid.engines import DevicePolicy
from whosaid.errors import WhosaidError
from whosaid.profiles import ProfileName, profile_named
from whosaid.speakers import enrolling
from whosaid.speakers.enrolling import Enrolled, Former, Request
from whosaid.speakers.listening import Listener

R = TypeVar("R")
CLIPS: Final = (
    "where the speaker alone is heard: a file or an address, with #t=START,END for a part of it; VIDEO#LABEL for a "
    "label of the archive; voice:7 for an unknown voice"
)
logger = logging.getLogger("whosaid.enroll")


@flow(flow_run_name="enroll {name}", persist_result=False)
@with_help
async def enroll(
    name: Annotated[str, Field(description="the name of the speaker")],
    clips: Annotated[list[str], Field(min_length=1, description=CLIPS)],
    profile: Annotated[ProfileName, Field(description="whose voice model the archive was heard by")] = (
        ProfileName.balanced
    ),
    former: Annotated[Former, Field(description="what becomes of a voiceprint that the speaker has")] = Former.kept,
    device: Annotated[DevicePolicy, Field(description="where the voice model runs")] = "auto",
) -> State[Any]:
    """Keep the voice of a speaker, say what the voiceprint is worth, and name the archive's voices by it."""
    prepare_logs()
    try:
        chosen = profile_named(profile)
        await require_limits(chosen.limits)
        settings = await resolve_settings()
        await recover(settings.home)
        async with opened_site(settings, device) as site:
            listener = Listener(site.archive, site.engines, chosen.voices, site.scratch)
            enrolled = await _enrol(listener, name, clips, former)
            await name_again(site, profile)
            await _show(enrolled, site)
    except WhosaidError as error:
        return refused(error)
    return Completed(message=f"{enrolled.voiceprint.speaker}, version {enrolled.version}", data=enrolled)


async def _enrol(listener: Listener, name: str, clips: list[str], former: Former) -> Enrolled:
    """Gather the clips outside of the slot of the GPU, which clips of the archive do not need at all."""
    request: Request = await gather_clips(lambda: enrolling.prepare(listener, name, clips, former))
    enrol = hear_voice if request.needs_engine else keep_voice
    return await enrol(lambda: enrolling.enrol(listener, request))


@task(task_run_name="gather_clips", tags={"download"}, persist_result=False, cache_policy=NO_CACHE)
async def gather_clips(work: Callable[[], R]) -> R:
    """Fetch and decode the clips, and find the speech in them."""
    return await anyio.to_thread.run_sync(work)


@task(task_run_name="hear_voice", tags={"gpu"}, persist_result=False, cache_policy=NO_CACHE)
async def hear_voice(work: Callable[[], R]) -> R:
    """Embed the voice, judge it, and keep the voiceprint."""
    return await anyio.to_thread.run_sync(work)


@task(task_run_name="keep_voice", persist_result=False, cache_policy=NO_CACHE)
async def keep_voice(work: Callable[[], R]) -> R:
    """Judge a voice whose vectors the archive has, and keep the voiceprint: for that the GPU's slot is not taken."""
    return await anyio.to_thread.run_sync(work)


async def _show(enrolled: Enrolled, site: Site) -> None:
    """Show what the voiceprint is worth, and which of its own labels do not have the name all the same."""
    left = await anyio.to_thread.run_sync(enrolling.unnamed, site.archive, enrolled)
    if left:
        logger.warning("still not %s, below the threshold or the margin: %s", enrolled.voiceprint.speaker, left)
    await acreate_markdown_artifact(_markdown(enrolled, left), key="enrolment")


def _markdown(enrolled: Enrolled, left: tuple[str, ...]) -> str:
    found, voiceprint = enrolled.assessment, enrolled.voiceprint
    nearest = f"{found.nearest.name}, cosine {found.nearest.cosine:.2f}" if found.nearest else "none"
    faintest = f", the faintest {found.faintest.name}, cosine {found.faintest.cosine:.2f}" if found.faintest else ""
    rows = [
        f"**{voiceprint.speaker}**, version {enrolled.version}: {found.seconds:.1f} s in {found.windows} windows",
        f"clips: {', '.join(voiceprint.clips)}",
        f"cosine of a window to the others: {found.similarity:.2f} on average, {found.lowest:.2f} at least",
        f"nearest other voice: {nearest}",
        f"false accepts: {found.false_accepts} of {found.others} other voices, false rejects: {found.false_rejects} "
        f"of {found.groups} stretches of the clips, at the threshold {found.threshold:.2f}",
        f"recognised: {found.accepts} labels of the archive{faintest}",
        *([f"still without the name: {', '.join(left)}"] if left else []),
    ]
    return "\n\n".join(html.escape(row, quote=False) for row in rows)
