"""Names the voices of a whole archive again, by the vectors that it keeps: no audio and no engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from whosaid.errors import ConfigurationError
from whosaid.naming import Naming, read_naming
from whosaid.store import Archive, HeardRecording, NumberedVoices, UnknownVoices
from whosaid.types import UNKNOWN, Calibration, Identity, Video
from whosaid.voices.identification import identify
from whosaid.voices.linking import centroids_of, link, number

CLOSE: Final = 1e-4  # scores that differ by less differ by the rounding of their vectors


@dataclass(frozen=True, slots=True)
class Change:
    """A label that is named otherwise than before."""

    video: Video
    label: str
    before: str
    after: str
    score: float


@dataclass(frozen=True, slots=True)
class Relabelling:
    """What naming the archive again came to."""

    model_key: str
    recordings: int
    written: int  # of them, the ones whose rows were not up to date
    republished: int  # left alone: published again meanwhile
    vectors: int  # reused
    unknown_voices: int
    changes: tuple[Change, ...]

    @property
    def line(self) -> str:
        """The outcome in one line."""
        skipped = f", {self.republished} left alone: published again meanwhile" if self.republished else ""
        return (
            f"{len(self.changes)} labels renamed in {len({each.video.id for each in self.changes})} of "
            f"{self.recordings} recordings{skipped}; vectors reused: {self.vectors}, embedded: 0; "
            f"unknown voices: {self.unknown_voices}"
        )


def relabel(archive: Archive, model_key: str) -> Relabelling:
    """Name the voices that one model has heard by the present voiceprints, a short transaction a video.

    The names are those that an ingest would give now. Safe beside one: a video published meanwhile is left alone.
    ConfigurationError for a voice model that heard none of them.
    """
    require_heard_by(archive, model_key)
    naming = read_naming(archive, model_key)
    done = [_rename(archive, recording, naming) for recording in archive.heard(model_key)]
    return Relabelling(
        model_key=model_key,
        recordings=len(done),
        written=sum(each.written for each in done),
        republished=sum(each.republished for each in done),
        vectors=sum(each.vectors for each in done),
        unknown_voices=number_unknown(archive, naming.calibration),
        changes=tuple(change for each in done for change in each.changes),
    )


def require_heard_by(archive: Archive, model_key: str) -> None:
    """Refuse a voice model by which nothing of the archive was heard: its voiceprints would name nobody."""
    models = archive.voice_models()
    if models and model_key not in models:
        raise ConfigurationError(
            f"the voices of this archive were heard by {', '.join(models)}, not by {model_key}: choose the profile "
            "that it was ingested with"
        )


def number_unknown(archive: Archive, calibration: Calibration) -> int:
    """Link the unknown voices of all videos and keep their numbers; return how many there are."""

    def linked(unknown: UnknownVoices) -> NumberedVoices:
        voices = link(unknown.recordings, unknown.centroids, unknown.seconds, calibration)
        centroids = centroids_of(voices, unknown.centroids, unknown.seconds)
        return NumberedVoices(
            voices, centroids, number(voices, unknown.numbers, centroids, unknown.remembered, calibration)
        )

    return archive.number_voices(calibration.model_key, linked)


@dataclass(frozen=True, slots=True)
class _Renamed:
    vectors: int
    written: bool = False
    republished: bool = False
    changes: tuple[Change, ...] = ()


def _rename(archive: Archive, recording: HeardRecording, naming: Naming) -> _Renamed:
    vectors = len(recording.voices.spans)
    identities = identify(recording.diarization, recording.voices, naming.voiceprints, naming.calibration)
    if recording.naming == naming.fingerprint and _agree(recording.identities, identities):
        return _Renamed(vectors)
    if not archive.rename(recording, identities, naming.fingerprint):
        return _Renamed(vectors, republished=True)
    return _Renamed(vectors, written=True, changes=tuple(_changes(recording, identities)))


def _agree(stored: Sequence[Identity], found: Sequence[Identity]) -> bool:
    by_label = {each.label: each for each in stored}
    return all(
        (was := by_label.get(each.label)) is not None
        and was.speaker == each.speaker
        and abs(was.score - each.score) + abs(was.margin - each.margin) < CLOSE
        for each in found
    )


def _changes(recording: HeardRecording, identities: Sequence[Identity]) -> Iterator[Change]:
    before = {
        identity.label: (identity.speaker, number)
        for identity, number in zip(recording.identities, recording.numbers, strict=True)
    }
    for each in identities:
        speaker, number = before[each.label]
        if speaker != each.speaker:
            yield Change(recording.video, each.label, name_of(speaker, number), each.speaker, each.score)


def name_of(speaker: str, number: int | None) -> str:
    """Return how people are told of a voice: the speaker, or the number of an unknown one."""
    return f"{UNKNOWN} voice {number}" if speaker == UNKNOWN and number is not None else speaker
