"""Captions as a stage: read once, and keyed by what decides whether they are taken."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from prefect import flow
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from flows.job import Job
from flows.limits import Queues
from flows.stages import read_captions
from tests.flows.scripted import record
from whosaid.media import CaptionRule
from whosaid.media.folder import LocalFolder
from whosaid.types import Audio, Captions, TranscriptOrigin


async def test_captions_are_read_once_for_each_rule(tmp_path: Path) -> None:
    """What was read is found again with its origin; where captions are not allowed nothing is read or found."""
    record(tmp_path / "talks" / "talk.wav", 1.0)
    (tmp_path / "talks" / "talk.en.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nSleep well.\n")
    source = LocalFolder(tmp_path / "talks")
    (video,) = source.list().videos
    job = Job(video, source, SimpleNamespace(scratch=tmp_path), Queues({"download": 1}))  # pyright: ignore

    @flow
    async def read(rule: CaptionRule) -> Captions:
        return await read_captions(video, Audio("x", 1.0), rule, job=job)

    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path / "results"}):
        allow, never = CaptionRule(use="allow"), CaptionRule()
        found = [await read(rule) for rule in (allow, allow, never)]
    assert found[0].transcript is not None
    assert found[0].transcript.origin is TranscriptOrigin.captions
    assert found == [found[0], found[0], Captions(None)]
    assert [timing.cached for timing in job.timings] == [False, True, False]
