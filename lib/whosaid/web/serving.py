"""Offers the page to this machine."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Final

import uvicorn

from whosaid.errors import ConfigurationError
from whosaid.web.app import build_app
from whosaid.web.searching import warm
from whosaid.web.site import Site

LOOPBACK: Final = "127.0.0.1"
_log = logging.getLogger("whosaid.web")
_PATIENCE: Final = 1  # seconds that players have to hang up at the end


@contextmanager
def listening(port: int) -> Generator[socket.socket]:
    """Lend a port of the loopback, 0 for any free one; ConfigurationError where it is taken."""
    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as e:
        raise ConfigurationError(
            f"port {port} of {LOOPBACK} cannot be had ({e.strerror}): choose another by --port"
        ) from e
    with listener:
        yield listener


def serve(site: Site, listener: socket.socket) -> None:
    """Answer until the process is interrupted or told to end."""
    # uvicorn ends in order and then signals again: the archive is closed only if that can be caught.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config = uvicorn.Config(
        build_app(site),
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    warming = Thread(target=warm, args=[site], daemon=True)
    warming.start()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    if warming.is_alive():
        _log.warning("ending as soon as the model of the search is loaded; interrupt again to end now")
