"""A voice is named once, through the flows, and every video has the name: no audio is read and no engine loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLeaseHolder, State

from flows.console import run_here
from flows.enroll import enroll
from flows.limits import set_limits
from flows.relabel import relabel
from tests.flows.conftest import data_directory
from tests.flows.scripted import WORDS, record
from whosaid import profiles
from whosaid.asr import ScriptedAsr
from whosaid.diarization import ScriptedDiarization
from whosaid.engines import Engines
from whosaid.errors import EnrolmentError
from whosaid.profiles import BALANCED, Overrides, ProfileName
from whosaid.speakers.enrolling import Enrolled
from whosaid.store import Archive, open_archive
from whosaid.text import ScriptedText
from whosaid.types import UNKNOWN, RunSummary
from whosaid.voices import ScriptedVoices

# A voice is the second in which a window begins, counted round three: "a" is the first voice, "b" the second.
TURNS = ((0.0, 6.0, "a"), (7.0, 9.0, "b"), (9.0, 15.0, "a"), (16.0, 18.0, "b"), (18.0, 24.0, "a"))
PROFILE = BALANCED.model_copy(
    update={
        "asr": ScriptedAsr(words=WORDS),
        "diarization": ScriptedDiarization(turns=TURNS),
        "voices": ScriptedVoices(dimension=3),
        "text": ScriptedText(dimension=16),
    }
)


@pytest.fixture(scope="module", autouse=True)
def scripted() -> Generator[None]:
    """Make the profile that the flows take one of scripted engines."""
    asyncio.run(set_limits(BALANCED.limits))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(profiles.PROFILES, ProfileName.balanced, PROFILE)
        yield


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media") / "channel"
    for name in ("one", "two"):
        record(folder / f"{name}.wav", 24.0 if name == "one" else 24.5)
    return folder


@pytest.fixture(scope="module")
def archive(channel: Path) -> Generator[Archive]:
    """The archive of a channel in two videos of which the same two voices speak."""
    with data_directory() as home:
        asyncio.run(ingest(channel))
        with open_archive(None, home) as opened:
            yield opened


async def ingest(channel: Path, overrides: Overrides | None = None) -> RunSummary:
    return await run_here(str(channel), "balanced", overrides=overrides)


async def run(flow: Any, **parameters: Any) -> Any:
    """Run a flow; return what it comes to, or the error that stopped it."""
    state: State[Any] = await flow(**parameters, return_state=True)
    return await state.aresult(raise_on_failure=False)


def names(archive: Archive, channel: Path) -> list[dict[str, str]]:
    found = [archive.transcript(str(channel / f"{name}.wav")) for name in ("one", "two")]
    return [{each.label: each.speaker for each in told.identities} for told in found]


@pytest.fixture(scope="module")
def enrolled(archive: Archive) -> Enrolled:
    """The voice that was unknown in both videos, named by its number, with neither engine nor slot to be had."""
    [known] = [each for each in archive.heard_voices() if each.number is not None and each.speech > 20]
    assert (known.speaker, known.videos) == (UNKNOWN, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engines, "lease", None)
        return asyncio.run(enrol_beside_the_gpu("Ada", f"voice:{known.number}"))


async def enrol_beside_the_gpu(name: str, clip: str) -> Enrolled:
    """Enrol a speaker while another task holds the GPU's slot."""
    holder = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    async with get_client() as client, asyncio.timeout(120):
        lease = await client.increment_concurrency_slots_with_lease(["tag:gpu"], 1, "concurrency", 300, holder)
        try:
            return await run(enroll, name=name, clips=[clip])
        finally:
            await client.release_concurrency_slots_with_lease(lease.json()["lease_id"])


async def test_naming_a_voice_names_it_everywhere(enrolled: Enrolled, archive: Archive, channel: Path) -> None:
    """Every video has the name, and nothing is due for it."""
    assert (enrolled.voiceprint.speaker, enrolled.version) == ("Ada", 1)
    assert names(archive, channel) == [{"SPEAKER_00": "Ada", "SPEAKER_01": UNKNOWN}] * 2
    again = await ingest(channel)
    assert (again.outcomes, again.engines_loaded) == ((), ())


async def test_a_relabelling_names_as_an_ingest_does(enrolled: Enrolled, archive: Archive, channel: Path) -> None:
    """Published afresh with the same voiceprints, the labels have the same names, and nothing is left to change."""
    before = [each.identities for each in archive.heard(PROFILE.voices.model_key)]
    again = await ingest(channel, Overrides(text=ScriptedText(dimension=32)))
    assert len(again.outcomes) == 2
    assert [each.identities for each in archive.heard(PROFILE.voices.model_key)] == before
    told = await run(relabel)
    assert (told.changes, told.written, told.recordings) == ((), 0, 2)


async def test_a_refusal_is_the_outcome_of_the_run(archive: Archive, channel: Path) -> None:
    """In one line, and nothing is kept."""
    before = archive.enrolments()
    assert isinstance(await run(enroll, name="Bob", clips=[f"{channel / 'one.wav'}#SPEAKER_01"]), EnrolmentError)
    assert archive.enrolments() == before
