"""Publications that say something: half a second a word, a passage a line, the vector of line i along axis i."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.store.publications import MODEL, video
from whosaid.store import Hit, QueryVector
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
    Video,
    VoiceVectors,
    Word,
)

AXES = 12


def speech(*lines: tuple[str, str], of: Video | None = None, language: str = "en") -> Publication:
    """Make a publication of lines, each of a speaker and a text; a speaker's label is the same in all lines."""
    labels = {name: f"SPEAKER_{i:02}" for i, name in enumerate(dict.fromkeys(name for name, _ in lines))}
    passages = list[Passage]()
    for name, text in lines:
        start = passages[-1].end if passages else 0.0
        words = [Word(start + i / 2, start + i / 2 + 0.5, word, 0.9) for i, word in enumerate(text.split())]
        passages.append(Passage(start, words[-1].end, labels[name], name, tuple(words)))
    turns = tuple(Turn(each.start, each.end, each.label) for each in passages)
    return Publication(
        video=of or video(),
        audio=Audio("5ha256", passages[-1].end),
        transcript=Transcript(tuple(word for each in passages for word in each.words), language),
        diarization=Diarization(turns),
        voices=VoiceVectors("voice-a", (Span(turns[0].start, turns[0].end),), np.eye(1, 4, dtype=np.float32)),
        identities=tuple(Identity(label, name, 0.9, 0.9) for name, label in labels.items()),
        utterances=tuple(Utterance(it.start, it.end, it.label, it.speaker, it.words) for it in passages),
        passages=tuple(passages),
        embeddings=PassageVectors(MODEL, np.eye(len(passages), AXES, dtype=np.float32)),
        fingerprint="print-1",
        naming="names-1",
    )


def toward(*lines: int) -> QueryVector:
    """Return a query that means what the lines mean, the first most."""
    vector = np.zeros(AXES, np.float32)
    vector[list(lines)] = [1 / (2 + i) for i in range(len(lines))]
    return QueryVector(MODEL, vector / np.linalg.norm(vector))


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.text for hit in hits]


def marked(hit: Hit) -> list[str]:
    return [hit.text[first:last] for first, last in hit.highlights]
