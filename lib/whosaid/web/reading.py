"""The routes of videos: their list, their transcripts, and the files of both: exports and recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response

from whosaid import formats
from whosaid.passages import PassageRule, cut
from whosaid.store import StoredTranscript
from whosaid.types import UNKNOWN, Passage, Seconds
from whosaid.web.rendering import render
from whosaid.web.site import SiteOf
from whosaid.web.tints import tint

router = APIRouter()

PAGE: Final = 50
PARAGRAPH: Final = PassageRule(min_chars=400, max_chars=700, max_seconds=60.0, pause=2.0)
"""What is read in one piece, and shown under one time."""


class Export(StrEnum):
    """The formats that a transcript is downloaded in."""

    srt = "srt"
    vtt = "vtt"
    json = "json"


_MEDIA_TYPES: Final = {
    Export.srt: "application/x-subrip",
    Export.vtt: "text/vtt",
    Export.json: "application/json",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of a recording as the page shows it."""

    name: str
    tint: int
    number: int | None  # of an unknown voice that is known again elsewhere
    is_named: bool
    speech: Seconds


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words under one time; the voice is told where it changes."""

    voice: Voice
    passage: Passage
    begins: bool


@router.get("/videos")
def list_videos(
    request: Request,
    site: SiteOf,
    channel: Annotated[str | None, Query()] = None,
    after: Annotated[str | None, Query()] = None,
) -> Response:
    """List the videos, newest first."""
    videos = site.browser.videos(channel, after, PAGE + 1)
    return render(
        request, "videos.html", videos=videos[:PAGE], channel=channel, choices=site.browser.choices(),
        more=len(videos) > PAGE,
    )  # fmt: skip


@router.get("/videos/{video_id:path}")
def show_transcript(request: Request, site: SiteOf, video_id: str) -> Response:
    """Show who says what in a video; any word plays from there."""
    told = site.archive.transcript(video_id)
    voices = _voices(told, site.browser.voice_numbers(told.video.id))
    return render(
        request, "transcript.html", told=told, video=told.video, voices=voices, formats=Export,
        paragraphs=_paragraphs(told, voices), playback=site.playback(told.video.id, told.video.url),
    )  # fmt: skip


@router.get("/exports/{video_id:path}")
def export(site: SiteOf, video_id: str, form: Annotated[Export, Query(alias="format")]) -> Response:
    """Send a transcript as a file."""
    told = site.archive.transcript(video_id)
    name = quote(f"{formats.one_line(told.video.title) or told.video.id}.{form}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(_write(told, form), headers=headers, media_type=f"{_MEDIA_TYPES[form]}; charset=utf-8")


@router.get("/audio/{video_id:path}")
def play(site: SiteOf, video_id: str) -> Response:
    """Send the recording of a video, or the range of it that a player asks for."""
    file = site.library.path(site.browser.audio(video_id))
    if not file.is_file():
        raise HTTPException(404, "the recording of this video is not on this machine: ingest the video again")
    return FileResponse(file, media_type="audio/flac")


def _write(told: StoredTranscript, form: Export) -> str:
    match form:
        case Export.srt:
            return formats.to_srt(told.utterances)
        case Export.vtt:
            return formats.to_vtt(told.utterances)
        case Export.json:
            return formats.to_json(told.video, told.utterances)


def _voices(told: StoredTranscript, numbers: dict[str, int]) -> dict[tuple[str, str], Voice]:
    """Return the voices by label and speaker, in order of their first words."""
    speech = dict[tuple[str, str], Seconds]()
    for each in told.utterances:
        key = each.label, each.speaker
        speech[key] = speech.get(key, 0.0) + each.duration
    names = {key: _name(*key, numbers) for key in speech}
    tints = tint(names.values())
    return {
        (label, speaker): Voice(
            name=names[label, speaker],
            tint=tints[names[label, speaker]],
            number=numbers.get(label) if speaker == UNKNOWN else None,
            is_named=speaker != UNKNOWN,
            speech=seconds,
        )
        for (label, speaker), seconds in speech.items()
    }


def _name(label: str, speaker: str, numbers: dict[str, int]) -> str:
    if speaker != UNKNOWN:
        return speaker
    return f"Unknown voice {numbers[label]}" if label in numbers else f"Unknown {label}"


def _paragraphs(told: StoredTranscript, voices: dict[tuple[str, str], Voice]) -> Sequence[Paragraph]:
    shown = list[Paragraph]()
    for each in cut(told.utterances, PARAGRAPH):
        voice = voices[each.label, each.speaker]
        shown.append(Paragraph(voice, each, begins=not shown or shown[-1].voice != voice))
    return shown
