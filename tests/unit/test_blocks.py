"""What the blocks say of themselves, and that no word of it is a secret."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from xml.etree import ElementTree as Xml

import huggingface_hub.constants
import pytest
from pydantic import SecretStr

from blocks.archive import ArchiveDatabase
from blocks.checking import Checked, examine
from blocks.cookies import SiteCookies
from blocks.hub import HubToken
from blocks.kinds import KINDS
from blocks.logos import FOLDER
from blocks.media import MediaStore
from blocks.openai import OpenAiKey
from whosaid.doctor import State
from whosaid.doctor.orchestration import _TYPES
from whosaid.errors import ConfigurationError
from whosaid.store import embedded

SECRET = "planted-9f3c"
LATER = int((datetime.now(UTC) + timedelta(days=30)).timestamp())


def cookie(site: str, expires: int) -> str:
    return "\t".join((site, "TRUE", "/", "TRUE", str(expires), "SID", SECRET))


@contextmanager
def service(token: str, path: str) -> Generator[str]:
    """A service that takes one token, at one path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            right = self.headers["Authorization"] == f"Bearer {token}"
            self.send_response((200 if right else 401) if self.path == path else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def closed_port() -> Generator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_block_is_described(kind: type) -> None:
    """Its description, the help and title of every field, and a logo that lies in the repository."""
    schema = kind.model_json_schema()
    assert kind.get_description()
    assert all(each.get("description") and each.get("title") for each in schema["properties"].values())
    name = str(kind._logo_url).rpartition("/")[2]
    assert Xml.parse(FOLDER / name).getroot().tag.endswith("svg")  # noqa: S314 - our own file


def test_the_doctor_asks_for_every_type() -> None:
    """It cannot import the blocks, and so has a list of its own."""
    assert set(_TYPES) == {kind.get_block_type_slug() for kind in KINDS}


def test_cookies_say_whose_they_are_and_until_when() -> None:
    """By sites, with the first date; comments are none, those for HTTP alone are."""
    text = f"# Netscape\n\n#HttpOnly_{cookie('.video.example', LATER)}\n{cookie('.video.example', 0)}\n"
    found = examine("cookies", SiteCookies(text=SecretStr(text + cookie("other.example", 0))))
    day = datetime.fromtimestamp(LATER, UTC).date()
    assert (found.state, found.detail) == (
        State.ok,
        f"3 cookies: other.example, for one session; video.example, the first expires on {day}",
    )


@pytest.mark.parametrize(
    ("text", "state", "part"),
    [
        (cookie("a.example", 1), State.missing, "all 1 have expired"),
        (f"{cookie('a.example', 1)}\n{cookie('a.example', LATER)}", State.warning, "1 more have expired"),
        ("# only a comment", State.missing, "holds none"),
        (f"SID={SECRET}", State.missing, "line 1"),
        (cookie("a.example", 1).replace("\t1\t", "\tsoon\t"), State.missing, "line 1"),
        (cookie("a.example", 1).replace("\t1\t", "\t1e99\t"), State.missing, "line 1"),
    ],
)
def test_cookies_that_are_no_good_are_told(text: str, state: State, part: str) -> None:
    """Without a word of them."""
    found = examine("cookies", SiteCookies(text=SecretStr(text)))
    assert (found.state, part in found.detail, SECRET in str(found)) == (state, True, False)
    assert found.remedy


def test_cookies_come_from_one_place(tmp_path: Path) -> None:
    """A file does for the text; both, neither, and a file that is not there are refused."""
    file = tmp_path / "cookies.txt"
    file.write_text(cookie("a.example", LATER))
    assert SiteCookies(file=file).read().get_secret_value() == file.read_text()
    wrong = (SiteCookies(), SiteCookies(text=SecretStr("x"), file=file), SiteCookies(file=tmp_path / "none.txt"))
    for each in wrong:
        with pytest.raises(ConfigurationError):
            each.read()


def test_a_hub_token_is_shown_to_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken, refused, or no answer."""
    with service(SECRET, "/api/whoami-v2") as address:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
        assert examine("hub", HubToken(token=SecretStr(SECRET))).state is State.ok
        assert "401" in examine("hub", HubToken(token=SecretStr("other"))).detail
    with closed_port() as port:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{port}")
        silent = examine("hub", HubToken(token=SecretStr(SECRET)))
    assert (silent.state, "gives no answer" in silent.detail) == (State.missing, True)


def test_an_openai_key_is_shown_to_the_service() -> None:
    """Taken, refused, another kind of server, or no address at all."""
    with service(SECRET, "/v1/models") as address:
        right = examine("key", OpenAiKey(key=SecretStr(SECRET), base_url=f"{address}/v1/"))
        refused = examine("key", OpenAiKey(key=SecretStr("other"), base_url=f"{address}/v1"))
        elsewhere = examine("key", OpenAiKey(key=SecretStr(SECRET), base_url=address))
    assert (right.state, refused.state, elsewhere.state) == (State.ok, State.missing, State.warning)
    assert (
        "not one of the web" in examine("key", OpenAiKey(key=SecretStr(SECRET), base_url="file:///etc/passwd")).detail
    )


def test_a_media_store_is_written_to(tmp_path: Path) -> None:
    """A folder of the worker's own; one that is a file is none."""
    found = examine("media", MediaStore(home=tmp_path / "new"))
    assert (found.state is State.missing, "hours of recordings" in found.detail) == (False, True)
    (tmp_path / "file").touch()
    assert "cannot be written" in examine("media", MediaStore(home=tmp_path / "file")).detail


def test_a_database_answers_or_not() -> None:
    """One line of three findings; an address that does not answer is told without its password."""
    with TemporaryDirectory(prefix="whosaid-") as folder, embedded.serving(Path(folder) / "postgres") as url:
        found = examine("archive", ArchiveDatabase(url=SecretStr(url.render_as_string(hide_password=False))))
    assert (found.state, "pgvector" in found.detail, "\n" in found.detail) == (State.ok, True, False)
    with closed_port() as port:
        dead = ArchiveDatabase(url=SecretStr(f"postgresql://a:{SECRET}@127.0.0.1:{port}/b"))
        silent = examine("archive", dead)
    assert (silent.state, "cannot be reached" in silent.detail, SECRET in str(silent)) == (State.missing, True, False)


def test_a_check_that_fails_tells_no_secret() -> None:
    """Whatever is raised may hold one."""

    class Broken(Checked):
        def check(self) -> None:
            raise ZeroDivisionError(SECRET)

    found = examine("broken", Broken())
    assert (found.state, "ZeroDivisionError" in found.detail, SECRET in str(found)) == (State.missing, True, False)
