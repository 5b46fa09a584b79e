"""Calibrates an archive by the voices that it holds; no audio is read and no engine is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from whosaid.calibration import Fit, LabelVoice, Sample, calibrate
from whosaid.naming import read_naming
from whosaid.speakers.relabelling import require_heard_by
from whosaid.store import Archive, HeardRecording
from whosaid.trials import Trial, scores_of
from whosaid.types import UNKNOWN, Vectors
from whosaid.voices.identification import Voice, voices_of

MOST_RECORDINGS: Final = 500
"""Recordings whose labels are compared, taken evenly, besides those that speakers were enrolled from."""

LARGEST_COHORT: Final = 1_000
"""Unknown voices that scores are normalised by, those heard longest: each one costs time for every score."""


def fit(archive: Archive, model_key: str) -> Fit:
    """Return the calibration that the voices of one model ask for; CalibrationError where they do not bear one.

    Nothing is stored: `Archive.keep_calibration` keeps the result, and the archive is to be relabelled then.
    """
    require_heard_by(archive, model_key)
    naming = read_naming(archive, model_key)
    cohort, recordings = _cohort(archive, model_key)
    enrolled = {clip: each.speaker for each in naming.voiceprints for clip in each.clips}
    voices = list(_voices(archive, model_key, enrolled, every=max(1, ceil(recordings / MOST_RECORDINGS))))
    return calibrate(voices, naming.calibration, cohort)


def _cohort(archive: Archive, model_key: str) -> tuple[Vectors, int]:
    """Return a centroid for each unknown voice that has a number, (voices, dimension), and how many recordings are."""
    sums, recordings = dict[int, NDArray[np.float64]](), 0
    for recordings, recording in enumerate(archive.heard(model_key), start=1):  # noqa: B007 - the last number counts
        for number, voice in _numbered(recording):
            sums[number] = sums.get(number, 0.0) + voice.seconds @ voice.vectors
    longest = sorted(sums.values(), key=lambda each: -float(np.linalg.norm(each)))[:LARGEST_COHORT]
    centroids = [each / np.linalg.norm(each) for each in longest]
    return np.array(centroids, np.float32).reshape(len(centroids), -1 if centroids else 0), recordings


def _numbered(recording: HeardRecording) -> Iterator[tuple[int, Voice]]:
    voices = voices_of(recording.diarization, recording.voices)
    for identity, number in zip(recording.identities, recording.numbers, strict=True):
        if number is not None and identity.speaker == UNKNOWN and len(voices[identity.label].vectors):
            yield number, voices[identity.label]


def _voices(archive: Archive, model_key: str, enrolled: Mapping[str, str], every: int) -> Iterator[LabelVoice]:
    """Yield the voices of every so many recordings, and of all that a speaker was enrolled from."""
    for i, recording in enumerate(archive.heard(model_key)):
        found = [_voice(recording, label, voice, enrolled) for label, voice in _heard(recording)]
        if i % every == 0 or any(each.speaker is not None for each in found):
            yield from found


def _heard(recording: HeardRecording) -> Iterator[tuple[str, Voice]]:
    voices = voices_of(recording.diarization, recording.voices)
    return ((label, voice) for label, voice in voices.items() if len(voice.vectors))


def _voice(recording: HeardRecording, label: str, voice: Voice, enrolled: Mapping[str, str]) -> LabelVoice:
    name = f"{recording.video.id}#{label}"
    return LabelVoice(recording.video.id, Sample(name, voice.vectors, voice.seconds), enrolled.get(name))


def describe(fit: Fit) -> dict[str, Any]:
    """Return what was found and what follows from it, by name."""
    found = fit.errors
    return {
        "model_key": fit.after.model_key,
        "threshold": {"before": fit.before.threshold, "after": fit.after.threshold},
        "margin": {"before": fit.before.margin, "after": fit.after.margin},
        "cohort": {"before": len(fit.before.cohort), "after": len(fit.after.cohort)},
        "genuine": {**_quantiles(fit.trials, genuine=True), "across_recordings": fit.across},
        "impostor": _quantiles(fit.trials, genuine=False),
        "eer": found.eer,
        "far": found.false_accept_rate,
        "frr": found.false_reject_rate,
        "false_accepts": found.false_accepts,
        "false_rejects": found.false_rejects,
    }


def _quantiles(trials: Sequence[Trial], *, genuine: bool) -> dict[str, Any]:
    scores = scores_of(trials, genuine=genuine)
    shares = {"lowest": 0.0, "1 %": 0.01, "median": 0.5, "99 %": 0.99, "highest": 1.0}
    return {"trials": len(scores), **{name: float(np.quantile(scores, share)) for name, share in shares.items()}}
