"""Enrols a speaker: hears the clips, refuses what makes no voiceprint, keeps a version, and says what it is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from whosaid.errors import EnrolmentError
from whosaid.naming import Naming
from whosaid.speakers.assessment import Assessment, assess
from whosaid.speakers.clips import check_name, parse_clip
from whosaid.speakers.listening import Listener, Speech
from whosaid.speakers.relabelling import require_heard_by
from whosaid.store import Archive
from whosaid.types import Voiceprint
from whosaid.voices.enrolment import HeardClip, add, is_same, join, make_voiceprint, require_speech
from whosaid.voices.identification import Voice, score


class Former(StrEnum):
    """What becomes of a voiceprint that the speaker has already."""

    kept = "kept"  # and the new one refused
    replaced = "replaced"
    added = "added"


_OPTIONS: Final = {Former.replaced: "again", Former.added: "add"}


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A voiceprint that was kept."""

    voiceprint: Voiceprint
    version: int
    assessment: Assessment
    archived: tuple[str, ...]  # the labels of the archive it is made of, VIDEO#LABEL


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """An enrolment that nothing speaks against but, perhaps, what is heard in its clips."""

    speaker: str
    former: Former
    known: Voiceprint | None  # the present voiceprint of the speaker
    naming: Naming
    gathered: tuple[Speech | HeardClip, ...]

    @property
    def needs_engine(self) -> bool:
        return any(isinstance(each, Speech) for each in self.gathered)


def prepare(listener: Listener, name: str, clips: Sequence[str], former: Former = Former.kept) -> Request:
    """Check the name and gather the clips: all that takes no model; EnrolmentError for what makes no voiceprint."""
    archive, model_key = listener.archive, listener.spec.model_key
    require_heard_by(archive, model_key)
    naming = Naming(archive.voiceprints(model_key), archive.calibration(model_key))
    speaker = check_name(name, [each.speaker for each in archive.enrolments()])
    known = _known(speaker, naming, former)
    gathered = listener.gather([parse_clip(each) for each in _different(clips)])
    seconds, stretches = sum(each.seconds for each in gathered), sum(each.stretches for each in gathered)
    require_speech([each.name for each in gathered], seconds, stretches)
    return Request(speaker, former, known, naming, gathered)


def enrol(listener: Listener, request: Request) -> Enrolled:
    """Keep a voiceprint of the voice in the clips; EnrolmentError, with the evidence, for what makes none."""
    known, naming = request.known, request.naming
    heard = listener.hear(request.gathered)
    voiceprint = make_voiceprint(request.speaker, heard)
    _refuse_duplicate(voiceprint, known)
    _refuse_other_speaker(voiceprint, heard, naming)
    kept = add(known, voiceprint) if known and request.former is Former.added else voiceprint
    assessment = assess(listener.archive, kept, heard, naming)
    archived = tuple(each.name for each in request.gathered if isinstance(each, HeardClip))
    return Enrolled(kept, listener.archive.keep_voiceprint(kept), assessment, archived)


def unnamed(archive: Archive, enrolled: Enrolled) -> tuple[str, ...]:
    """Return the labels that a speaker was enrolled from and that do not have the name all the same."""
    speaker, model_key = enrolled.voiceprint.speaker, enrolled.voiceprint.model_key
    return tuple(name for name in enrolled.archived if _speaker_of(archive, name, model_key) != speaker)


def _speaker_of(archive: Archive, name: str, model_key: str) -> str | None:
    video, _, label = name.rpartition("#")
    recording = archive.heard_in(video, model_key)
    return next((each.speaker for each in recording.identities if each.label == label), None) if recording else None


def _known(speaker: str, naming: Naming, former: Former) -> Voiceprint | None:
    """Return the present voiceprint of the speaker; EnrolmentError where what is to become of it does not fit."""
    known = next((each for each in naming.voiceprints if each.speaker == speaker), None)
    if known is None and former is not Former.kept:
        raise EnrolmentError(f"{speaker} is not enrolled yet: leave out --{_OPTIONS[former]}, or check the name")
    if known is not None and former is Former.kept:
        raise EnrolmentError(
            f"{speaker} is enrolled already, by {known.seconds:.0f} s of {', '.join(known.clips)}: "
            "replace that with --again, or add to it with --add"
        )
    return known


def _different(clips: Sequence[str]) -> Sequence[str]:
    if not clips:
        raise EnrolmentError("there are no clips to hear the speaker in: name at least one")
    if repeated := [each for each, times in Counter(clips).items() if times > 1]:
        raise EnrolmentError(f"{repeated[0]} is named twice: a voice is not clearer for being heard again")
    return clips


def _refuse_duplicate(voiceprint: Voiceprint, known: Voiceprint | None) -> None:
    if known is not None and is_same(known, voiceprint):
        raise EnrolmentError(
            f"the voiceprint of {known.speaker} is made of this sound already ({', '.join(known.clips)}): "
            "nothing is changed; name other clips"
        )


def _refuse_other_speaker(voiceprint: Voiceprint, heard: Sequence[HeardClip], naming: Naming) -> None:
    """Refuse a voice that already has another name."""
    others = [each for each in naming.voiceprints if each.speaker != voiceprint.speaker]
    if not others:
        return
    voices, rule = join(heard), naming.calibration
    voice = Voice.of(voices.vectors, np.array([span.duration for span in voices.spans]))
    found = score([voice], others, rule.cohort)[0]
    names = sorted(each.speaker for each in others)
    best = int(found.argmax())
    if found[best] >= rule.threshold:
        raise EnrolmentError(
            f"this voice is enrolled as {names[best]} (score {found[best]:.2f}, threshold {rule.threshold:.2f}): "
            f"use that name, or forget it; if the two are different people, calibrate the archive"
        )
