"""What is written to the archive for one video, and what the archive then holds of it."""

from __future__ import annotations

from dataclasses import dataclass

from whosaid.types.basics import Seconds
from whosaid.types.speech import (
    Audio,
    Diarization,
    Identity,
    Passage,
    PassageVectors,
    Transcript,
    TranscriptOrigin,
    Utterance,
)
from whosaid.types.videos import Video
from whosaid.types.voices import VoiceVectors


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
    origin: TranscriptOrigin = TranscriptOrigin.asr
