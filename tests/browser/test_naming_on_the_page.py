"""Voices on the page: who is heard, and the form that gives one its name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.browser.conftest import ORIGIN
from tests.store.talks import VOICE_MODEL, names, near, talk
from whosaid.engines import Engines
from whosaid.speakers.relabelling import number_unknown
from whosaid.store import Archive
from whosaid.types import UNKNOWN, Calibration

HOST, GUEST = near(0), near(1)


@pytest.fixture
def voices(page: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Two talks of one host and one guest, a third of the host alone; nobody is enrolled, and no engine is needed."""

    def refuse(*_: object) -> None:
        raise AssertionError("an engine was asked for")

    monkeypatch.setattr(Engines, "lease", refuse)
    talk(archive, "one", {"A": HOST, "B": GUEST}, title="One & only")
    talk(archive, "two", {"A": near(1, 0.95), "B": near(0, 0.95)})
    talk(archive, "three", {"A": HOST})
    number_unknown(archive, Calibration(VOICE_MODEL))
    return page


def number_of(archive: Archive, video: str, label: str) -> int:
    found = archive.heard_in(video, VOICE_MODEL)
    assert found is not None
    labels = [each.label for each in found.identities]
    return found.numbers[labels.index(label)] or 0


def post(page: TestClient, number: int, **form: str) -> Any:
    return page.post(f"/voices/{number}", data=form, headers={"Origin": ORIGIN})


def outcome(answer: Any) -> str:
    [found] = re.findall(r'<p class="outcome[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return found


def test_voices_are_listed_with_a_sample(voices: TestClient, archive: Archive) -> None:
    """How much is heard of each, in how many videos, and where to hear it."""
    told = voices.get("/voices").text
    host = number_of(archive, "one", "A")
    card = told.split(f'id="voice-{host}"')[1].split("</li>")[0]
    assert f"Unknown voice {host}" in card
    assert "1 min 12 s in 3 videos" in card
    assert "/videos/feed:one#t=0" in card
    assert "One &amp; only" in card
    assert f'action="/voices/{host}"' in card
    assert f'href="/voices#voice-{host}"' in voices.get("/videos/one").text


def test_naming_a_voice_names_all_its_videos(voices: TestClient, archive: Archive) -> None:
    """As `whosaid enroll NAME voice:NUMBER` does, with no engine; the page says how far it went."""
    answer = post(voices, number_of(archive, "one", "A"), name="  <b>Ada</b>")
    assert answer.status_code == 200
    assert "&lt;b&gt;Ada&lt;/b&gt;: 3 labels renamed in 3 videos." in outcome(answer)
    assert [names(archive, each)[label] for each, label in (("one", "A"), ("two", "B"), ("three", "A"))] == [
        "<b>Ada</b>"
    ] * 3
    assert names(archive, "one")["B"] == UNKNOWN
    assert "<b>Ada" not in answer.text
    assert voices.get(str(answer.url)).text.count("Ada") == voices.get("/voices").text.count("Ada") > 0


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": ""}, "a name has 1 to 100 characters"),
        ({"name": "x" * 101}, "a name has 1 to 100 characters"),
        ({"name": "unknown"}, "stands for voices without a name"),
        ({"name": "a\x00b"}, "control characters"),
        ({"name": "Bob"}, "Bob has a voiceprint: choose to add this voice to it"),
        ({"name": "bob"}, "write &#39;Bob&#39;"),
        ({"name": "Bob", "former": "added"}, "another voice than that of Bob"),
        ({"name": "Eve", "former": "replaced"}, "Eve has no voiceprint yet: choose somebody new"),
    ],
)
def test_a_name_that_cannot_be_given_is_told(
    voices: TestClient, archive: Archive, form: dict[str, str], says: str
) -> None:
    """In one line above the voices; nothing changes."""
    assert post(voices, number_of(archive, "one", "B"), name="Bob").status_code == 200
    answer = post(voices, number_of(archive, "one", "A"), **form)
    assert answer.status_code == 400
    assert says in outcome(answer)
    assert names(archive, "one") == {"A": UNKNOWN, "B": "Bob"}


def test_a_voice_that_is_named_meanwhile_is_told(voices: TestClient, archive: Archive) -> None:
    """A form that was open for long names nobody twice."""
    number = number_of(archive, "one", "A")
    post(voices, number, name="Ada")
    answer = post(voices, number, name="Bob")
    assert (answer.status_code, "no such unknown voice any more" in outcome(answer)) == (400, True)
