"""The route `/`: a question, and the passages that answer it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from whosaid import profiles, retrieval
from whosaid.errors import WhosaidError
from whosaid.store import Hit, Quote, Scope
from whosaid.store.browsing import Choices
from whosaid.types import UNKNOWN
from whosaid.web.failures import UNAVAILABLE, status_of
from whosaid.web.rendering import render
from whosaid.web.site import Playback, Site, SiteOf
from whosaid.web.tints import tint

router = APIRouter()
_log = logging.getLogger("whosaid.web")

MOST: Final = 100
LATEST: Final = 6
_BEFORE: Final = 12  # words shown ahead of the moment
_SHOWN: Final = 60
_SHORT: Final = 100  # words that are shown in full


def _or_none(value: Any) -> Any:
    """Return None for a field of a form that was left empty."""
    return value or None


class Question(BaseModel):
    """What the form of the page asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: str = ""
    speaker: Annotated[str | None, BeforeValidator(_or_none)] = None
    channel: Annotated[str | None, BeforeValidator(_or_none)] = None
    video: Annotated[str | None, BeforeValidator(_or_none)] = None
    since: Annotated[date | None, BeforeValidator(_or_none)] = None
    exact: bool = False
    limit: int = Field(default=10, ge=1, le=MOST)

    @property
    def scope(self) -> Scope:
        since = None if self.since is None else datetime.combine(self.since, time(), UTC)
        return Scope(self.speaker, self.channel, self.video, since)

    @property
    def is_narrowed(self) -> bool:
        return self.scope != Scope()

    def asking(self, **changes: Any) -> dict[str, str]:
        """Return the parameters of the same question with changes."""
        told = self.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True)
        return {name: "true" if value is True else str(value) for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in a row that all match, or none of which does."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A hit as the page shows it."""

    hit: Hit
    tint: int
    playback: Playback
    excerpt: tuple[Piece, ...]  # around the moment
    whole: tuple[Piece, ...]  # all that is said, empty where the excerpt is that
    cut: tuple[bool, bool]  # whether words are left out before the excerpt, and after it


@router.get("/")
def search(request: Request, site: SiteOf, question: Annotated[Question, Query()]) -> Response:
    """Show what answers a question; without one, the latest videos."""
    known = site.browser.choices()
    if not question.q.strip():
        return _welcome(request, site, question, known)
    try:
        answers = _answer(site, question)
    except WhosaidError as e:
        if status_of(e) == UNAVAILABLE:
            raise
        return render(
            request, "search.html", status_of(e), question=question, choices=known, answers=(), problem=str(e)
        )
    return render(request, "search.html", question=question, choices=known, answers=answers, problem=None)


def warm(site: Site) -> None:
    """Load the model of the search before anybody waits for it; a search tells again what goes wrong."""
    try:
        model_key = site.archive.serving_model()
        if model_key is not None:
            with site.engines.lease(profiles.text_spec(model_key)):
                return
    except WhosaidError as e:
        _log.warning("search will not work: %s", e)


def _welcome(request: Request, site: Site, question: Question, known: Choices) -> Response:
    latest = site.browser.videos(None, None, LATEST)
    return render(request, "welcome.html", question=question, choices=known, latest=latest)


def _answer(site: Site, question: Question) -> list[Answer]:
    if question.exact:
        hits = site.archive.quote(Quote(question.q, question.scope, question.limit))
    else:
        hits = retrieval.search(site.archive, site.engines, question.q, question.scope, question.limit)
    tints = tint(hit.speaker for hit in hits if hit.speaker != UNKNOWN)
    return [_show(site, hit, tints.get(hit.speaker, -1)) for hit in hits]


def _show(site: Site, hit: Hit, of: int) -> Answer:
    at = next((i for i, word in enumerate(hit.words) if word.start >= hit.moment), 0)
    first, last = _excerpt(at, len(hit.words))
    cut = first > 0, last < len(hit.words)
    whole = _pieces(hit, 0, len(hit.words)) if any(cut) else ()
    return Answer(hit, of, site.playback(hit.video_id, hit.url, hit.moment), _pieces(hit, first, last), whole, cut)


def _excerpt(at: int, words: int) -> tuple[int, int]:
    """Return which words are shown, first and one past the last: as many as ever, also near the end."""
    if words <= _SHORT:
        return 0, words
    first = max(0, min(at, words - _SHOWN) - _BEFORE)
    return first, min(words, first + _BEFORE + _SHOWN)


def _pieces(hit: Hit, first: int, last: int) -> tuple[Piece, ...]:
    matched = frozenset(hit.matched)
    runs = groupby(range(first, last), key=matched.__contains__)
    return tuple(Piece(" ".join(hit.words[i].text for i in run), marked) for marked, run in runs)
