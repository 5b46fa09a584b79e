"""What a voiceprint is worth in its archive, by the scoring that names voices: counts, each with its base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from whosaid.naming import Naming
from whosaid.speakers.relabelling import name_of
from whosaid.store import Archive, HeardRecording
from whosaid.types import UNKNOWN, Calibration, Seconds, Voiceprint, VoiceVectors
from whosaid.voices.enrolment import HeardClip, join, self_similarity
from whosaid.voices.identification import Voice, score, voices_of
from whosaid.voices.purity import direction

GROUP: Final[Seconds] = 5.0
"""Speech that is held out at once to ask whether the rest would know it: that of a short label."""

HEARD: Final[Seconds] = 4.0
"""Speech below which a label of the archive is no proof that a stranger is told apart."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Another voice and its cosine to a voiceprint."""

    name: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """How alike the windows of a voiceprint are, and which errors to expect at the present threshold."""

    windows: int
    seconds: Seconds
    similarity: float  # of each window to the others, the mean
    lowest: float
    nearest: Resemblance | None  # of the other voices of the archive
    threshold: float
    false_accepts: int  # of `others`: voices of the archive that are surely not this speaker
    others: int
    false_rejects: int  # of `groups`: stretches of the clips, each scored by the rest
    groups: int
    accepts: int  # labels of the archive that score for the speaker, and are not among `others`
    faintest: Resemblance | None  # of those, the one to listen to first


@dataclass(frozen=True, slots=True)
class _Compared:
    resemblance: Resemblance
    score: float
    is_other: bool


def assess(archive: Archive, voiceprint: Voiceprint, clips: Sequence[HeardClip], naming: Naming) -> Assessment:
    """Judge a voiceprint by its own clips and by the other voices that its archive holds."""
    heard, rule = join(clips), naming.calibration
    similarity = self_similarity(heard)
    compared = [*_enrolled(voiceprint, naming), *_archived(archive, voiceprint, rule)]
    others = [each for each in compared if each.is_other]
    accepted = [each for each in compared if not each.is_other and each.score >= rule.threshold]
    held_out = _scores_of_groups(heard, voiceprint, rule)
    return Assessment(
        windows=voiceprint.windows,
        seconds=voiceprint.seconds,
        similarity=float(similarity.mean()),
        lowest=float(similarity.min()),
        nearest=max((each.resemblance for each in others), key=lambda each: each.cosine, default=None),
        threshold=rule.threshold,
        false_accepts=sum(each.score >= rule.threshold for each in others),
        others=len(others),
        false_rejects=sum(each < rule.threshold for each in held_out),
        groups=len(held_out),
        accepts=len(accepted),
        faintest=min((each.resemblance for each in accepted), key=lambda each: each.cosine, default=None),
    )


def _enrolled(voiceprint: Voiceprint, naming: Naming) -> Iterator[_Compared]:
    for other in naming.voiceprints:
        if other.speaker != voiceprint.speaker:
            voice = Voice.of(other.centroids, np.ones(len(other.centroids)))
            yield _compare(other.speaker, voice, voiceprint, naming.calibration, is_other=True)


def _archived(archive: Archive, voiceprint: Voiceprint, rule: Calibration) -> Iterator[_Compared]:
    """Yield the voices of the archive; all labels of a recording but the likeliest are surely others."""
    for recording in archive.heard(voiceprint.model_key):
        heard = voices_of(recording.diarization, recording.voices)
        found = {label: voice for label, voice in heard.items() if voice.seconds.sum() >= HEARD}
        likeness = {label: voice.likeness(voiceprint.centroids) for label, voice in found.items()}
        for label, voice in found.items():
            is_other = label != max(likeness, key=likeness.__getitem__) or _is_named(recording, label, voiceprint)
            yield _compare(_name(recording, label), voice, voiceprint, rule, is_other=is_other)


def _is_named(recording: HeardRecording, label: str, voiceprint: Voiceprint) -> bool:
    """Say whether a label has the name of another speaker."""
    return any(
        each.label == label and each.speaker not in {UNKNOWN, voiceprint.speaker} for each in recording.identities
    )


def _compare(name: str, voice: Voice, voiceprint: Voiceprint, rule: Calibration, *, is_other: bool) -> _Compared:
    cosine = float((voiceprint.centroids @ voice.centroid).max())
    return _Compared(Resemblance(name, cosine), float(score([voice], [voiceprint], rule.cohort)[0, 0]), is_other)


def _name(recording: HeardRecording, label: str) -> str:
    """Return the speaker of a label, else the number of its voice, and where it is heard."""
    of = {
        identity.label: name_of(identity.speaker, number)
        for identity, number in zip(recording.identities, recording.numbers, strict=True)
    }
    return f"{of[label]} ({recording.video.id}#{label})"


def _scores_of_groups(heard: VoiceVectors, voiceprint: Voiceprint, rule: Calibration) -> list[float]:
    """Return the score of each stretch of the clips by a voiceprint of the rest."""
    seconds = np.array([span.duration for span in heard.spans])
    group = (np.cumsum(seconds) - seconds) // GROUP
    found = list[float]()
    for each in np.unique(group):
        own = group == each
        rest = direction(heard.vectors[~own], seconds[~own]).astype(np.float32)
        voice = Voice.of(heard.vectors[own], seconds[own])
        found.append(float(score([voice], [replace(voiceprint, centroids=rest[None])], rule.cohort)[0, 0]))
    return found
