"""What the archive answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from whosaid.types import (
    Audio,
    Diarization,
    Identity,
    Seconds,
    Speech,
    TranscriptOrigin,
    Turn,
    Utterance,
    Video,
    VideoState,
)


@dataclass(frozen=True, slots=True)
class Hit(Speech):
    """What one voice says that answers a query: a passage, with the ones right beside it that answer too."""

    video_id: str
    title: str
    channel: str
    url: str
    published_at: datetime | None
    score: float  # 1 is first by every way of ranking; of a quote always 1
    moment: Seconds  # when the words that match are said: where to begin to listen
    matched: tuple[int, ...]  # indexes of `words`, in order; none where only the meaning matches

    @property
    def highlights(self) -> tuple[tuple[int, int], ...]:
        """Return where in `text` the matching words are, as first and one past the last character.

        Words that follow each other are one highlight.
        """
        spans = list[tuple[int, int]]()
        ends = list(accumulate((len(word.text) + 1 for word in self.words), initial=-1))
        for i in self.matched:
            start, end = ends[i] + 1, ends[i + 1]
            if spans and spans[-1][1] == ends[i]:
                start = spans.pop()[0]
            spans.append((start, end))
        return tuple(spans)


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """The passages that one text model has embedded."""

    model_key: str
    dimension: int
    passages: int
    serving: bool  # it is the one that search uses


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage as a text model sees it."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a source is left alone, and until when."""

    address: str
    reason: str
    pauses: int  # in a row, each twice as long as the one before up to a limit
    until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a video of the catalogue stands, and when it is tried again (None: never, or not asked)."""

    video: Video
    state: VideoState
    reason: str
    stage: str
    attempts: int
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class VideoCounts:
    """How many videos of the catalogue stand where."""

    discovered: int
    unavailable: int
    failed: int
    done: int


@dataclass(frozen=True, slots=True)
class SpeakerShare:
    """How much a speaker says in the archive."""

    speaker: str
    speech: Seconds
    videos: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is remembered; `seconds` is None where it has not ended."""

    run_id: str
    source: str
    profile: str
    started_at: datetime
    seconds: Seconds | None
    done: int
    failed: int
    unavailable: int
    engines_loaded: tuple[str, ...]
    audio: Seconds = 0.0  # that it brought into the archive
    fingerprint: str = ""  # of all that decided its output
    machine: str = ""  # what its speed can be compared on

    @property
    def speed(self) -> float | None:
        """Return the hours of audio done in an hour; None where the run has not ended."""
        return self.audio / self.seconds if self.seconds else None


@dataclass(frozen=True, slots=True)
class Status:
    """What the archive holds."""

    videos: VideoCounts
    hours: float  # of audio published
    passages: int
    models: tuple[EmbeddedModel, ...]
    speakers: tuple[SpeakerShare, ...]  # most speech first
    enrolled: int  # speakers with a voiceprint
    runs: tuple[RunRecord, ...]  # newest first


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """A published video as it was said; equal, word for word, to what was published."""

    video: Video
    audio: Audio
    language: str
    origin: TranscriptOrigin
    utterances: tuple[Utterance, ...]
    diarization: Diarization
    identities: tuple[Identity, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, one voice at a time."""
        return self.diarization.turns
