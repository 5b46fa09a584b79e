"""Who there is in an archive: the speakers with their voiceprints, and the unknown voices with their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from whosaid.errors import ConfigurationError
from whosaid.store import Archive, Enrolment, HeardVoice
from whosaid.types import UNKNOWN


@dataclass(frozen=True, slots=True)
class Speaker:
    """A name, as far as it is enrolled and heard; one of the two may be missing."""

    name: str
    heard: HeardVoice | None
    enrolments: tuple[Enrolment, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """All voices of an archive, most speech first."""

    speakers: tuple[Speaker, ...]
    unknown: tuple[HeardVoice, ...]  # with a number
    rest: HeardVoice | None  # all unknown voices that are heard too little to be known again, together
    models: tuple[str, ...]  # by which voices of the archive were heard

    @property
    def recurring(self) -> tuple[HeardVoice, ...]:
        """The unknown voices of more than one video."""
        return tuple(each for each in self.unknown if each.videos > 1)


def read_roster(archive: Archive) -> Roster:
    """Return who is enrolled and who is heard."""
    heard = archive.heard_voices()
    enrolments = archive.enrolments()
    by_name = {each.speaker: each for each in heard if each.speaker != UNKNOWN}
    names = [*by_name, *dict.fromkeys(each.speaker for each in enrolments if each.speaker not in by_name)]
    unknown = [each for each in heard if each.speaker == UNKNOWN]
    return Roster(
        speakers=tuple(
            Speaker(name, by_name.get(name), tuple(each for each in enrolments if each.speaker == name))
            for name in names
        ),
        unknown=tuple(each for each in unknown if each.number is not None),
        rest=next((each for each in unknown if each.number is None), None),
        models=tuple(archive.voice_models()),
    )


def require_speaker(archive: Archive, name: str) -> tuple[Enrolment, ...]:
    """Return the enrolments of a speaker; ConfigurationError, with the names there are, where there is none."""
    enrolments = archive.enrolments()
    found = tuple(each for each in enrolments if each.speaker == name)
    if not found:
        names = ", ".join(dict.fromkeys(each.speaker for each in enrolments)) or "nobody"
        raise ConfigurationError(f"nobody is enrolled as {name!r}; there is {names}")
    return found
