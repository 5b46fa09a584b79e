"""Hears the voice in clips: from the sound of a file or an address, or from the vectors that the archive keeps."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from whosaid.engines import Engines
from whosaid.errors import EnrolmentError, SourceError, VideoError
from whosaid.media import open_source
from whosaid.media.decoding import decode, read_rate
from whosaid.speakers.clips import Clip, LabelClip, SoundClip, VoiceClip
from whosaid.store import Archive, HeardRecording
from whosaid.types import SAMPLE_RATE, Diarization, Seconds, Span, Turn, Unavailable, VoiceVectors, Waveform, places
from whosaid.vad import find_speech
from whosaid.voices import SHORTEST_SPAN, VoiceSpec
from whosaid.voices.enrolment import HeardClip
from whosaid.voices.turns import embed_turns

SLACK: Final[Seconds] = 0.5
"""How far a range may go beyond the end: times are read off players that round them."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """The sound of a clip, decoded, and the stretches of speech in it."""

    clip: SoundClip
    waveform: Waveform
    turns: tuple[Turn, ...]  # times from the start of the clip

    @property
    def name(self) -> str:
        return self.clip.name

    @property
    def seconds(self) -> Seconds:
        return sum(turn.duration for turn in self.turns)

    @property
    def stretches(self) -> int:
        return len(self.turns)


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears clips by one voice model."""

    archive: Archive
    engines: Engines
    spec: VoiceSpec
    scratch: Path  # for what is fetched

    def gather(self, clips: Sequence[Clip]) -> tuple[Speech | HeardClip, ...]:
        """Return the clips, in their order, decoded or read from the archive; EnrolmentError for one not to be had."""
        return tuple(each for clip in clips for each in self._gather(clip))

    def hear(self, gathered: Sequence[Speech | HeardClip]) -> tuple[HeardClip, ...]:
        """Return the voices in clips; those of the archive load no engine."""
        return tuple(self._embed(each) if isinstance(each, Speech) else each for each in gathered)

    def _gather(self, clip: Clip) -> tuple[Speech | HeardClip, ...]:
        match clip:
            case SoundClip():
                waveform = self._decode(clip)
                speech = [span for span in find_speech(waveform) if span.duration >= SHORTEST_SPAN]
                return (Speech(clip, waveform, tuple(Turn(span.start, span.end, clip.name) for span in speech)),)
            case LabelClip():
                return (self._recall(clip),)
            case VoiceClip():
                return self._recall_voice(clip)

    def _embed(self, speech: Speech) -> HeardClip:
        clip, model_key = speech.clip, self.spec.model_key
        if not speech.turns:
            return HeardClip(clip.name, 0, VoiceVectors(model_key, (), np.zeros((0, 0), np.float32)))
        with self.engines.lease(self.spec) as embedder:
            heard = embed_turns(embedder, speech.waveform, Diarization(speech.turns), model_key)
        spans = tuple(Span(clip.start + span.start, clip.start + span.end) for span in heard.spans)
        return HeardClip(clip.name, speech.stretches, VoiceVectors(model_key, spans, heard.vectors))

    def _decode(self, clip: SoundClip) -> Waveform:
        with _explained(clip), self._file(clip) as file:
            rate = read_rate(file)
            if rate < SAMPLE_RATE:
                raise EnrolmentError(
                    f"{clip.name} was recorded at {rate} Hz, and a voiceprint of it would not match voices recorded at "
                    f"{SAMPLE_RATE} Hz or more: find a better recording"
                )
            return _cut(decode(file), clip)

    @contextmanager
    def _file(self, clip: SoundClip) -> Generator[Path]:
        """Lend the file of a clip; what is fetched is gone afterwards."""
        if not clip.is_remote:
            yield Path(clip.place).expanduser()
            return
        source = open_source(clip.place)
        video, *others = source.list().videos
        if others:
            raise EnrolmentError(f"{clip.source} lists {1 + len(others)} videos: give the address of one")
        access = source.check(video)
        if isinstance(access, Unavailable):
            raise EnrolmentError(f"{clip.source} cannot be had ({access.reason}): choose another clip")
        with TemporaryDirectory(prefix="clip-", dir=self.scratch) as folder:
            yield source.fetch(video, Path(folder))

    def _recall(self, clip: LabelClip) -> HeardClip:
        recording = self.archive.heard_in(clip.video, self.spec.model_key)
        if recording is None:
            raise EnrolmentError(
                f"the voices of {clip.video} were heard by another voice model than {self.spec.model_key}: "
                "choose the profile that it was ingested with"
            )
        if clip.label not in recording.diarization.labels:
            labels = ", ".join(recording.diarization.labels) or "nobody"
            raise EnrolmentError(f"{recording.video.id} has no label {clip.label!r}: it has {labels}")
        return _heard(recording, clip.label)

    def _recall_voice(self, clip: VoiceClip) -> tuple[HeardClip, ...]:
        found = [
            _heard(recording, identity.label)
            for recording in self.archive.heard_as(clip.number, self.spec.model_key)
            for identity, number in zip(recording.identities, recording.numbers, strict=True)
            if number == clip.number
        ]
        if not found:
            raise EnrolmentError(
                f"no unknown voice {clip.number} is heard by {self.spec.model_key}: whosaid speakers lists them; "
                "the profile must be the one that they were ingested with"
            )
        return tuple(found)


def _heard(recording: HeardRecording, label: str) -> HeardClip:
    """Return what a label of the archive says, by its turns."""
    at, turns = places(recording.voices.spans, recording.diarization.turns), recording.diarization.turns
    rows = [row for row, turn in enumerate(at) if turn is not None and turns[turn].label == label]
    spans = tuple(recording.voices.spans[row] for row in rows)
    voices = VoiceVectors(recording.voices.model_key, spans, recording.voices.vectors[rows])
    return HeardClip(f"{recording.video.id}#{label}", len(rows), voices)


def _cut(waveform: Waveform, clip: SoundClip) -> Waveform:
    length = len(waveform) / SAMPLE_RATE
    if clip.start >= length or (clip.end != inf and clip.end > length + SLACK):
        raise EnrolmentError(f"{clip.name} reaches outside of its {length:.1f} s: name times within them")
    return waveform[round(clip.start * SAMPLE_RATE) : round(min(clip.end, length) * SAMPLE_RATE)]


@contextmanager
def _explained(clip: SoundClip) -> Generator[None]:
    """Say of which clip an error of the media speaks, without what the address lets in by."""
    try:
        yield
    except (VideoError, SourceError) as e:
        raise EnrolmentError(f"{clip.name} cannot be heard: {str(e).replace(clip.place, clip.source)}") from e
