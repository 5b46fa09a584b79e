"""Keeps other sites out: they may neither read the page, nor post to it, nor run anything in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLAYER: Final = "https://www.youtube-nocookie.com"
"""The one other site that the page shows anything of, and that only after a click."""

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        f"frame-src {PLAYER}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no referrer a browser would also hide the origin of a form
    "X-Content-Type-Options": "nosniff",
}
_READING: Final = frozenset({"GET", "HEAD"})
_OTHERS: Final = frozenset({"cross-site", "same-site"})  # the other ports of this machine are of the same site


@dataclass(frozen=True, slots=True)
class Protection:
    """Adds the headers that bind a browser, and refuses what another origin asks for.

    A browser names the origin of a form that posts (RFC 6454), and says of whatever it loads who asked for it (W3C
    Fetch Metadata); others may link here, and no more. The host has been checked before.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self.app if _is_own(scope) else PlainTextResponse("Another site asked for this.\n", 403)
        return await answer(scope, receive, send_protected)


def _is_own(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if scope["method"] not in _READING:
        return headers.get("origin") == f"{scope['scheme']}://{headers.get('host')}"
    return headers.get("sec-fetch-site") not in _OTHERS or headers.get("sec-fetch-dest") == "document"
