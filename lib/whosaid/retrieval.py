"""From a question to what answers it: the one way for the command line, the page, and whoever else asks."""

from __future__ import annotations

from whosaid import profiles
from whosaid.engines import Engines
from whosaid.store import Archive, Hit, Query, QueryVector, Scope
from whosaid.store.queries import check_text
from whosaid.text import Role


def search(archive: Archive, engines: Engines, text: str, scope: Scope = Scope(), limit: int = 10) -> tuple[Hit, ...]:  # noqa: B008
    """Return what answers a question, by its words and by its meaning, best first.

    ConfigurationError for a question that is empty or too long, ArchiveError for a scope that is not there.
    """
    check_text(text)
    return archive.search(Query(text, understand(archive, engines, text), scope, limit))


def understand(archive: Archive, engines: Engines, text: str) -> QueryVector | None:
    """Embed a question by the model that serves search; None where nothing is embedded yet."""
    model_key = archive.serving_model()
    if model_key is None:
        return None
    with engines.lease(profiles.text_spec(model_key)) as embedder:
        (vector,) = embedder.embed([text], Role.query)
    return QueryVector(model_key, vector)
