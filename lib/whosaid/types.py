"""The values that travel between stages: frozen, comparable, written as JSON by `whosaid.canonical`.

Times are seconds from the start of the recording. Nothing here knows how a value was made.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator

Seconds: TypeAlias = float
Waveform: TypeAlias = NDArray[np.float32]
"""(samples,) float32 in [-1, 1], mono, `SAMPLE_RATE` samples a second."""

SAMPLE_RATE: Final = 16_000
UNKNOWN: Final = "unknown"
"""The speaker of a turn that no enrolled voice matches. A legal answer, never a guess."""


def _pack(vectors: NDArray[np.float32]) -> dict[str, Any]:
    little = np.ascontiguousarray(vectors, dtype="<f4")
    return {"shape": list(little.shape), "float32": base64.b64encode(little.tobytes()).decode("ascii")}


def _unpack(packed: NDArray[np.float32] | Mapping[str, Any]) -> NDArray[np.float32]:
    if isinstance(packed, np.ndarray):
        return packed
    flat = np.frombuffer(base64.b64decode(packed["float32"]), dtype="<f4")
    return flat.reshape(packed["shape"])


Vectors: TypeAlias = Annotated[NDArray[np.float32], PlainValidator(_unpack), PlainSerializer(_pack)]
"""(rows, dimension) float32, each row of length 1."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, `start` <= `end`."""

    start: Seconds
    end: Seconds

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from 0 or later: {self.start} to {self.end}")

    @property
    def duration(self) -> Seconds:
        return self.end - self.start

    @property
    def middle(self) -> Seconds:
        return (self.start + self.end) / 2

    def overlap(self, other: Span) -> Seconds:
        """Return the seconds that both spans cover."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: Span) -> Seconds:
        """Return the seconds between the spans, 0 where they touch or overlap."""
        return max(0.0, max(self.start, other.start) - min(self.end, other.end))


def places(spans: Sequence[Span], turns: Sequence[Span]) -> list[int | None]:
    """Return for each span the index of the turn that holds its middle; the turns are in order, without overlaps."""
    ends = [turn.end for turn in turns]
    found = [bisect_right(ends, span.middle) for span in spans]
    return [
        i if i < len(turns) and turns[i].start <= span.middle else None for i, span in zip(found, spans, strict=True)
    ]


class Unavailability(StrEnum):
    """Why a video cannot be fetched; `final` ones are never checked again."""

    removed = "removed"
    private = "private"
    members_only = "members_only"
    upcoming = "upcoming"
    live = "live"
    age_restricted = "age_restricted"
    geo_restricted = "geo_restricted"

    @property
    def final(self) -> bool:
        return self in {Unavailability.removed, Unavailability.private, Unavailability.geo_restricted}


@dataclass(frozen=True, slots=True)
class Video:
    """An item of a source, before anything of it is fetched."""

    kind: str  # the site ("youtube"), "feed" or "file"
    external_id: str  # unique within its kind
    url: str
    title: str
    channel: str
    published_at: datetime | None = None
    duration: Seconds | None = None  # as the listing claims it

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.external_id}"

    @property
    def fingerprint(self) -> str:
        """What makes it this video: its identity, not the title or address that a site may change."""
        return self.id


@dataclass(frozen=True, slots=True)
class Accessible:
    """The answer of an access check: the video can be fetched."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The answer of an access check: the video cannot be fetched, and why."""

    reason: Unavailability
    detail: str


Access: TypeAlias = Accessible | Unavailable


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording, kept in the media store under its digest."""

    sha256: str  # of the 16-bit samples
    duration: Seconds


class TranscriptOrigin(StrEnum):
    """Where the text of a video came from."""

    asr = "asr"
    captions = "captions"


@dataclass(frozen=True, slots=True)
class Word(Span):
    """One spoken word with its punctuation, no surrounding blanks."""

    text: str
    probability: float
    overlapped: bool = False  # said while another voice is heard too


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a recording in time order; no words where nobody speaks."""

    words: tuple[Word, ...]
    language: str
    origin: TranscriptOrigin = TranscriptOrigin.asr


@dataclass(frozen=True, slots=True)
class Turn(Span):
    """A stretch in which one voice speaks. The label is local to the recording."""

    label: str


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who speaks when, as labels local to the recording.

    `turns` are in time order and never overlap (one voice at a time, made for joining with words);
    `overlapping` are the turns as heard, which may.
    """

    turns: tuple[Turn, ...]
    overlapping: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        if any(later.start < earlier.end - 1e-6 for earlier, later in pairwise(self.turns)):
            raise ValueError("the turns of a diarization are in time order and do not overlap")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in order of first appearance."""
        return tuple(dict.fromkeys(turn.label for turn in self.turns))


@dataclass(frozen=True, slots=True)
class Monologue:
    """Whether one voice alone speaks in a recording: if so, its turns."""

    diarization: Diarization | None
    agreement: float  # cosine of all but the least like windows to the voice, 0 where nothing was compared


@dataclass(frozen=True, slots=True, eq=False)
class VoiceVectors:
    """The voice in stretches of a recording, in time order: windows of its turns, or whole turns."""

    model_key: str
    spans: tuple[Span, ...]
    vectors: Vectors  # (len(spans), dimension)

    def averaged(self, turns: Sequence[Span]) -> VoiceVectors:
        """Return one vector for each turn that has any: the mean direction of those whose middle it holds.

        The turns are in time order and do not overlap; a vector counts by the seconds that it was heard for.
        """
        sums: dict[int, NDArray[np.float64]] = {}
        for turn, span, vector in zip(places(self.spans, turns), self.spans, self.vectors, strict=True):
            if turn is not None:
                sums[turn] = sums.get(turn, np.zeros(len(vector))) + span.duration * vector
        rows = np.array([sums[turn] / np.linalg.norm(sums[turn]) for turn in sorted(sums)], np.float32)
        spans = tuple(Span(turns[turn].start, turns[turn].end) for turn in sorted(sums))
        return VoiceVectors(self.model_key, spans, rows.reshape(len(sums), self.vectors.shape[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Voiceprint:
    """The enrolled voice of a named speaker."""

    speaker: str
    model_key: str
    centroids: Vectors  # (modes, dimension)
    windows: int  # that the centroids are made of
    seconds: Seconds
    clips: tuple[str, ...]  # where the voice was heard: VIDEO#LABEL, or the name of a file or its address


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """When a voice carries a name: set once from an archive's own voices, and the same for all of its videos.

    Scores are cosines, or with a cohort the adaptive symmetric normalisation of cosines (Matejka et al. 2017).
    """

    model_key: str
    threshold: float = 0.5  # score from which a voice is taken for a speaker
    margin: float = 0.15  # lead over the second best speaker
    cohort: Vectors = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (voices, dimension)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a label is: an enrolled speaker or `UNKNOWN`, with the evidence."""

    label: str
    speaker: str = UNKNOWN
    score: float = 0.0  # of the best enrolled speaker, 0 where none is enrolled
    margin: float = 0.0  # score less that of the second best


@dataclass(frozen=True, slots=True)
class Speech(Span):
    """Words that one voice says, in time order."""

    label: str
    speaker: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Utterance(Speech):
    """What one voice says without another voice in between."""


@dataclass(frozen=True, slots=True)
class Passage(Speech):
    """A piece of one voice's speech, cut to be embedded and found."""


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """One text vector for each passage, rows in order of the passages."""

    model_key: str
    vectors: Vectors  # (passages, dimension)


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """All that is written to the archive for one video, in one transaction."""

    video: Video
    audio: Audio
    transcript: Transcript
    diarization: Diarization
    voices: VoiceVectors
    identities: tuple[Identity, ...]
    utterances: tuple[Utterance, ...]
    passages: tuple[Passage, ...]
    embeddings: PassageVectors
    fingerprint: str  # of everything that the result depends on but the video itself and the names of its voices
    naming: str  # fingerprint of the enrolled voices and the calibration that named its voices


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the archive holds of a video after publishing, counted in the database."""

    video_id: str
    duration: Seconds
    words: int
    turns: int
    passages: int
    embeddings: int


class VideoState(StrEnum):
    """Where a video of the catalogue stands."""

    discovered = "discovered"
    unavailable = "unavailable"
    failed = "failed"
    done = "done"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended for one video."""

    video: Video
    state: VideoState
    detail: str = ""  # the reason, where it is not done; "no speech" where it is and nobody speaks
    stage: str = ""  # the stage that failed
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class StageTiming:
    """The clock of one stage for one video, seconds."""

    stage: str
    video_id: str
    started_at: datetime
    waited: Seconds  # for a slot of its tag or for the engine
    loading: Seconds  # of the model
    computing: Seconds
    cached: bool
    device: str = ""  # of the engine; empty where the stage uses none


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
        said = ", ".join(f"{counts[state]} {state}" for state in VideoState if counts[state])
        return said or "nothing to do: no video is due"
