"""What must hold of a video before its transaction may commit."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy import Connection, text

from whosaid.errors import InvariantError
from whosaid.types import Publication, Vectors, places

_LENGTH_TOLERANCE: Final = 1e-2  # of a vector's length from 1; half-precision models are off by 1e-3

# Each asks for a violation among the rows of one source, in its transaction.
_VIOLATIONS: Final = {
    "has words but no passages": text("""
        SELECT EXISTS (SELECT FROM utterances WHERE source_id = :id AND jsonb_array_length(words) > 0)
           AND NOT EXISTS (SELECT FROM passages WHERE source_id = :id)
    """),
    "does not give every word of the transcript to an utterance": text("""
        SELECT coalesce(sum(jsonb_array_length(words)), 0) <> :words FROM utterances WHERE source_id = :id
    """),
    "has a passage that is not embedded with its model": text("""
        SELECT EXISTS (SELECT FROM passages p WHERE p.source_id = :id AND NOT EXISTS
            (SELECT FROM passage_embeddings e WHERE e.passage_id = p.id AND e.model_key = :model_key))
    """),
    "has vectors of another dimension than its model has in this archive": text("""
        SELECT EXISTS (SELECT FROM passages p JOIN passage_embeddings e ON e.passage_id = p.id
            JOIN text_models m USING (model_key) WHERE p.source_id = :id AND vector_dims(e.embedding) <> m.dimension)
    """),
    "has times that run backward": text("""
        SELECT coalesce(bool_or(start_s < before), false) FROM (
            SELECT start_s, lag(start_s) OVER (PARTITION BY kind ORDER BY ordinal) AS before FROM (
                SELECT 'passage' AS kind, ordinal, start_s FROM passages WHERE source_id = :id UNION ALL
                SELECT 'utterance', ordinal, start_s FROM utterances WHERE source_id = :id UNION ALL
                SELECT 'turn', ordinal, start_s FROM turns WHERE source_id = :id AND layer = 'exclusive'
            ) AS spans
        ) AS steps
    """),
}


def check_values(publication: Publication) -> None:
    """Refuse a publication whose parts do not fit each other, before anything is written."""
    words, voices, embeddings = publication.transcript.words, publication.voices, publication.embeddings
    if any(later.start < earlier.start for earlier, later in pairwise(words)):
        raise _broken(publication, "has words that run backward")
    if len(embeddings.vectors) != len(publication.passages):
        raise _broken(publication, f"has {len(embeddings.vectors)} vectors for {len(publication.passages)} passages")
    if len(voices.vectors) != len(voices.spans) or None in places(voices.spans, publication.diarization.turns):
        raise _broken(publication, "has voice vectors that belong to no turn")
    if not (_unit(embeddings.vectors) and _unit(voices.vectors)):
        raise _broken(publication, "has vectors that are not of length 1")


def check_rows(connection: Connection, source_id: int, publication: Publication) -> None:
    """Refuse to commit rows that contradict each other or the rest of the archive."""
    values = {
        "id": source_id,
        "words": len(publication.transcript.words),
        "model_key": publication.embeddings.model_key,
    }
    for violation, question in _VIOLATIONS.items():
        if connection.execute(question, values).scalar_one():
            raise _broken(publication, violation)


def _unit(vectors: Vectors) -> bool:
    lengths = np.linalg.norm(vectors, axis=-1) if len(vectors) else np.ones(0)
    return bool(np.all(np.abs(lengths - 1) <= _LENGTH_TOLERANCE))


def _broken(publication: Publication, violation: str) -> InvariantError:
    return InvariantError(
        f"{publication.video.id} {violation}, by {publication.embeddings.model_key}: nothing of it was published; "
        "run its stages again, and report it as a bug if that does not help"
    )
