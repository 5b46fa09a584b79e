"""What a run's figures say to people. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whosaid.advice import FEWEST, SHORTEST, Advice
from whosaid.flops import share_of_peak
from whosaid.formats import one_line, spell
from whosaid.metrics import StageSummary, stage_summaries
from whosaid.reporting.bars import Kind, Strip
from whosaid.telemetry import busy_by_stage
from whosaid.types import Outcome, RunSummary, Seconds, TranscriptOrigin, Video, VideoState


@dataclass(frozen=True, slots=True)
class OriginShare:
    """How much of the text of a run comes from one origin."""

    origin: TranscriptOrigin
    videos: int
    audio: Seconds
    share: float  # of the audio


@dataclass(frozen=True, slots=True)
class VoiceCache:
    """Voice vectors that were found, and those that were computed."""

    found: int  # videos
    computed: int
    windows: int
    batches: int
    seconds: Seconds


def of_peak(run: RunSummary, stage: StageSummary) -> float | None:
    """Return the share of its GPU's peak that a stage reached; None where that is not known."""
    return share_of_peak(stage.work.flop, stage.computing, run.machine, stage.device)


def gpu_busy(run: RunSummary) -> dict[str, float]:
    """Return by stage the share of the time in which it kept the GPUs busy; empty where the driver does not tell."""
    return {each.stage: each.share for each in busy_by_stage(run)}


def origin_shares(run: RunSummary) -> tuple[OriginShare, ...]:
    """Return where the text of the published videos comes from."""
    receipts = [each.receipt for each in run.outcomes if each.receipt]
    total = sum(each.duration for each in receipts) or 1.0
    audio = {origin: [it.duration for it in receipts if it.origin == origin] for origin in TranscriptOrigin}
    return tuple(OriginShare(key, len(each), sum(each), sum(each) / total) for key, each in audio.items() if each)


def voice_cache(run: RunSummary) -> VoiceCache | None:
    """Return what became of the voice vectors; None where no video came so far."""
    for each in stage_summaries(run):
        if each.stage == "embed_voices":
            return VoiceCache(each.cached, each.executed, each.work.items, each.work.batches, each.computing)
    return None


def verdict(run: RunSummary, advice: Sequence[Advice]) -> str:
    """Return what held the run back, in one line."""
    if advice:
        return advice[0].headline
    if not run.executed:
        return "Nothing was computed."
    if run.seconds < SHORTEST or len(run.outcomes) < FEWEST or run.executed <= len(run.timings) // 2:
        return "Too little was computed to tell."
    return "Nothing that could be changed held it back."


def warnings(run: RunSummary) -> tuple[str, ...]:
    """Return what a reader should know before trusting the figures or the archive."""
    return tuple(_warnings(run))


def _warnings(run: RunSummary) -> Iterator[str]:
    counts = Counter(each.state for each in run.outcomes)
    if counts[VideoState.failed]:
        yield f"{counts[VideoState.failed]} of {len(run.outcomes)} videos failed: the reasons are below"
    if run.paused:
        yield f"the source is {run.paused}"
    gpus = run.telemetry.gpus
    reasons = Counter(reason for each in gpus for reason in each.throttled)
    for reason, number in reasons.most_common():
        yield f"the clock of a GPU was held down in {number / len(gpus):.0%} of the readings: {reason}"
    yield from run.telemetry.troubles
    bare = sum(not each.receipt.passages for each in run.outcomes if each.receipt and each.receipt.words)
    if bare:
        yield f"{bare} videos have words and no passage to be found by"


def label(video: Video, most: int = 30) -> str:
    """Return the title of a video, cut to fit."""
    title = one_line(video.title) or video.id
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


def describe(strip: Strip) -> str:
    """Return what a strip of the timeline stands for."""
    waiting = sum(each.end - each.begin for each in strip.bars if each.kind is Kind.waiting)
    parts = [f"{name} {spell(seconds)}" for name, seconds in _computing(strip).items() if seconds >= 0.5]
    parts += [f"waiting {spell(waiting)}"] if waiting >= 0.5 else []
    took = f"{strip.outcome.state} after {spell(strip.end - strip.begin)}"
    said = f"{one_line(strip.outcome.video.title) or strip.outcome.video.id} · {took}"
    return f"{said}: {', '.join(parts)}" if parts else said


def problems(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the videos that are not done, failed ones first."""
    order = [VideoState.failed, VideoState.unavailable, VideoState.discovered]
    return tuple(sorted((each for each in outcomes if each.state in order), key=lambda it: order.index(it.state)))


def _computing(strip: Strip) -> dict[str, Seconds]:
    seconds = dict[str, Seconds]()
    for each in strip.bars:
        if each.kind is not Kind.waiting:
            seconds[each.stage] = seconds.get(each.stage, 0.0) + each.end - each.begin
    return seconds
