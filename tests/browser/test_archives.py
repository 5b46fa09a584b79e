"""What the page makes of archives: empty, silent, long, and out of reach."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from tests.browser.conftest import ORIGIN
from tests.browser.parsing import one_line, parsed
from tests.store.publications import video
from tests.store.speeches import speech
from whosaid.store import Archive
from whosaid.store.database import Database
from whosaid.types import Word
from whosaid.web import reading
from whosaid.web.app import build_app
from whosaid.web.site import Site


def test_an_empty_archive_says_what_to_do_first(page: TestClient) -> None:
    """Every page opens, and the first one has the command that fills it."""
    assert "python -m flows" in parsed(page, "/").text
    assert "There are no videos here" in parsed(page, "/videos").text
    assert "Nobody yet" in parsed(page, "/voices").text
    assert "Nothing found" in parsed(page, "/?q=sleep").text


def test_a_long_answer_is_shown_around_its_moment(page: TestClient, archive: Archive) -> None:
    """The rest is folded away; where there are more answers than asked for, the next page asks the same question."""
    archive.publish(speech(("Ada", f"{'before ' * 150}sleep {'after ' * 150}")))
    found = parsed(page, "/?q=sleep&limit=1")
    [excerpt, whole] = re.findall(r"<blockquote>(.*?)</blockquote>", page.get("/?q=sleep").text, re.DOTALL)
    assert (excerpt.count("before"), excerpt.count("after"), whole.count("before")) == (12, 59, 150)
    assert "<mark>sleep</mark>" in excerpt
    assert "/?q=sleep&limit=3" in found.attributes("href")


def test_a_transcript_has_every_word_at_its_time(page: TestClient, archive: Archive) -> None:
    """In the colour of its voice, another one for each; words under another voice are marked; the time is a link."""
    of = speech(("Ada", "One two."), ("unknown", "Three."), ("Ada", "Four."))
    under = replace(of.utterances[1], words=(Word(1.0, 1.5, "Three.", 0.9, overlapped=True),))
    archive.publish(replace(of, utterances=(of.utterances[0], under, of.utterances[2])))
    found = parsed(page, "/videos/feed:one")
    words = [attributes for tag, attributes in found.tags if tag == "span" and "data-t" in attributes]
    assert [float(word["data-t"] or "") for word in words] == [0, 0.5, 1, 1.5]
    assert [word.get("class") for word in words] == [None, None, "overlapped", None]
    voices = [attributes["class"] for tag, attributes in found.tags if tag == "h2"]
    assert voices[0] == voices[2] != voices[1]
    assert ["nameless" in str(each) for each in voices] == [False, True, False]
    assert {"#t=0.0", "#t=1.0", "#t=1.5"} <= set(found.attributes("href"))


def test_a_recording_in_which_nobody_speaks_has_a_page(page: TestClient, archive: Archive) -> None:
    """It says so."""
    of = speech(("Ada", "One."))
    silent = replace(of, utterances=(), passages=(), identities=(), diarization=replace(of.diarization, turns=()),
                     transcript=replace(of.transcript, words=()), voices=replace(of.voices, spans=(),
                     vectors=of.voices.vectors[:0]), embeddings=replace(of.embeddings,
                     vectors=of.embeddings.vectors[:0]))  # fmt: skip
    archive.publish(silent)
    assert "Nobody speaks in this recording" in parsed(page, "/videos/one").text


def test_videos_are_listed_page_by_page(page: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, also where several were published at the same time, or nobody knows when."""
    monkeypatch.setattr(reading, "PAGE", 2)
    for name in "abcde":
        archive.publish(speech(("Ada", "Yes."), of=video(name, title=f"Talk {name}")))
    seen, path = list[str](), "/videos?channel=A channel"
    while path:
        found = parsed(page, path)
        seen += re.findall(r"Talk \w", found.text)
        path = next((each for each in found.attributes("href") if "after=" in each), "")
    assert sorted(seen) == [f"Talk {name}" for name in "abcde"]


def test_a_database_that_is_down_is_told(site: Site) -> None:
    """In one line without the password, as out of order and not as missing."""
    gone = Archive(Database(create_engine("postgresql+psycopg://ada:secret@127.0.0.1:1/none")))
    with TestClient(build_app(replace(site, archive=gone)), base_url=ORIGIN) as page:
        for path in ("/", "/?q=x", "/videos", "/videos/x", "/voices", "/audio/x"):
            found = parsed(page, path, 503)
            assert "cannot be reached" in one_line(found)
            assert "secret" not in found.text
