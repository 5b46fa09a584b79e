"""Enrolled voices. Enrolling again adds a version; the highest counts."""

from __future__ import annotations

from typing import Final

import numpy as np
from sqlalchemy import text

from whosaid.store.database import Database
from whosaid.types import Voiceprint

_SPEAKER: Final = text("""
    INSERT INTO speakers (name) VALUES (:speaker) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
""")
_VOICEPRINT: Final = text("""
    INSERT INTO voiceprints (speaker_id, model_key, version, dimension, centroids)
    SELECT :id, :model_key, coalesce(max(version), 0) + 1, :dimension, :centroids
    FROM voiceprints WHERE speaker_id = :id AND model_key = :model_key
    RETURNING version
""")
_CURRENT: Final = text("""
    SELECT DISTINCT ON (s.name) s.name, v.model_key, v.centroids
    FROM voiceprints v JOIN speakers s ON s.id = v.speaker_id
    WHERE v.model_key = :model_key ORDER BY s.name, v.version DESC
""")


def keep_voiceprint(database: Database, voiceprint: Voiceprint) -> int:
    """Add a voiceprint as the newest of its speaker and model; return its version."""
    with database.begin() as connection:
        # The upsert locks the speaker: two enrolments of one name get two versions.
        speaker_id = connection.execute(_SPEAKER, {"speaker": voiceprint.speaker}).scalar_one()
        values = {
            "id": speaker_id,
            "model_key": voiceprint.model_key,
            "dimension": voiceprint.centroids.shape[1],
            "centroids": voiceprint.centroids.tolist(),
        }
        return connection.execute(_VOICEPRINT, values).scalar_one()


def voiceprints(database: Database, model_key: str) -> tuple[Voiceprint, ...]:
    """Return the newest voiceprint of every speaker by one voice model, in order of name."""
    with database.begin() as connection:
        rows = connection.execute(_CURRENT, {"model_key": model_key})
        return tuple(Voiceprint(row.name, row.model_key, np.array(row.centroids, np.float32)) for row in rows)
