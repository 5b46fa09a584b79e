"""Drives a headless Chromium by the WebDriver protocol (W3C), spoken as JSON over HTTP to chromedriver."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

PROGRAMS: Final = ("chromium", "chromedriver")
_FLAGS: Final = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                 "--autoplay-policy=no-user-gesture-required", "--mute-audio")  # fmt: skip


def missing() -> list[str]:
    """Return which programs this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@dataclass(frozen=True, slots=True)
class Browser:
    """An open window."""

    session: httpx.Client

    def open(self, address: str) -> None:
        self._post("url", url=address)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return what it returns; a promise is waited for."""
        return self._post("execute/sync", script=script, args=list(arguments))

    def emulate(self, width: int, height: int, scheme: Literal["light", "dark"]) -> None:
        """Show pages as on a screen of that size, in light or dark."""
        self._command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=width < 600)  # fmt: skip
        self._command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self) -> bytes:
        """Return the window as a PNG."""
        return base64.b64decode(self._command("Page.captureScreenshot")["data"])

    def _command(self, name: str, **parameters: Any) -> Any:
        return self._post("goog/cdp/execute", cmd=name, params=parameters)

    def _post(self, path: str, **values: Any) -> Any:
        answer = self.session.post(path, json=values).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message'].splitlines()[0]}")
        return answer


@contextmanager
def browsing() -> Generator[Browser]:
    """Open a browser and close it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with _client(f"http://127.0.0.1:{port}/") as client, _session(client) as address, _client(address) as session:
            yield Browser(session)
    finally:
        driver.terminate()
        driver.wait(10)


@contextmanager
def _session(client: httpx.Client) -> Generator[str]:
    """Lend the address of a session; the browser ends with it, and not with the driver."""
    _await(client)
    asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": list(_FLAGS)}}}}
    path = f"session/{client.post('session', json=asked).json()['value']['sessionId']}"
    try:
        yield f"{client.base_url}{path}/"
    finally:
        client.delete(path)


def _client(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=60, trust_env=False)


def _await(client: httpx.Client) -> None:
    for _ in range(100):
        try:
            client.get("status")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("chromedriver does not answer")
