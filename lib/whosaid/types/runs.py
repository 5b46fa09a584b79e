"""Runs: the outcome of each video, the clock of each stage, what GPUs and queues did meanwhile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from whosaid.types.basics import Seconds
from whosaid.types.publications import Receipt
from whosaid.types.videos import Video, VideoState


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended for one video."""

    video: Video
    state: VideoState
    detail: str = ""  # the reason, where it is not done; "no speech" where it is and nobody speaks
    stage: str = ""  # the stage that failed
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage worked through, beside the seconds of audio; 0 where it does not count such."""

    items: int = 0  # words recognised, windows of voices, texts
    batches: int = 0  # in which the model was given them
    tokens: int = 0  # of texts
    flop: float = 0.0  # floating-point operations that the model takes for it, by the published formula


@dataclass(frozen=True, slots=True)
class StageTiming:
    """The clock of one stage for one video: seconds that follow each other and do not overlap."""

    stage: str
    video_id: str
    started_at: datetime
    queued: Seconds  # for a slot of its tag
    waited: Seconds  # for an engine that others used
    loading: Seconds  # of the model
    computing: Seconds
    cached: bool
    device: str = ""  # of the engine; empty where the stage uses none
    work: Work = Work()


@dataclass(frozen=True, slots=True)
class GpuReading:
    """What the driver said of one GPU at one moment; None where it does not say."""

    at: datetime
    gpu: int
    utilisation: float | None = None  # share of the last sampling period in which a kernel ran
    memory_utilisation: float | None = None  # share of it in which the memory was read or written
    memory_used: int | None = None  # bytes
    memory_total: int | None = None
    temperature: int | None = None  # degrees Celsius
    power: float | None = None  # watts
    clock: int | None = None  # MHz of the streaming multiprocessors
    throttled: tuple[str, ...] = ()  # why the clock is held down


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The line before the slots of one tag at one moment."""

    at: datetime
    tag: str
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class QueueUse:
    """The slots of one tag over a whole run, from every change rather than from readings."""

    tag: str
    slots: int
    peak: int  # of those that waited
    occupancy: float  # mean share of the slots that were taken
    saturated: float  # share of the time in which all were taken
    contended: float  # share of the time in which all were taken and somebody waited


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What GPUs and queues did during a run, in order of time."""

    gpus: tuple[GpuReading, ...] = ()
    queues: tuple[QueueReading, ...] = ()
    uses: tuple[QueueUse, ...] = ()
    troubles: tuple[str, ...] = ()  # what could not be read, and why


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as the archive and the report know it."""

    run_id: str
    source: str
    profile: str
    started_at: datetime
    seconds: Seconds
    outcomes: tuple[Outcome, ...]
    timings: tuple[StageTiming, ...]
    engines_loaded: tuple[str, ...] = ()
    fingerprint: str = ""  # of all that decided the output: the profile with its models, the stages' versions
    machine: str = ""  # its GPUs, or its processors where it has none: what speeds can be compared on
    telemetry: Telemetry = Telemetry()
    paused: str = ""  # why the source is left alone from now on, and until when

    @property
    def audio(self) -> Seconds:
        """Return the seconds of audio that the run brought into the archive."""
        return sum(each.receipt.duration for each in self.outcomes if each.receipt)

    @property
    def speed(self) -> float:
        """Return the hours of audio done in an hour."""
        return self.audio / self.seconds if self.seconds else 0.0

    @property
    def executed(self) -> int:
        """Return the number of stages that ran rather than being found in the cache."""
        return sum(not each.cached for each in self.timings)

    @property
    def line(self) -> str:
        """Return the outcome in one line, such as "6 done, 1 failed"."""
        counts = Counter(each.state for each in self.outcomes)
        said = ", ".join(f"{counts[state]} {state}" for state in reversed(VideoState) if counts[state])
        return (said or "nothing to do: no video is due") + (f"; {self.paused}" if self.paused else "")
