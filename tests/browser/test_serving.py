"""`whosaid serve` as a process, and its page in a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner

from tests.browser import chrome
from tests.browser.conftest import HOSTILE, TUBE
from whosaid.cli import app
from whosaid.web.app import build_app
from whosaid.web.serving import listening
from whosaid.web.site import Site

TRANSCRIPT = f"/videos/{quote(HOSTILE.id, safe='')}"
IN_A_BROWSER = pytest.mark.skipif(bool(chrome.missing()), reason=f"not on this machine: {', '.join(chrome.missing())}")


@contextmanager
def whosaid_serve(database_url: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command and lend it with the address that it tells."""
    command = [sys.executable, "-c", "from whosaid.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": "lib", "WHOSAID_DATABASE_URL": database_url, "WHOSAID_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as run:
        try:
            assert run.stdout is not None
            yield run, run.stdout.readline().split()[0]
        finally:
            run.kill()


def test_the_command_serves_until_it_is_told_to_end(filled_site: Site, archive_url: str) -> None:
    """On the loopback alone, with ids that are paths; ends in order and without a traceback."""
    with whosaid_serve(archive_url, filled_site.library.root.parent) as (run, address):
        assert address.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=address, trust_env=False) as page:
            assert "eight" in page.get(TRANSCRIPT).text
            part = page.get(f"/audio/{quote(HOSTILE.id, safe='')}", headers={"Range": "bytes=0-3"})
            assert (part.status_code, part.content) == (206, b"fLaC")
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate(timeout=30)
    assert (run.returncode, "Traceback" in said) == (0, False)


def test_a_port_that_is_taken_is_told(archive_url: str, tmp_path: Path) -> None:
    """In one line that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ["serve", "--port", str(port), "--home", str(tmp_path), "--database-url", archive_url]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: port {port} of 127.0.0.1 cannot be had")
    assert "choose another by --port" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture
def address(filled_site: Site) -> Iterator[str]:
    """The page behind a real server, for a browser to open."""
    with listening(0) as listener:
        server = uvicorn.Server(uvicorn.Config(build_app(filled_site), log_level="error", timeout_graceful_shutdown=1))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def browser(address: str) -> Iterator[chrome.Browser]:
    with chrome.browsing() as opened:
        yield opened


def until(browser: chrome.Browser, condition: str) -> None:
    """Wait for a condition in the page."""
    for _ in range(100):
        if browser.run(f"return Boolean({condition})"):
            return
        time.sleep(0.1)
    raise AssertionError(f"never true in the page: {condition}")


@IN_A_BROWSER
def test_the_page_in_a_browser(browser: chrome.Browser, address: str) -> None:
    """Script in titles, names and words does nothing; words and passages play from their moment; keys work."""
    for path in ("/", "/?q=night", "/videos", TRANSCRIPT, "/voices"):
        for width in (1100, 390):
            browser.emulate(width, 800, "dark")
            browser.open(address + path)
            assert "owned" not in browser.run("return document.title").replace(HOSTILE.title, "")
            assert browser.run("return document.documentElement.scrollWidth") <= width
            assert not browser.run("return document.querySelector('main img, main script')")
    plays_from_a_word(browser, address)
    plays_a_passage(browser, address)
    embeds_a_player_on_a_click(browser, address)
    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))"
    browser.run(f"document.activeElement.blur(); {press}")
    assert browser.run("return document.activeElement.id") == "q"


def plays_from_a_word(browser: chrome.Browser, address: str) -> None:
    browser.open(f"{address}{TRANSCRIPT}#t=1.2")
    until(browser, "document.querySelector('audio').currentTime === 1.2")
    assert browser.run("return document.querySelector('.now').textContent") == "hours"
    browser.run("[...document.querySelectorAll('span[data-t]')].at(-1).click()")
    last = float(browser.run("return [...document.querySelectorAll('span[data-t]')].at(-1).dataset.t"))
    until(browser, f"document.querySelector('audio').currentTime > {last}")
    assert browser.run("return location.hash") == f"#t={last}"


def plays_a_passage(browser: chrome.Browser, address: str) -> None:
    browser.open(f"{address}/?q=eight hours")
    browser.run("document.querySelector('[data-listen]').click()")
    until(browser, "document.querySelector('audio').currentTime > 0.5")


def embeds_a_player_on_a_click(browser: chrome.Browser, address: str) -> None:
    browser.open(f"{address}/?q=train&speaker=Ada")
    assert browser.run("return document.querySelectorAll('iframe').length") == 0
    browser.run("document.querySelector('[data-watch]').click()")
    player = browser.run("return document.querySelector('iframe').src")
    assert player.startswith(f"https://www.youtube-nocookie.com/embed/{TUBE.external_id}?")
