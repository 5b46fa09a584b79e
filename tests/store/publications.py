"""Publications to try the store with: two voices that take turns, one word a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from whosaid.types import (
    Audio,
    Diarization,
    Identity,
    Passage,
    PassageVectors,
    Publication,
    Span,
    Transcript,
    Turn,
    Utterance,
    Vectors,
    Video,
    VoiceVectors,
    Word,
)

MODEL: Final = "model-a"
DIMENSION: Final = 8
_SPEAKERS: Final = (("SPEAKER_00", "Ada"), ("SPEAKER_01", "unknown"))
_WORDS_A_TURN: Final = 3


def video(external_id: str = "one", kind: str = "feed", title: str = "A title") -> Video:
    return Video(kind, external_id, f"https://example.org/{kind}/{external_id}", title, "A channel", None, 61.0)


def unit(rows: int, dimension: int, seed: int = 0) -> Vectors:
    """Return rows of length 1."""
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def publication(
    of: Video | None = None, *, turns: int = 4, model_key: str = MODEL, dimension: int = DIMENSION, seed: int = 0
) -> Publication:
    """Make a publication with one utterance and one passage a turn; no speech where there are no turns."""
    said = tuple(_utterance(i) for i in range(turns))
    words = tuple(word for utterance in said for word in utterance.words)
    passages = tuple(Passage(it.start, it.end, it.label, it.speaker, it.words) for it in said)
    exclusive = tuple(Turn(it.start, it.end, it.label) for it in said)
    voiced = tuple(Span(it.start, it.end) for it in said[::2])
    return Publication(
        video=of or video(),
        audio=Audio("5ha256", 60.25),
        transcript=Transcript(words, "en"),
        diarization=Diarization(exclusive, exclusive[:1]),
        voices=VoiceVectors("voice-a", voiced, unit(len(voiced), 6, seed)),
        identities=tuple(Identity(label, speaker, 0.75, 0.25) for label, speaker in _SPEAKERS[: min(turns, 2)]),
        utterances=said,
        passages=passages,
        embeddings=PassageVectors(model_key, unit(turns, dimension, seed)),
        fingerprint="print-1",
        naming="names-1",
    )


def with_vectors(of: Publication, vectors: Sequence[Sequence[float]]) -> Publication:
    """Give the passages other vectors."""
    rows = np.array(vectors, np.float32)
    return replace(of, embeddings=PassageVectors(of.embeddings.model_key, rows))


def _utterance(i: int) -> Utterance:
    label, speaker = _SPEAKERS[i % 2]
    start = float(i * _WORDS_A_TURN)
    words = tuple(Word(start + j, start + j + 0.1 * 9, f"word{i}.{j}", 1 / 3) for j in range(_WORDS_A_TURN))
    return Utterance(words[0].start, words[-1].end, label, speaker, words)
