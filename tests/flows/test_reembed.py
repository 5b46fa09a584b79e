"""An archive is brought to another text model while search goes on with the old one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from prefect.settings import get_current_settings

from flows import reembed
from flows.limits import set_limits
from flows.reembed import reembed_here
from tests.store.publications import DIMENSION, MODEL, publication, video
from whosaid.errors import ArchiveError, ConfigurationError
from whosaid.profiles import BALANCED, TEXT_MODELS
from whosaid.store import Archive, open_archive
from whosaid.text import ScriptedText
from whosaid.text.scripted import ScriptedTextEmbedder
from whosaid.types import PassageVectors

ANOTHER = ScriptedText(dimension=24)
VIDEOS, PASSAGES, PAGE = 3, 4, 5


@pytest.fixture(autouse=True)
async def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEXT_MODELS, "another", ANOTHER)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(reembed, "PAGE", PAGE)
    await set_limits(BALANCED.limits)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the texts that are embedded in this process."""
    texts: list[str] = []
    embed = ScriptedTextEmbedder.embed

    def noting(self: ScriptedTextEmbedder, given: list[str], role: object) -> object:
        texts.extend(given)
        return embed(self, given, role)  # pyright: ignore

    monkeypatch.setattr(ScriptedTextEmbedder, "embed", noting)
    return texts


@contextmanager
def archive_at(home: Path) -> Generator[Archive]:
    home.mkdir(parents=True, exist_ok=True)
    with open_archive(None, home) as archive:
        archive.migrate()
        yield archive


@pytest.fixture
def published(home: Path) -> Path:
    """A data directory with an archive by the old model."""
    with archive_at(home) as archive:
        for number in range(VIDEOS):
            archive.publish(publication(video(f"{number}"), turns=PASSAGES, seed=number))
    return home


def coverage(home: Path) -> dict[str, tuple[int, bool]]:
    with archive_at(home) as archive:
        return {each.model_key: (each.passages, each.serving) for each in archive.models()}


async def test_every_passage_is_embedded_and_search_switches_over(published: Path, embedded: list[str]) -> None:
    """Each passage once, the old vectors kept until told otherwise; a second time there is nothing to do."""
    assert "12 passages embedded" in await reembed_here("another")
    assert len(embedded) == VIDEOS * PASSAGES
    assert coverage(published) == {MODEL: (12, False), ANOTHER.model_key: (12, True)}
    assert "0 passages embedded" in await reembed_here("another")
    assert len(embedded) == VIDEOS * PASSAGES


async def test_a_killed_run_goes_on_where_it_was(published: Path, embedded: list[str]) -> None:
    """Killed in its second page, it keeps the first; search stays with the old model; nothing is embedded twice."""
    environment = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    command = [sys.executable, "-m", "tests.flows.dying_reembedding"]
    died = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert died.returncode == 9, died.stderr
    assert coverage(published) == {MODEL: (12, True), ANOTHER.model_key: (PAGE, False)}
    assert "7 passages embedded" in await reembed_here("another")
    assert len(embedded) == 7
    assert coverage(published)[ANOTHER.model_key] == (12, True)


async def test_a_video_published_meanwhile_is_brought_along(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search never switches to a model that lacks passages: what comes in by the old one is embedded first."""
    switch = reembed.Reembedding.switch
    late = [publication(video("late"), turns=2)]

    def switch_later(self: reembed.Reembedding) -> bool:
        while late:
            self.site.archive.publish(late.pop())
        return switch(self)

    monkeypatch.setattr(reembed.Reembedding, "switch", switch_later)
    await reembed_here("another")
    assert coverage(published) == {MODEL: (14, False), ANOTHER.model_key: (14, True)}


async def test_the_old_model_is_dropped_when_told(published: Path) -> None:
    """Its vectors and its entry go; the serving one cannot be dropped."""
    assert "12 old vectors deleted" in await reembed_here("another", drop_old=True)
    assert coverage(published) == {ANOTHER.model_key: (12, True)}
    with archive_at(published) as archive, pytest.raises(ArchiveError, match="search uses"):
        archive.drop_model(ANOTHER.model_key)


async def test_bad_requests_are_one_clear_line(home: Path, published: Path) -> None:
    """An unknown model is named with those there are."""
    with pytest.raises(ConfigurationError, match="bge-base"):
        await reembed_here("no-such-model")


async def test_an_empty_archive_has_nothing_to_embed(home: Path) -> None:
    """It says what to do first."""
    with pytest.raises(ConfigurationError, match="run an ingest first"):
        await reembed_here("another")


def test_a_page_whose_video_is_gone_leaves_nothing(published: Path) -> None:
    """Vectors of passages that were published anew meanwhile are not kept, the others are; twice is once."""
    with archive_at(published) as archive:
        page = archive.unembedded("new", 0, 100)
        archive.publish(publication(video("0"), turns=PASSAGES))
        vectors = PassageVectors("new", np.eye(12, DIMENSION, dtype=np.float32))
        assert archive.add_embeddings(page, vectors) == 8
        assert archive.add_embeddings(page, vectors) == 0
        assert [each.id for each in archive.unembedded("new", 0, 100)] > [each.id for each in page]
        assert not archive.serve_model("new")
