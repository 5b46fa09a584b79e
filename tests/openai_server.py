"""A server on this machine that speaks the embeddings part of the OpenAI API, as well or as badly as a test says."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import numpy as np
from pydantic import SecretStr

from whosaid.engines import Account
from whosaid.text import Role
from whosaid.text.scripted import ScriptedTextEmbedder

KEY = "sk-test-0123456789"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is an error, in the form of the API."""

    status: int
    code: str | None = None
    message: str = "no"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Service:
    """What the server does: refusals are given first, one a request; `twist` changes the good answers."""

    address: str = ""
    refusals: list[Refusal] = field(default_factory=list)
    twist: Callable[[dict[str, Any]], Any] = lambda answer: answer
    bodies: list[dict[str, Any]] = field(default_factory=list)  # of the requests, in order

    @property
    def account(self) -> Account:
        """Return how an engine reaches the server."""
        return Account(SecretStr(KEY), self.address)

    def answer(self, body: dict[str, Any]) -> Any:
        """Return what the API would: hashed words for vectors, words for tokens, base64 where it is asked for."""
        vectors = ScriptedTextEmbedder(body["dimensions"]).embed(body["input"], Role.passage)
        rows = [
            {"object": "embedding", "index": i, "embedding": _encode(row, body.get("encoding_format", "float"))}
            for i, row in enumerate(vectors)
        ]
        tokens = sum(len(text.split()) for text in body["input"])
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return self.twist({"object": "list", "model": body["model"], "data": rows, "usage": usage})


def _encode(row: np.ndarray, form: str) -> object:
    return base64.b64encode(row.tobytes()).decode() if form == "base64" else row.tolist()


@contextmanager
def serve_openai() -> Generator[Service]:
    """Serve until the end of the block."""
    service = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.service.bodies.append(body)
        if self.headers["Authorization"] != f"Bearer {KEY}":
            given = self.headers["Authorization"].removeprefix("Bearer ")
            self._refuse(Refusal(401, "invalid_api_key", f"Incorrect API key provided: {given}"))
        elif self.service.refusals:
            self._refuse(self.service.refusals.pop(0))
        elif "" in body["input"] or len(body["input"]) > 2048:
            self._refuse(Refusal(400, "invalid_request_error", "'$.input' is invalid"))
        else:
            self._send(200, self.service.answer(body), {})

    def _refuse(self, refusal: Refusal) -> None:
        error = {"message": refusal.message, "type": refusal.code, "param": None, "code": refusal.code}
        self._send(refusal.status, {"error": error}, refusal.headers)

    def _send(self, status: int, answer: Any, headers: Mapping[str, str]) -> None:
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(answer, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
