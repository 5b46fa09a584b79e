"""The routes of voices: who is heard, and the form that gives an unknown voice its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as File
from tempfile import gettempdir
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from whosaid.errors import EnrolmentError, WhosaidError
from whosaid.profiles import PROFILES
from whosaid.speakers.enrolling import Enrolled, Former, enrol, prepare, unnamed
from whosaid.speakers.listening import Listener
from whosaid.speakers.relabelling import Relabelling, relabel
from whosaid.speakers.roster import Roster, read_roster
from whosaid.store import Archive, HeardVoice
from whosaid.voices import VoiceSpec
from whosaid.web.failures import UNAVAILABLE, status_of
from whosaid.web.rendering import render
from whosaid.web.site import Playback, Site, SiteOf

router = APIRouter()

MOST: Final = 60
"""How many unknown voices are shown: those that are heard most."""


class Naming(BaseModel):
    """What the form says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=1_000)
    former: Former = Former.kept


async def _read_form(request: Request) -> Naming:
    """Read the form that a browser posts; 400 for one that is another."""
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=8)
        return Naming.model_validate(dict(fields))
    except ValueError as e:  # of the decoding, the parsing or the model
        raise HTTPException(400, "the form says something else than a name: load the page again") from e


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of naming a voice."""

    message: str
    is_refusal: bool


@router.get("/voices")
def list_voices(request: Request, site: SiteOf) -> Response:
    """List the speakers and the unknown voices, each with a sample to hear."""
    return _show(request, site, 200, None)


@router.get("/voices/{number}")
def find_voice(number: Annotated[int, Path(ge=1)]) -> Response:
    """Lead to a voice in the list: what is left in the address bar after naming it."""
    return RedirectResponse(f"/voices#voice-{number}", 303)


@router.post("/voices/{number}")
def name_voice(
    request: Request,
    site: SiteOf,
    number: Annotated[int, Path(ge=1, lt=10**9)],
    form: Annotated[Naming, Depends(_read_form)],
) -> Response:
    """Give an unknown voice its name in all of its videos, or say why not."""
    try:
        return _show(request, site, 200, Outcome(_name(site, number, form), is_refusal=False))
    except WhosaidError as e:
        if status_of(e) == UNAVAILABLE:
            raise
        return _show(request, site, status_of(e), Outcome(f"Voice {number} is not named: {e}", is_refusal=True))


def _show(request: Request, site: Site, status: int, outcome: Outcome | None) -> Response:
    roster = read_roster(site.archive)
    unknown = roster.unknown[:MOST]
    heard = [each for each in (*(speaker.heard for speaker in roster.speakers), *unknown) if each]
    samples = {each: _playback(site, each) for each in heard}
    return render(request, "voices.html", status, roster=roster, unknown=unknown, samples=samples, outcome=outcome)


def _playback(site: Site, heard: HeardVoice) -> Playback:
    return site.playback(heard.sample.id, heard.sample.url, heard.moment)


def _name(site: Site, number: int, form: Naming) -> str:
    roster = read_roster(site.archive)
    spec = _heard_by(site.archive, roster, number)
    _require_choice(roster, spec.model_key, form)
    listener = Listener(site.archive, site.engines, spec, File(gettempdir()))  # nothing is fetched for such a clip
    enrolled = enrol(listener, prepare(listener, form.name, [f"voice:{number}"], form.former))
    return _tell(number, enrolled, relabel(site.archive, spec.model_key), unnamed(site.archive, enrolled))


def _require_choice(roster: Roster, model_key: str, form: Naming) -> None:
    """Refuse a choice that does not fit the speaker in the words of the form; EnrolmentError."""
    name = form.name.strip()
    enrolled = {
        speaker.name for speaker in roster.speakers if any(each.model_key == model_key for each in speaker.enrolments)
    }
    if form.former is Former.kept and name in enrolled:
        raise EnrolmentError(f"{name} has a voiceprint: choose to add this voice to it, or to replace it")
    if form.former is not Former.kept and name.casefold() not in map(str.casefold, enrolled):
        raise EnrolmentError(f"{name} has no voiceprint yet: choose somebody new, or check the name")


def _heard_by(archive: Archive, roster: Roster, number: int) -> VoiceSpec:
    """Return the voice model that heard an unknown voice; EnrolmentError where there is none."""
    specs = {profile.voices.model_key: profile.voices for profile in PROFILES.values()}
    for model_key in roster.models:
        if model_key in specs and archive.heard_as(number, model_key):
            return specs[model_key]
    raise EnrolmentError("there is no such unknown voice any more, or no profile has its voice model")


def _tell(number: int, enrolled: Enrolled, relabelled: Relabelling, left: tuple[str, ...]) -> str:
    videos = len({each.video.id for each in relabelled.changes})
    labels, where = _count(len(relabelled.changes), "label"), _count(videos, "video")
    said = f"Voice {number} is {enrolled.voiceprint.speaker}: {labels} renamed in {where}."
    return f"{said} Still without the name, being too unlike: {', '.join(left)}." if left else said


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
