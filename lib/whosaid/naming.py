"""What the voices of an archive are named by."""

from __future__ import annotations

from dataclasses import dataclass

from whosaid import canonical
from whosaid.store import Archive
from whosaid.types import Calibration, Voiceprint


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """The enrolled voices of one voice model, and when a voice carries a name."""

    voiceprints: tuple[Voiceprint, ...]
    calibration: Calibration

    @property
    def fingerprint(self) -> str:
        """The digest of all that decides the names but the voices themselves."""
        voiceprints = canonical.fingerprint(self.voiceprints, tuple[Voiceprint, ...])
        return canonical.digest(voiceprints, canonical.fingerprint(self.calibration))


def read_naming(archive: Archive, model_key: str) -> Naming:
    """Read what voices are named by now; for a voice model nobody is enrolled with, all stay unknown."""
    return Naming(archive.voiceprints(model_key), archive.calibration(model_key))
