"""Measures an archive against references, with the voices that are enrolled in it."""

from __future__ import annotations

from collections.abc import Mapping

from whosaid.errors import ConfigurationError
from whosaid.evaluation import Episode, Evaluation, Reference, evaluate
from whosaid.naming import read_naming
from whosaid.store import Archive


def evaluate_archive(archive: Archive, references: Mapping[str, Reference]) -> Evaluation:
    """Return the scores of the archive on the recordings of the references, by name of the session.

    A session is named like its video: by id, address or name of the file. ArchiveError where the archive lacks one:
    an average over what happens to be there would flatter; ConfigurationError where voice models differ.
    """
    model_key = _voice_model(archive, references)
    episodes = [_episode(archive, session, each, model_key) for session, each in references.items()]
    if model_key is None:
        return evaluate(episodes)
    naming = read_naming(archive, model_key)
    return evaluate(episodes, naming.voiceprints, naming.calibration)


def _voice_model(archive: Archive, references: Mapping[str, Reference]) -> str | None:
    """Return the voice model that heard the recordings, None where it heard nobody."""
    found = {model_key for session in references if (model_key := archive.voice_model(session)) is not None}
    if len(found) > 1:
        raise ConfigurationError(
            f"several voice models heard these recordings ({', '.join(sorted(found))}), and their scores cannot be "
            "compared: ingest all of them with one profile"
        )
    return next(iter(found), None)


def _episode(archive: Archive, session: str, reference: Reference, model_key: str | None) -> Episode:
    told = archive.transcript(session)
    heard = archive.heard_in(session, model_key) if model_key is not None else None
    return Episode(
        name=session,
        video=told.video,
        reference=reference,
        utterances=told.utterances,
        diarization=told.diarization,
        identities=told.identities,
        voices=heard.voices if heard else None,
    )
