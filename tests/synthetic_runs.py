"""Runs that never were: the clocks of a small simulation of the pipeline, so that they look like those of real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final

import numpy as np

from whosaid.types import (
    GpuReading,
    Outcome,
    QueueReading,
    QueueUse,
    Receipt,
    RunSummary,
    Seconds,
    StageTiming,
    Telemetry,
    TranscriptOrigin,
    Video,
    VideoState,
    Work,
)

BEGAN: Final = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SLOTS: Final = {"download": 12, "asr": 4, "gpu": 1, "db": 12}
CARD: Final = "cuda:0"
MEMORY: Final = 16 * 2**30


@dataclass(frozen=True, slots=True)
class Pace:
    """What a stage takes: seconds for each second of audio, on a device, in a slot."""

    stage: str
    tag: str
    factor: float
    device: str = ""
    items: float = 0.0  # for each second of audio
    tokens: float = 0.0


PATH: Final = (
    Pace("check_access", "download", 0.0002),
    Pace("fetch_audio", "download", 0.02),
    Pace("transcribe", "asr", 0.035, CARD, items=2.4),
    Pace("find_monologue", "gpu", 0.0008, CARD, items=0.02),
    Pace("diarize", "asr", 0.012, CARD, items=0.15),
    Pace("embed_voices", "gpu", 0.003, CARD, items=0.6),
    Pace("purify_labels", "", 0.0001),
    Pace("identify_speakers", "", 0.0001),
    Pace("attribute", "", 0.0001),
    Pace("cut_passages", "", 0.0001),
    Pace("embed_passages", "gpu", 0.004, CARD, items=0.015, tokens=4.0),
    Pace("publish", "db", 0.0005),
)


def simulate(number: int = 300, *, seed: int = 7, in_flight: int = 8, longest: Seconds = 5400.0) -> RunSummary:
    """Return a run over so many videos; every ninth is from the cache but for its text, every fortieth fails."""
    chance = np.random.default_rng(seed)
    videos = [_video(i, float(chance.gamma(3.0, longest / 12))) for i in range(number)]
    clocks = sorted(_work_off(videos, in_flight, chance), key=lambda each: each.started_at)
    seconds = max((_ended(each) - BEGAN).total_seconds() for each in clocks) if clocks else 0.0
    return RunSummary(
        run_id="0b54a3ff-0000-4000-8000-000000000007",
        source="https://www.youtube.com/@sleepandfood",
        profile="balanced",
        started_at=BEGAN,
        seconds=seconds,
        outcomes=tuple(map(_outcome, range(number), videos)),
        timings=tuple(clocks),
        engines_loaded=("FasterWhisper on cuda:0", "Ecapa on cuda:0", "SentenceTransformer on cuda:0"),
        machine="RTX 5080",
        telemetry=_observe(clocks, seconds, chance),
    )


def without_gpu(run: RunSummary) -> RunSummary:
    """Return the run as if on a machine without a GPU."""
    clocks = tuple(replace(each, device="cpu" if each.device else "") for each in run.timings)
    return replace(run, timings=clocks, telemetry=replace(run.telemetry, gpus=()))


def _video(i: int, duration: Seconds) -> Video:
    about = ("Sleep", "Coffee & light", "Food", "Stress", "Focus")[i % 5]
    address = f"https://www.youtube.com/watch?v=video{i:06d}"
    return Video("youtube", f"video{i:06d}", address, f"{about}, part {i // 5 + 1}", "Sleep and food", None, duration)


def _is_failing(i: int) -> bool:
    return i % 40 == 20


def _outcome(i: int, video: Video) -> Outcome:
    length = video.duration or 0.0
    if _is_failing(i):
        return Outcome(video, VideoState.failed, "MediaError: the file has no audio stream: look at it", "fetch_audio")
    if i % 40 == 30:
        return Outcome(video, VideoState.unavailable, "members_only: join this channel to get access")
    origin = TranscriptOrigin.captions if i % 25 == 4 else TranscriptOrigin.asr
    passages = int(length / 70) + 1
    return Outcome(
        video, VideoState.done, receipt=Receipt(video.id, length, int(length * 2.4), 90, passages, passages, origin)
    )


def _work_off(videos: Sequence[Video], in_flight: int, chance: np.random.Generator) -> Iterator[StageTiming]:
    """Give every stage the next slot of its tag that comes free, first come, first served."""
    slots = {tag: [0.0] * number for tag, number in SLOTS.items()} | {"": [0.0] * in_flight}
    ready = [(0.0, i, 0) for i in range(min(in_flight, len(videos)))]
    waiting = iter(range(in_flight, len(videos)))
    while ready:
        moment, i, step = heappop(ready)
        clock = _clock(videos[i], PATH[step], i, moment, slots[PATH[step].tag], chance)
        yield clock
        ended = (_ended(clock) - BEGAN).total_seconds()
        if step + 1 < len(PATH) and not (_is_failing(i) and step == 1) and i % 40 != 30:
            heappush(ready, (ended, i, step + 1))
        elif (following := next(waiting, None)) is not None:
            heappush(ready, (ended, following, 0))


def _clock(
    video: Video, pace: Pace, i: int, moment: Seconds, free: list[Seconds], chance: np.random.Generator
) -> StageTiming:
    cached = i % 9 == 8 and pace.stage not in {"check_access", "embed_passages", "publish"}
    length = video.duration or 0.0
    computing = 0.02 if cached else 0.05 + length * pace.factor * float(chance.uniform(0.8, 1.25))
    loading = 9.0 if i == 0 and pace.device else 0.0
    begins = moment if cached or not pace.tag else max(moment, heappop(free))
    if pace.tag and not cached:
        heappush(free, begins + loading + computing)
    work = Work(int(length * pace.items), int(length * pace.items / 32) + 1, int(length * pace.tokens))
    return StageTiming(
        *(pace.stage, video.id, BEGAN + timedelta(seconds=moment), begins - moment, 0.0, loading, computing),
        cached=cached,
        device="" if cached else pace.device,
        work=Work() if cached or not pace.items else work,
    )


def _ended(clock: StageTiming) -> datetime:
    return clock.started_at + timedelta(seconds=clock.queued + clock.waited + clock.loading + clock.computing)


def _observe(clocks: Sequence[StageTiming], seconds: Seconds, chance: np.random.Generator) -> Telemetry:
    """Return what a sampler would have read every few seconds, and what the lines were over the whole run."""
    moments = np.arange(0.0, seconds, max(5.0, seconds / 3000))
    counts = {tag: _counts([each for each in clocks if _tag(each) == tag], moments) for tag in SLOTS}
    queues = [
        QueueReading(_at(moment), tag, int(counts[tag][0][k]), int(counts[tag][1][k]))
        for k, moment in enumerate(moments)
        for tag in SLOTS
    ]
    computing = np.minimum(1.0, counts["gpu"][1] * 0.6 + counts["asr"][1] * 0.14)
    gpus = [_read(moment, float(busy), chance) for moment, busy in zip(moments, computing, strict=True)]
    return Telemetry(tuple(gpus), tuple(queues), tuple(_use(tag, *counts[tag]) for tag in SLOTS))


def _tag(clock: StageTiming) -> str:
    return "" if clock.cached else next(each.tag for each in PATH if each.stage == clock.stage)


def _counts(clocks: Sequence[StageTiming], moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many wait, and how many run, at each moment."""
    asked = np.array([(each.started_at - BEGAN).total_seconds() for each in clocks])
    began = asked + np.array([each.queued for each in clocks])
    ended = began + np.array([each.loading + each.computing for each in clocks])
    waiting = [(asked <= moment) & (moment < began) for moment in moments]
    running = [(began <= moment) & (moment < ended) for moment in moments]
    return np.array([each.sum() for each in waiting]), np.array([each.sum() for each in running])


def _use(tag: str, waiting: np.ndarray, running: np.ndarray) -> QueueUse:
    if not len(running):
        return QueueUse(tag, SLOTS[tag], 0, 0.0, 0.0, 0.0)
    full = running >= SLOTS[tag]
    return QueueUse(
        *(tag, SLOTS[tag], int(waiting.max()), float((running / SLOTS[tag]).mean()), float(full.mean())),
        contended=float((full & (waiting > 0)).mean()),
    )


def _read(moment: Seconds, busy: float, chance: np.random.Generator) -> GpuReading:
    shown = min(1.0, max(0.0, busy + float(chance.normal(0, 0.06))))
    return GpuReading(
        *(_at(moment), 0, shown, shown * 0.5, int(MEMORY * (0.55 + 0.2 * busy)), MEMORY, int(45 + 30 * shown)),
        power=60 + 240 * shown,
        clock=2600,
        throttled=("power cap",) if shown > 0.97 else (),
    )


def _at(moment: Seconds) -> datetime:
    return BEGAN + timedelta(seconds=moment)
