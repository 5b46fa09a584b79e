"""Enrolments, changes and the roster as JSON."""

from __future__ import annotations

from typing import Any

from whosaid.formats import address_at
from whosaid.speakers.assessment import Resemblance
from whosaid.speakers.enrolling import Enrolled
from whosaid.speakers.relabelling import Relabelling
from whosaid.speakers.roster import Roster, Speaker
from whosaid.store import Enrolment, HeardVoice


def describe_enrolled(enrolled: Enrolled) -> dict[str, Any]:
    """Describe a voiceprint and what it is worth."""
    voiceprint, found = enrolled.voiceprint, enrolled.assessment
    return {
        "speaker": voiceprint.speaker,
        "version": enrolled.version,
        "model_key": voiceprint.model_key,
        "dimension": voiceprint.centroids.shape[1],
        "centroids": len(voiceprint.centroids),
        "clips": list(voiceprint.clips),
        "windows": found.windows,
        "seconds": found.seconds,
        "self_similarity": {"mean": found.similarity, "lowest": found.lowest},
        "nearest": _resemblance(found.nearest),
        "threshold": found.threshold,
        "false_accepts": {"count": found.false_accepts, "of": found.others},
        "false_rejects": {"count": found.false_rejects, "of": found.groups},
        "recognised": {"labels": found.accepts, "faintest": _resemblance(found.faintest)},
    }


def _resemblance(found: Resemblance | None) -> dict[str, Any] | None:
    return None if found is None else {"name": found.name, "cosine": found.cosine}


def describe_changes(relabelled: Relabelling) -> dict[str, Any]:
    """Describe what naming the archive again came to."""
    return {
        "model_key": relabelled.model_key,
        "recordings": relabelled.recordings,
        "written": relabelled.written,
        "republished": relabelled.republished,
        "vectors_reused": relabelled.vectors,
        "vectors_embedded": 0,
        "unknown_voices": relabelled.unknown_voices,
        "changes": [
            {
                "video": each.video.id,
                "title": each.video.title,
                "label": each.label,
                "before": each.before,
                "after": each.after,
                "score": each.score,
            }
            for each in relabelled.changes
        ],
    }


def describe_roster(roster: Roster) -> dict[str, Any]:
    """Describe all voices of an archive."""
    return {
        "speakers": [_speaker(each) for each in roster.speakers],
        "unknown": [{"voice": each.number, **_heard(each)} for each in roster.unknown],
        "too_short": roster.rest and {"hours": roster.rest.speech / 3600, "videos": roster.rest.videos},
        "voice_models": list(roster.models),
    }


def _speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "name": speaker.name,
        **_heard(speaker.heard),
        "voiceprints": [_enrolment(each) for each in speaker.enrolments],
    }


def _heard(voice: HeardVoice | None) -> dict[str, Any]:
    if voice is None:
        return {"hours": 0.0, "videos": 0, "sample": None}
    address = address_at(voice.sample.id, voice.sample.url, voice.moment)
    return {"hours": voice.speech / 3600, "videos": voice.videos, "sample": address}


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    return {
        "model_key": enrolment.model_key,
        "version": enrolment.version,
        "windows": enrolment.windows,
        "seconds": enrolment.seconds,
        "clips": list(enrolment.clips),
    }
