"""Enrolled voices, and when a voice carries their names. Each change adds a version; the highest counts."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sqlalchemy import Row, text

from whosaid.store.database import Database
from whosaid.types import Calibration, Voiceprint

_SPEAKER: Final = text("""
    INSERT INTO speakers (name) VALUES (:speaker) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
""")
_VOICEPRINT: Final = text("""
    INSERT INTO voiceprints (speaker_id, model_key, version, dimension, centroids, windows, seconds, clips)
    SELECT :id, :model_key, coalesce(max(version), 0) + 1, :dimension, :centroids, :windows, :seconds, :clips
    FROM voiceprints WHERE speaker_id = :id AND model_key = :model_key
    RETURNING version
""")
_CURRENT: Final = text("""
    SELECT DISTINCT ON (s.name) s.name, v.model_key, v.centroids, v.windows, v.seconds, v.clips
    FROM voiceprints v JOIN speakers s ON s.id = v.speaker_id
    WHERE v.model_key = :model_key ORDER BY s.name, v.version DESC
""")
_CALIBRATION: Final = text("""
    INSERT INTO calibrations (model_key, version, threshold, margin, cohort)
    SELECT :model_key, coalesce(max(version), 0) + 1, :threshold, :margin, CAST(:cohort AS real[][])
    FROM calibrations WHERE model_key = :model_key
    RETURNING version
""")
_CALIBRATED: Final = text("""
    SELECT threshold, margin, cohort FROM calibrations WHERE model_key = :model_key ORDER BY version DESC LIMIT 1
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
            "windows": voiceprint.windows,
            "seconds": voiceprint.seconds,
            "clips": list(voiceprint.clips),
        }
        return connection.execute(_VOICEPRINT, values).scalar_one()


def voiceprints(database: Database, model_key: str) -> tuple[Voiceprint, ...]:
    """Return the newest voiceprint of every speaker by one voice model, in order of name."""
    with database.begin() as connection:
        rows = connection.execute(_CURRENT, {"model_key": model_key})
        return tuple(_voiceprint(row) for row in rows)


def keep_calibration(database: Database, calibration: Calibration) -> int:
    """Add a calibration as the newest of its voice model; return its version."""
    values = {
        "model_key": calibration.model_key,
        "threshold": calibration.threshold,
        "margin": calibration.margin,
        "cohort": calibration.cohort.tolist(),
    }
    with database.begin() as connection:
        return connection.execute(_CALIBRATION, values).scalar_one()


def calibration(database: Database, model_key: str) -> Calibration:
    """Return the newest calibration of a voice model, the default one where there is none."""
    with database.begin() as connection:
        row = connection.execute(_CALIBRATED, {"model_key": model_key}).one_or_none()
    if row is None:
        return Calibration(model_key)
    cohort = {"cohort": np.array(row.cohort, np.float32)} if row.cohort else {}
    return Calibration(model_key, row.threshold, row.margin, **cohort)


def _voiceprint(row: Row[Any]) -> Voiceprint:
    centroids = np.array(row.centroids, np.float32)
    return Voiceprint(row.name, row.model_key, centroids, row.windows, row.seconds, tuple(row.clips))
