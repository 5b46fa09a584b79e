"""The page over a real archive: what it shows, hostile as the internet is, and how it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.store.conftest import archive, archive_url, cluster
from tests.store.databases import empty
from tests.store.publications import MODEL
from tests.store.speeches import AXES, speech
from whosaid import profiles
from whosaid.engines import Engines
from whosaid.media.library import AudioLibrary
from whosaid.store import Archive, open_archive
from whosaid.text import ScriptedText
from whosaid.types import SAMPLE_RATE, Video
from whosaid.web.app import build_app
from whosaid.web.site import Site
from whosaid.weights import Weights

__all__ = ["archive", "archive_url", "cluster"]

ORIGIN: Final = "http://127.0.0.1:8765"
HOSTILE: Final = Video(
    "file",
    "/talks/../a b?c#d&e, 100% f.mp3",
    "javascript:document.title='owned'",
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=document.title='owned'>",
    None,
    8.0,
)
TUBE: Final = Video(
    "youtube", "abcdefghijk", "https://youtube.com/watch?v=abcdefghijk&t=9", "A tube", "Tube", None, 4.0
)
EVE: Final = "<i>Eve</i>"
SAID: Final = "Sleep eight hours <script>document.title='owned'</script> a night."


@contextmanager
def opened(archive: Archive, folder: Path) -> Iterator[Site]:
    """Lend a site whose questions are embedded by the scripted model."""
    with pytest.MonkeyPatch.context() as patch, Engines(Weights(folder)) as engines:
        patch.setattr(profiles, "text_spec", {MODEL: ScriptedText(dimension=AXES)}.__getitem__)
        yield Site(archive, engines, AudioLibrary(folder / "media"))


@pytest.fixture
def site(archive: Archive, tmp_path: Path) -> Iterator[Site]:
    """An empty archive."""
    with opened(archive, tmp_path) as site:
        yield site


@pytest.fixture
def page(site: Site) -> Iterator[TestClient]:
    """The page over an empty archive, as a browser on this machine reaches it."""
    with TestClient(build_app(site), base_url=ORIGIN) as client:
        yield client


@pytest.fixture(scope="module")
def filled_site(archive_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A hostile recording that is kept on this machine, and a video that is not; for all tests of a file to read."""
    home = tmp_path_factory.mktemp("home")
    with open_archive(archive_url, home) as archive, opened(archive, home) as site:
        empty(archive)
        samples = (8_000 * np.sin(np.arange(8 * SAMPLE_RATE) / 10)).astype(np.int16)
        kept = speech((EVE, SAID), ("unknown", "Is that enough?"), of=HOSTILE)
        archive.publish(replace(kept, audio=site.library.add(samples)))
        archive.publish(speech(("Ada", "Nobody rests on the train."), of=TUBE))
        yield site


@pytest.fixture(scope="module")
def filled(filled_site: Site) -> Iterator[TestClient]:
    """The page over it."""
    with TestClient(build_app(filled_site), base_url=ORIGIN) as client:
        yield client
