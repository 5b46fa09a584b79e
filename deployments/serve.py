"""`make serve`: a Prefect server, all that a run needs on it, the demo channel and a worker; Ctrl-C ends them all."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NoReturn
from urllib.parse import urlsplit

import typer
from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings
from pydantic import SecretStr

from blocks.logos import FOLDER as LOGOS
from blocks.logos import SITE
from blocks.reaching import reaching_server
from blocks.settings import DEFAULT_HOME, Environment
from deployments.backfill import offer_nightly
from deployments.bootstrap import bootstrap
from deployments.demo.home import CHANNEL, furnish
from deployments.demo.server import serve
from deployments.pool import POOL
from deployments.programs import ROOT, environment, prefect, running
from flows.recovery import bury, recover
from whosaid.doctor.server import PrefectServer
from whosaid.errors import ConfigurationError, WhosaidError
from whosaid.profiles import Profile, profile_named

_STARTING: Final = 300  # seconds; 10 where nothing else runs
_LOOK: Final = 0.5  # seconds


@contextmanager
def serving_channel() -> Generator[None]:
    """Serve the demo channel and the logos of the blocks where prefect.yaml and the blocks say they are."""
    port = urlsplit(SITE).port or 0
    logos = {f"/logos/{each.name}": each for each in LOGOS.glob("*.svg")}
    with ExitStack() as stack:
        try:
            stack.enter_context(serve(CHANNEL, port, logos))
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise
            raise ConfigurationError(
                f"port {port} is taken, by another `make serve` or another program: stop that one"
            ) from e
        yield


@contextmanager
def serving_prefect(home: Path) -> Generator[str]:
    """Lend the address of the server that is named or that runs here already, or of one that is started."""
    named, port = PREFECT_API_URL.value(), PREFECT_SERVER_API_PORT.value()
    address = named or f"http://127.0.0.1:{port}/api"
    if named or _is_taken(port):
        _require_health(address)
        yield address
        return
    log = home / "prefect-server.log"
    with (
        log.open("w") as output,
        running(prefect("server", "start", "--host", "127.0.0.1", "--port", str(port)), {}, output) as server,
    ):
        _await(address, server, log)
        yield address


def _is_taken(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _require_health(address: str) -> None:
    if not _ask(address).is_healthy():
        raise ConfigurationError(
            f"{_ask(address).name} answers, but not as a Prefect server: correct PREFECT_API_URL, or give another port "
            "by PREFECT_SERVER_API_PORT"
        )


def _ask(address: str) -> PrefectServer:
    key = PREFECT_API_KEY.value()
    return PrefectServer(SecretStr(address), SecretStr(key.get_secret_value()) if key else None)


def _await(address: str, server: subprocess.Popen[str], log: Path) -> None:
    """Wait until the server answers."""
    port, deadline = urlsplit(address).port or 0, time.monotonic() + _STARTING
    while not _is_taken(port):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ConfigurationError(f"the Prefect server does not start: see {log}")
        time.sleep(_LOOK)
    _require_health(address)


async def prepare(profile: Profile, home: Path) -> tuple[str, ...]:
    """Bring the server up to date; return what was changed of the limits that someone had set.

    A run that died with its worker would hold its place in the queue, so it is seen to first.
    """
    changed = await bootstrap(profile)
    await recover(home)
    await asyncio.to_thread(deploy)
    await offer_nightly()
    return changed


def deploy(*which: str) -> None:
    """Write prefect.yaml to the server, all of it or what the options of `prefect deploy` say."""
    settings = {"PREFECT_API_URL": PREFECT_API_URL.value() or ""}
    done = subprocess.run(  # noqa: S603 - a command of ours
        prefect("deploy", *(which or ("--all",))),
        cwd=ROOT,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = " ".join((done.stderr or done.stdout).split())[-500:]
        raise ConfigurationError(f"prefect.yaml cannot be deployed ({why}): try `prefect deploy --all`")


def serve_all(profile: Profile, home: Path) -> NoReturn:
    """Start everything and stay until the server or the worker ends, or Ctrl-C."""
    home.mkdir(parents=True, exist_ok=True)
    furnish(home)
    with serving_channel(), serving_prefect(home) as address, temporary_settings({PREFECT_API_URL: address}):
        with reaching_server():
            for change in asyncio.run(prepare(profile, home)):
                typer.echo(change)
        with working(address, home) as worker:
            typer.echo(_tell(address))
            _watch(address, worker)


@contextmanager
def working(address: str, home: Path) -> Generator[subprocess.Popen[str]]:
    """Keep a worker; the runs that end with it are marked as crashed."""
    settings = {"PREFECT_API_URL": address, "WHOSAID_HOME": str(home)}
    try:
        with running(prefect("worker", "start", "--pool", POOL, "--install-policy", "never"), settings) as worker:
            yield worker
    finally:
        with reaching_server():
            asyncio.run(bury(home))


def _watch(address: str, worker: subprocess.Popen[str]) -> NoReturn:
    while worker.poll() is None:
        time.sleep(_LOOK)
        if not _is_taken(urlsplit(address).port or 0):
            raise ConfigurationError("the Prefect server has ended: start it again, or run `make serve` again")
    raise ConfigurationError(f"the worker has ended with {worker.returncode}: see what it said above")


def _tell(address: str) -> str:
    return f"""
The UI is {address.removesuffix("/api")}. In another shell, in this folder:

    . .venv/bin/activate
    export PREFECT_API_URL={address}
    prefect deployment run ingest/demo --watch
    prefect deployment run ingest/balanced -p source=ADDRESS --watch

Ctrl-C ends the server and the worker, and the runs that the worker has under way.
"""


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main(
    profile: Annotated[str, typer.Option(help="whose workers become the limits of the tags")] = "balanced",
) -> None:
    """Run Prefect for whosaid on this machine until Ctrl-C."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    try:
        serve_all(profile_named(profile), (Environment().home or DEFAULT_HOME).resolve())
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("ended")
        sys.exit(0)


if __name__ == "__main__":
    typer.run(main)
