"""The path of a channel, and of each of its videos, from an address to the archive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Annotated, Any, Final

import anyio.to_thread
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.states import Completed, Failed
from pydantic import Field
from pydantic.config import JsonDict

from blocks.reaching import needing_server
from blocks.settings import resolve_settings
from blocks.site import Site, opened_site
from flows.catalogue import Wishes, check_access, list_videos, name_run, select
from flows.events import tell_of
from flows.form import with_help
from flows.gates import Gates
from flows.job import Job
from flows.limits import require_limits
from flows.logs import prepare_logs, refused
from flows.pauses import require_unpaused, settle_pause
from flows.recovery import recovering
from flows.report import Report, preview
from flows.run import STAGES, Run
from flows.stages import (
    attribute,
    cut_passages,
    diarize,
    embed_passages,
    embed_voices,
    fetch_audio,
    find_monologue,
    identify_speakers,
    publish,
    purify_labels,
    read_captions,
    transcribe,
)
from whosaid.engines import DevicePolicy
from whosaid.errors import BlockedError, ConfigurationError
from whosaid.media import CaptionUse, Network, Source, open_source
from whosaid.naming import read_naming
from whosaid.profiles import Overrides, Profile, ProfileName, profile_named
from whosaid.selection import Selection
from whosaid.telemetry import Sampler
from whosaid.types import (
    Accessible,
    Audio,
    Monologue,
    Outcome,
    Publication,
    Receipt,
    RunSummary,
    Transcript,
    Unavailable,
    Video,
    VideoState,
)
from whosaid.voices.monologue import UNDECIDED

CHOICES: Final[JsonDict] = {"items": {"type": "string", "enum": list(STAGES)}}
logger = logging.getLogger("whosaid.ingest")


@flow(flow_run_name="{video.external_id} · {video.title}", validate_parameters=False, persist_result=False)
async def ingest_video(video: Video, run: Run, job: Job) -> Receipt:
    """Bring one video into the archive: fetch, transcribe, tell the voices apart, cut, embed, publish."""
    profile, naming = run.profile, run.naming
    audio = await fetch_audio(video, job=job)
    job.duration = audio.duration  # by which stages are given their time
    transcript = await _find_words(video, audio, profile, job)
    heard = await diarize(audio, await _find_monologue(audio, profile, job), profile.diarization, job=job)
    voices = await embed_voices(audio, heard, profile.voices, job=job)
    diarization = await purify_labels(heard, voices, profile.purity, job=job)
    identities = await identify_speakers(diarization, voices, naming.voiceprints, naming.calibration, job=job)
    utterances = await attribute(transcript, diarization, identities, job=job)
    passages = await cut_passages(utterances, profile.passages, job=job)
    embeddings = await embed_passages(tuple(each.text for each in passages), profile.text, job=job)
    said = (transcript, diarization, voices, identities, utterances, passages, embeddings)
    return await publish(Publication(video, audio, *said, run.fingerprint, naming.fingerprint), job=job)


async def _find_words(video: Video, audio: Audio, profile: Profile, job: Job) -> Transcript:
    """Recognise the words; where the run allows it, take them from captions that people wrote."""
    if profile.captions.use == "allow":
        captions = await read_captions(video, audio, profile.captions, job=job)
        if captions.transcript is not None:
            return captions.transcript
    return await transcribe(audio, profile.asr, job=job)


async def _find_monologue(audio: Audio, profile: Profile, job: Job) -> Monologue:
    """Listen whether one voice alone speaks; where nobody asks, the GPU's slot is not taken for it."""
    if not profile.monologue.enabled:
        return UNDECIDED
    return await find_monologue(audio, profile.voices, profile.monologue, job=job)


@flow(flow_run_name="ingest {profile} · {source}", persist_result=False)
@with_help
async def ingest(
    source: Annotated[str, Field(description="a channel, playlist, video or feed address, or a folder of media files")],
    profile: Annotated[ProfileName, Field(description="how good, and so how fast")] = ProfileName.balanced,
    limit: Annotated[int | None, Field(ge=1, description="at most so many of the videos that are due")] = None,
    limit_unprocessed: Annotated[
        int | None, Field(ge=1, description="only videos of which the archive has nothing, and at most so many")
    ] = None,
    selection: Annotated[Selection, Field(description="which of the listed videos are meant")] = Selection(),  # noqa: B008
    captions: Annotated[
        CaptionUse,
        Field(description="allow: where people wrote captions, their words are taken and none are recognised"),
    ] = "never",
    caption_language: Annotated[
        str | None, Field(description="of such captions, as en; empty: the one that the site says is spoken")
    ] = None,
    force: Annotated[  # noqa: FBT002 - a switch of the form
        bool, Field(description="also those that are done, failed or unavailable; found stages stay")
    ] = False,
    refresh: Annotated[
        list[str], Field(description="stages to run again, whatever is found", json_schema_extra=CHOICES)
    ] = [],  # noqa: B006
    dry_run: Annotated[bool, Field(description="say which videos are due, and do nothing")] = False,  # noqa: FBT002 - as above
    device: Annotated[
        DevicePolicy, Field(description="where models run; auto takes a GPU where there is one")
    ] = "auto",
    network: Annotated[Network, Field(description="how patiently and how fast the site is asked")] = Network(),  # noqa: B008
    overrides: Annotated[Overrides, Field(description="parts of the profile to replace")] = Overrides(),  # noqa: B008
) -> State[Any]:
    """Bring the videos of a source into the archive; those that are there already cost nothing."""
    prepare_logs()
    try:
        chosen = profile_named(profile, overrides).with_captions(captions, caption_language)
        wishes = Wishes(selection, limit, limit_unprocessed, force, _known(refresh), dry_run)
        with needing_server():
            await require_limits(chosen.limits)
            settings = await resolve_settings()
            logger.info("settings: %s", settings)
            async with recovering(settings.home), opened_site(settings, device) as site:
                opened = open_source(source, network, settings.cookies)
                summary = await _ingest_source(source, opened, chosen, wishes, site)
    except ConfigurationError as error:
        return refused(error)
    return _conclude(summary)


def _known(refresh: Sequence[str]) -> frozenset[str]:
    """Return the stages to run again; ConfigurationError, with those there are, for an unknown one."""
    if unknown := sorted(set(refresh) - set(STAGES)):
        raise ConfigurationError(f"no stage {', '.join(unknown)} to refresh: choose from {', '.join(STAGES)}")
    return frozenset(refresh)


async def _ingest_source(address: str, source: Source, profile: Profile, wishes: Wishes, site: Site) -> RunSummary:
    """List, select, and work on `videos_in_flight` videos at a time."""
    if not wishes.force:
        await anyio.to_thread.run_sync(require_unpaused, site, address)
    listing = await list_videos(source)
    run = Run(
        source, profile, await anyio.to_thread.run_sync(read_naming, site.archive, profile.voices.model_key), site
    )
    videos = await select(listing, run, wishes)
    await name_run(profile, listing, videos)
    if wishes.dry_run:
        return preview(address, run, videos)
    report = await Report.start(address, run, listed=len(listing.videos), due=videos)
    gates = Gates(profile)
    try:
        with Sampler(gates.queues.log) as sampler:
            async with asyncio.TaskGroup() as group:
                for video in videos:
                    job = Job(video, source, site, gates.queues, wishes.refresh, profile.budget)
                    group.create_task(_ingest_one(job, run, report, gates))
        telemetry = sampler.telemetry()
    except* ConfigurationError as errors:  # no video can succeed: stop, and say it once
        raise errors.exceptions[0] from None
    except* TerminationSignal as signals:  # one a video; a group of them Prefect takes for a crash
        raise signals.exceptions[0] from None
    paused = await anyio.to_thread.run_sync(settle_pause, site, address, gates)
    summary = await report.finish(telemetry, paused)
    tell_of(summary)
    return summary


async def _ingest_one(job: Job, run: Run, report: Report, gates: Gates) -> None:
    """Take one video to its outcome. Whatever happens to it is entered in the archive and stops no other video.

    A Prefect server that is gone happens to no video: the run ends, and none is said to have failed.
    """
    try:
        with needing_server():
            outcome = await _work_on(job, run, gates)
    except ConfigurationError:
        raise
    except BlockedError as error:  # says nothing of the video, which stays where it stands
        gates.refused(job.stage, error)
        outcome = Outcome(job.video, VideoState.discovered, str(error), job.stage)
    except Exception as error:  # noqa: BLE001 - entered in the archive as it is
        await anyio.to_thread.run_sync(run.site.archive.record_failure, job.video, job.stage, error)
        outcome = Outcome(job.video, VideoState.failed, f"{type(error).__name__}: {error}", job.stage)
    with needing_server():
        await report.add(outcome, job.timings)


async def _work_on(job: Job, run: Run, gates: Gates) -> Outcome:
    """Check a video, wait for a place, and ingest it."""
    async with gates.checking:
        if gates.refusal:
            return Outcome(job.video, VideoState.discovered, "not tried: the site refuses us")
        is_here = "fetch_audio" not in job.refresh and await fetch_audio.holds(job.video)
        access = Accessible() if is_here else await check_access(job.video, job=job)
        gates.passed(job.timings)
        if isinstance(access, Unavailable):
            await anyio.to_thread.run_sync(run.site.archive.record_unavailable, job.video, access)
            return Outcome(job.video, VideoState.unavailable, f"{access.reason}: {access.detail}")
        await gates.in_flight.acquire()
    try:
        receipt = await ingest_video(job.video, run, job)
        gates.passed(job.timings)
    finally:
        gates.in_flight.release()
    return Outcome(job.video, VideoState.done, "" if receipt.words else "no speech", receipt=receipt)


def _conclude(summary: RunSummary) -> State[Any]:
    """Complete with the counts; fail where every video that was due failed, or the site refused us."""
    failed = [each for each in summary.outcomes if each.state is VideoState.failed]
    if summary.paused:
        return Failed(name="Refused by the site", message=summary.line, data=summary)
    state = Failed if failed and len(failed) == len(summary.outcomes) else Completed
    return state(message=summary.line, data=summary)
