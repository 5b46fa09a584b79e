"""Every route of the page over a hostile archive: what is shown, what is refused, and how it is told."""

from __future__ import annotations

import json
from html import unescape
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.browser.conftest import EVE, HOSTILE, ORIGIN, SAID
from tests.browser.parsing import Parsed, one_line, parsed
from whosaid.web.site import Site

IN_PATH = quote(HOSTILE.id, safe="")


def test_a_question_is_answered(filled: TestClient) -> None:
    """With the speaker, the words that match, the moment in the transcript, and the way to hear it."""
    found = parsed(filled, "/?q=eight hours")
    assert EVE in found.text
    assert "<mark>eight hours</mark>" in filled.get("/?q=eight hours").text
    assert f"/videos/{quote(HOSTILE.id, safe=':')}#t=0.5" in found.attributes("href")
    assert found.attributes("data-listen")[0] == "0.5"
    assert found.attributes("data-audio")[0] == f"/audio/{quote(HOSTILE.id, safe=':')}"


def test_a_video_of_the_site_is_watched_there(filled: TestClient) -> None:
    """The player is asked for by its id alone, nothing of it is loaded before a click; the address opens the second."""
    found = parsed(filled, "/?q=train&speaker=Ada")
    assert found.attributes("data-youtube") == ["abcdefghijk"]
    assert not found.attributes("data-audio")
    assert "https://youtube.com/watch?v=abcdefghijk&t=2" in found.attributes("href")
    assert "iframe" not in dict(found.tags)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=night&speaker=" + quote(EVE), 1),
        ("q=night&speaker=unknown", 1),
        ("q=night&channel=Tube", 1),
        ("q=night&since=2030-01-01", 0),
        ("q=night&speaker=&channel=&since=", 3),
        ("q=night&limit=1", 1),
        ("q=" + quote("HOURS <script>document.title='owned'</script> a") + "&exact=true", 1),
        ("q=hours+sleep&exact=true", 0),
        (f"q=night&video={IN_PATH}", 2),
    ],
)
def test_a_search_is_narrowed(filled: TestClient, query: str, count: int) -> None:
    """By what the form offers; a field that is left empty narrows nothing."""
    found = parsed(filled, f"/?{query}")
    assert len([True for tag, _ in found.tags if tag == "blockquote"]) == count
    assert ("Nothing found" in found.text) == (count == 0)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("q=x&speaker=Nobody", 404, "the archive has no speaker 'Nobody'"),
        ("q=x&channel=none", 404, "the archive has no channel 'none'"),
        ("q=x&video=none", 404, "the archive has no video 'none'"),
        ("q=" + "x" * 1001, 400, "at most 1,000 characters"),
        ("q=x&since=yesterday", 400, "since: "),
        ("q=x&limit=0", 400, "limit: "),
        ("q=x&limit=101", 400, "limit: "),
        ("q=x&nonsense=1", 400, "nonsense: "),
        ("q=%3F!&exact=true", 400, "has no words"),
    ],
)
def test_what_cannot_be_asked_is_told(filled: TestClient, query: str, status: int, says: str) -> None:
    """In one line on a page that can be asked again."""
    assert says in one_line(parsed(filled, f"/?{query}", status))


@pytest.mark.parametrize("path", ["/", "/?q=night", "/videos", f"/videos/{IN_PATH}", "/voices", "/?q=x&speaker=<b>"])
def test_what_the_internet_says_is_only_text(filled: TestClient, path: str) -> None:
    """No title, name, word or address becomes a tag, a handler or a link that runs something."""
    found = Parsed(filled.get(path).text)
    scripts = [attributes for tag, attributes in found.tags if tag == "script"]
    assert scripts == [{"src": "/static/page.js", "defer": None}]
    assert not {"img", "i", "iframe"} & {tag for tag, _ in found.tags}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert not [address for address in found.attributes("href") if address.startswith("javascript:")]


@pytest.mark.parametrize(
    ("form", "kind"), [("srt", "application/x-subrip"), ("vtt", "text/vtt"), ("json", "application/json")]
)
def test_a_transcript_is_downloaded(filled: TestClient, form: str, kind: str) -> None:
    """As a file with the title of the video, whatever that is made of."""
    answer = filled.get(f"/exports/{IN_PATH}?format={form}")
    assert answer.headers["content-type"].startswith(kind)
    assert "\n" not in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%3Cscript%3E")
    if form == "json":
        assert json.loads(answer.text)["utterances"][0]["text"] == SAID
    assert "eight hours" in unescape(answer.text)


def test_a_recording_is_sent_by_ranges(filled: TestClient) -> None:
    """A player asks for parts of it; parts that are not there are refused."""
    whole = filled.get(f"/audio/{IN_PATH}")
    assert (whole.status_code, whole.content[:4], whole.headers["content-type"]) == (200, b"fLaC", "audio/flac")
    assert whole.headers["accept-ranges"] == "bytes"
    part = filled.get(f"/audio/{IN_PATH}", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    rest = filled.get(f"/audio/{IN_PATH}", headers={"Range": "bytes=1000-"})
    assert rest.content == whole.content[1000:]
    beyond = filled.get(f"/audio/{IN_PATH}", headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nothing", 404, "there is no such page"),
        ("/videos/none", 404, "the archive has no video 'none'"),
        ("/videos/%00", 404, "the archive has no video"),
        ("/videos/..%2f..%2fetc%2fpasswd", 404, "the archive has no video"),
        ("/videos?after=none", 404, "the archive has no video 'none'"),
        ("/exports/none?format=srt", 404, "the archive has no video 'none'"),
        (f"/exports/{IN_PATH}?format=docx", 400, "format: "),
        (f"/exports/{IN_PATH}", 400, "format: "),
        ("/audio/none", 404, "the archive has no video 'none'"),
        ("/audio/youtube:abcdefghijk", 404, "the recording of this video is not on this machine"),
        ("/static/../app.py", 404, "there is no such page"),
        ("/static/%2e%2e/app.py", 404, "there is no such page"),
        ("/voices/x", 400, "number: "),
    ],
)
def test_what_is_not_there_is_told(filled: TestClient, path: str, status: int, says: str) -> None:
    """In one line, with the status that says so."""
    assert says in one_line(parsed(filled, path, status))


def test_the_headers_bind_the_browser(filled: TestClient) -> None:
    """Nothing runs, is shown or is sent elsewhere, but the one embedded player; on files and failures too."""
    for path in ("/", "/static/page.js", f"/audio/{IN_PATH}", "/nothing"):
        headers = filled.get(path).headers
        policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
        assert (policy["default-src"], policy["script-src"]) == ("'none'", "'self'")
        assert policy["frame-src"] == "https://www.youtube-nocookie.com"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8765", ""])
def test_another_host_is_refused(filled: TestClient, host: str) -> None:
    """A name that another site lets resolve to this machine reads nothing."""
    assert filled.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("site_of_it", "destination", "status"),
    [("cross-site", "image", 403), ("same-site", "script", 403), ("cross-site", "iframe", 403),
     ("cross-site", "document", 200), ("same-origin", "audio", 200), ("none", "document", 200)],
)  # fmt: skip
def test_other_sites_may_link_here_and_no_more(
    filled: TestClient, site_of_it: str, destination: str, status: int
) -> None:
    """A search that nobody sees would still take the model's time, or cost its price."""
    headers = {"Sec-Fetch-Site": site_of_it, "Sec-Fetch-Dest": destination}
    assert filled.get("/?q=night", headers=headers).status_code == status


def test_a_page_needs_nothing_from_elsewhere(filled: TestClient) -> None:
    """All that a page loads by itself comes from this machine."""
    for path in ("/", "/?q=night", f"/videos/{IN_PATH}", "/voices"):
        found = parsed(filled, path)
        styles = [attributes["href"] for tag, attributes in found.tags if tag == "link"]
        loaded = [*found.attributes("src"), *map(str, styles)]
        assert loaded
        assert all(address.startswith("/") for address in loaded)


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8765"]
)
def test_a_form_of_another_site_names_nobody(filled: TestClient, filled_site: Site, origin: str | None) -> None:
    """Whatever a browser is made to post from elsewhere, or by a client that hides where it comes from."""
    headers = {} if origin is None else {"Origin": origin}
    answer = filled.post("/voices/1", data={"name": "Ada"}, headers=headers)
    assert answer.status_code == 403
    assert filled_site.archive.enrolments() == ()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/voices/0", b"name=Ada", 400),
        ("/voices/99999999999999", b"name=Ada", 400),
        ("/voices/x", b"name=Ada", 400),
        ("/voices/999", b"name=Ada", 400),
        ("/voices/1", b"", 400),
        ("/voices/1", b"name=%ff%00&former=kept", 400),
        ("/voices/1", b"\xff\xfe", 400),
        ("/voices/1", b"name=Ada&former=stolen", 400),
        ("/voices/1", b"name=Ada&more=1", 400),
        ("/voices/1", b"&".join(b"a=1" for _ in range(100)), 400),
    ],
)
def test_a_form_that_is_none_is_refused(filled: TestClient, path: str, body: bytes, status: int) -> None:
    """Numbers, fields and bytes that no form of the page sends."""
    assert filled.post(path, content=body, headers={"Origin": ORIGIN}).status_code == status
