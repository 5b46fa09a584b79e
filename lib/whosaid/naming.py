"""What the voices of an archive are named by."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from whosaid import canonical
from whosaid.store import Archive
from whosaid.types import Calibration, Voiceprint

_log = logging.getLogger("whosaid.naming")


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
    """Read what voices are named by now; for a voice model nobody is enrolled with, all stay unknown.

    Speakers who are enrolled by another voice model alone are told of: they are not recognised.
    """
    naming = Naming(archive.voiceprints(model_key), archive.calibration(model_key))
    enrolled = {each.speaker for each in naming.voiceprints}
    if lost := sorted({each.speaker for each in archive.enrolments()} - enrolled):
        _log.warning("enrolled by another voice model than %s, so not recognised: %s; enrol them again with this one",
                     model_key, ", ".join(lost))  # fmt: skip
    return naming
