"""Recordings in which voices of given directions take turns, published as an ingest would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from tests.store.publications import MODEL, unit, video
from whosaid.attribution import attribute
from whosaid.naming import read_naming
from whosaid.passages import PassageRule, cut
from whosaid.profiles import DEMO_VOICES
from whosaid.store import Archive
from whosaid.types import (
    Audio,
    Diarization,
    Identity,
    PassageVectors,
    Publication,
    Transcript,
    Turn,
    Vectors,
    VoiceVectors,
    Word,
)
from whosaid.voices.identification import identify

DIMENSION: Final = 16
VOICE_MODEL: Final = DEMO_VOICES.model_key
TURN: Final = 6.0  # seconds
ROUNDS: Final = 4  # turns of each voice, in rotation


def near(of: int, cosine: float = 0.98, towards: int = 15) -> Vectors:
    """Return a voice at a cosine to that of an axis, leaning towards another axis."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    return (cosine * axes[of] + np.sqrt(1 - cosine**2) * axes[towards]).astype(np.float32)


def talk(
    archive: Archive,
    external_id: str,
    voices: Mapping[str, Vectors],
    *,
    rounds: int = ROUNDS,
    model_key: str = VOICE_MODEL,
    title: str = "A talk",
) -> Publication:
    """Publish a recording whose labels have these voices, named by the present voiceprints."""
    labels = [*voices] * rounds
    turns = tuple(Turn(i * TURN, (i + 1) * TURN, label) for i, label in enumerate(labels))
    vectors = np.stack([voices[label] for label in labels])
    of = _publication(archive, external_id, title, turns, VoiceVectors(model_key, turns, vectors))
    archive.publish(of)
    return of


def _publication(
    archive: Archive, external_id: str, title: str, turns: Sequence[Turn], voices: VoiceVectors
) -> Publication:
    diarization, naming = Diarization(tuple(turns)), read_naming(archive, voices.model_key)
    transcript = Transcript(tuple(Word(turn.start, turn.end, f"word{turn.label}", 0.9) for turn in turns), "en")
    identities = identify(diarization, voices, naming.voiceprints, naming.calibration)
    utterances = attribute(transcript, diarization, identities)
    passages = cut(utterances, PassageRule(min_chars=5, max_chars=20))
    return Publication(
        video=video(external_id, title=title),
        audio=Audio("5ha256", turns[-1].end),
        transcript=transcript,
        diarization=diarization,
        voices=voices,
        identities=identities,
        utterances=utterances,
        passages=passages,
        embeddings=PassageVectors(MODEL, unit(len(passages), 8)),
        fingerprint="print-1",
        naming=naming.fingerprint,
    )


def names(archive: Archive, external_id: str) -> dict[str, str]:
    """Return who the labels of a recording are."""
    return {each.label: each.speaker for each in archive.transcript(external_id).identities}


def identities(archive: Archive, external_id: str) -> tuple[Identity, ...]:
    return archive.transcript(external_id).identities
