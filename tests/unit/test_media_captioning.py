"""Captions take the place of recognition where the run allows it, they are in the right language, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError

from tests.media_site import Reply, Site, open_site
from whosaid import canonical
from whosaid.errors import BlockedError, FetchError, MediaError, WhosaidError
from whosaid.media import CaptionRule, Network, Source
from whosaid.media.captioning import captions_of
from whosaid.media.folder import LocalFolder
from whosaid.media.tracks import Subtitles, choose_track
from whosaid.media.ytdlp import YtDlp
from whosaid.types import Audio, Captions, TranscriptOrigin, Word

AUDIO: Final = Audio("5ha256", 60.0)
ENGLISH: Final = CaptionRule(use="allow", language="en")
SPOKEN: Final = CaptionRule(use="allow")


def vtt(text: str, start: str = "00:01.000", end: str = "00:03.000") -> bytes:
    return f"WEBVTT\n\n{start} --> {end}\n{text}\n".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as running:
        yield running


def page(site: Site, **captions: bytes | Reply) -> YtDlp:
    """Publish a page with one player, and captions by language."""
    site.replies["/talk.mp4"] = Reply(b"not asked for", kind="video/mp4")
    for language, content in captions.items():
        reply = content if isinstance(content, Reply) else Reply(content, kind="text/vtt")
        site.replies[f"/talk.{language}.vtt"] = reply
    return YtDlp(site.page("/talk.html", "/talk.mp4", captions), Network(timeout=2, retries=0))


def folder(tmp_path: Path, **captions: bytes) -> LocalFolder:
    """Put a recording into a folder, and captions beside it by the rest of their names."""
    place = tmp_path / "talks"
    place.mkdir()
    (place / "a talk [1].opus").write_bytes(b"not read")
    for rest, content in captions.items():
        (place / f"a talk [1].{rest.replace('__', '.')}").write_bytes(content)
    return LocalFolder(place)


def asked(source: Source, rule: CaptionRule, tmp_path: Path, audio: Audio = AUDIO) -> Captions:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    try:
        return captions_of(source, source.list().videos[0], audio, rule, scratch)
    finally:
        assert not list(scratch.iterdir())


def text(found: Captions) -> str | None:
    return found.transcript and " ".join(word.text for word in found.transcript.words)


def test_captions_of_a_page_are_its_transcript(site: Site, tmp_path: Path) -> None:
    """Words, language and origin come from the captions, by the real yt-dlp; the audio is not fetched for them."""
    found = asked(page(site, en=vtt("Hello there"), de=vtt("Hallo")), ENGLISH, tmp_path)
    assert found.transcript is not None
    assert found.transcript.origin is TranscriptOrigin.captions
    assert found.transcript.language == "en"
    assert found.transcript.words == (Word(1.0, 2.0, "Hello", 1.0), Word(2.0, 3.0, "there", 1.0))
    assert {path for _, path in site.asked} == {"/talk.html", "/talk.en.vtt"}
    assert canonical.from_json(Captions, canonical.to_json(found)) == found


def test_never_asks_nobody(site: Site, tmp_path: Path) -> None:
    """By default no captions are looked for."""
    source = page(site, en=vtt("Hello"))
    video = source.list().videos[0]
    site.asked.clear()
    assert captions_of(source, video, AUDIO, CaptionRule(), tmp_path) == Captions(None)
    assert site.asked == []


@pytest.mark.parametrize("rule", [CaptionRule(use="allow", language="fr"), SPOKEN])
def test_captions_in_another_language_are_not_taken(site: Site, tmp_path: Path, rule: CaptionRule) -> None:
    """A translation is not what is said, and where nobody says what is spoken, anything may be one."""
    assert asked(page(site, en=vtt("Hello")), rule, tmp_path) == Captions(None)


def test_a_page_without_captions_has_none(site: Site, tmp_path: Path) -> None:
    """No captions is an answer."""
    assert asked(page(site), ENGLISH, tmp_path) == Captions(None)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=404), FetchError),
        (Reply(status=500), FetchError),
        (Reply(status=429), BlockedError),
        (Reply(vtt("cut off here"), sent=20), FetchError),
        (Reply(b"<html>Please log in</html>", kind="text/html"), MediaError),
        (Reply(vtt("of another cut", "59:00.000", "59:01.000")), MediaError),
    ],
)
def test_captions_that_fail_are_an_error(site: Site, tmp_path: Path, reply: Reply, error: type[WhosaidError]) -> None:
    """What is offered and cannot be had, or is something else, is not passed over in silence."""
    source = page(site, en=reply)
    with pytest.raises(error, match=r"feed:http://\S+/talk\.html") as refusal:
        asked(source, ENGLISH, tmp_path)
    assert "\n" not in str(refusal.value)


def test_captions_without_speech_are_a_recording_without_speech(site: Site, tmp_path: Path) -> None:
    """Somebody wrote that there is only music: that is an empty transcript, and no error."""
    assert text(asked(page(site, en=vtt("[music]")), ENGLISH, tmp_path)) == ""


@pytest.mark.parametrize(
    ("captions", "rule", "expected"),
    [
        ({"vtt": vtt("plain")}, ENGLISH, "plain"),
        ({"vtt": vtt("plain")}, SPOKEN, None),
        ({"en__vtt": vtt("own")}, SPOKEN, "own"),
        ({"en__vtt": vtt("own"), "vtt": vtt("plain")}, ENGLISH, "own"),
        ({"en__vtt": vtt("own"), "de__vtt": vtt("deutsch")}, SPOKEN, None),
        ({"de__vtt": vtt("deutsch")}, ENGLISH, None),
        ({"en-GB__vtt": vtt("british"), "en__srt": b"1\n00:00:01,000 --> 00:00:02,000\nbare\n"}, ENGLISH, "bare"),
        ({"notes__vtt": vtt("no language")}, SPOKEN, None),
        ({"txt": b"notes"}, ENGLISH, None),
        ({}, ENGLISH, None),
    ],
)
def test_captions_lie_beside_a_file(
    tmp_path: Path, captions: dict[str, bytes], rule: CaptionRule, expected: str | None
) -> None:
    """They carry the name of the recording and may name their language."""
    assert text(asked(folder(tmp_path, **captions), rule, tmp_path)) == expected


def test_captions_of_another_recording_are_left_alone(tmp_path: Path) -> None:
    """A name that begins like another's is another name."""
    source = folder(tmp_path)
    (source.root / "a talk [1]en.vtt").write_bytes(vtt("other"))
    (source.root / "a talk 1.en.vtt").write_bytes(vtt("other"))
    assert asked(source, ENGLISH, tmp_path) == Captions(None)


def offered(*tags: str, formats: tuple[str, ...] = ("json3", "srv1", "vtt")) -> Subtitles:
    return {tag: [{"ext": ext, "url": f"https://example.org/{tag}.{ext}"} for ext in formats] for tag in tags}


@pytest.mark.parametrize(
    ("subtitles", "spoken", "wanted", "taken"),
    [
        (offered("de", "en", "fr"), "en", None, "en"),
        (offered("de", "en-US", "en-GB"), "en", None, "en-US"),
        (offered("en-US", "en", "en-GB"), "en-GB", None, "en-GB"),
        (offered("en-US", "en"), "en-AU", None, "en"),
        (offered("en_US"), "EN", None, "en_US"),
        (offered("de"), "en", None, None),
        (offered("de", "en"), "en", "de", "de"),
        (offered("und"), "en", None, None),
        (offered("und"), None, "en", "en"),
        (offered("live_chat", formats=("json",)), "en", None, None),
        (offered("en", formats=("json3", "ttml")), "en", None, None),
    ],
)
def test_one_track_is_taken_of_many(
    subtitles: Subtitles, spoken: str | None, wanted: str | None, taken: str | None
) -> None:
    """The language that is asked for, else the one that is spoken; its own region first; in a format that is read."""
    track = choose_track(subtitles, spoken, wanted)
    assert (track and track.language) == taken
    assert track is None or track.suffix == ".vtt"


@pytest.mark.parametrize("given", [{"use": "always"}, {"language": "English"}, {"automatic": True}])
def test_unknown_wishes_are_refused(given: dict[str, object]) -> None:
    """A rule says never or allow, and names languages by their codes."""
    with pytest.raises(ValidationError):
        CaptionRule.model_validate(given)
