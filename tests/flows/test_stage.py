"""The stage cache: what is keyed, what is found again, what is refused."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prefect import flow
from prefect.concurrency.asyncio import concurrency
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from flows.job import Job
from flows.limits import Queues, set_limits
from flows.stage import Stage, stage
from whosaid import metrics
from whosaid.errors import FetchError, MediaError
from whosaid.passages import PassageRule
from whosaid.types import Audio, Receipt, Span, StageTiming, Turn, Video

VIDEO = Video("file", "a", "file:a", "A", "folder")


@pytest.fixture(autouse=True)
def results(tmp_path: Path) -> Any:
    """An empty result store for each test."""
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path / "results"}):
        yield tmp_path / "results"


def make_job() -> Job:
    return Job(VIDEO, SimpleNamespace(), SimpleNamespace(), Queues({"gpu": 1, "limited": 1}))  # pyright: ignore


async def call(made: Stage[..., Any], *inputs: object) -> tuple[Any, StageTiming]:
    job = make_job()

    @flow
    async def one() -> Any:
        return await made(*inputs, job=job)

    result = await one()
    return result, job.timings[-1]


def counting_stage(calls: list[str], version: int = 1) -> Stage[..., Turn]:
    @stage(version=version)
    def name_turn(audio: Audio, rule: PassageRule, *, job: Job) -> Turn:
        calls.append(audio.sha256)
        return Turn(0.0, 1.0, audio.sha256)

    return name_turn


async def test_a_result_is_found_again() -> None:
    """The same inputs run the body once; the second call returns an equal value and says that it was cached."""
    calls: list[str] = []
    made, rule = counting_stage(calls), PassageRule(min_chars=1, max_chars=9)
    first, ran = await call(made, Audio("x", 1.0), rule)
    second, found = await call(made, Audio("x", 1.0), rule)
    assert (first, calls) == (second, ["x"])
    assert (ran.cached, found.cached) == (False, True)


async def test_a_found_result_takes_no_slot() -> None:
    """While another run holds the only slot of the tag, what is found is returned all the same."""

    @stage(version=1, tag="limited")
    def name_turn(audio: Audio, *, job: Job) -> Turn:
        return Turn(0.0, 1.0, audio.sha256)

    await set_limits({"limited": 1})
    made, _ = await call(name_turn, Audio("x", 1.0))
    async with asyncio.timeout(30), concurrency("tag:limited", strict=True):
        again, found = await call(name_turn, Audio("x", 1.0))
    assert (again, found.cached) == (made, True)


async def test_every_input_is_in_the_key(results: Path) -> None:
    """Another audio, another rule or another version makes another result."""
    calls: list[str] = []
    made, rule = counting_stage(calls), PassageRule(min_chars=1, max_chars=9)
    await call(made, Audio("x", 1.0), rule)
    await call(made, Audio("y", 1.0), rule)
    await call(made, Audio("x", 1.0), PassageRule(min_chars=1, max_chars=10))
    await call(counting_stage(calls, version=2), Audio("x", 1.0), rule)
    assert calls == ["x", "y", "x", "x"]
    assert sorted(each.name for each in (results / "name_turn").iterdir()) == ["v1", "v2"]


async def test_a_tuple_of_values_comes_back_as_it_was() -> None:
    """Results survive the store with their types, also where there are none."""

    @stage(version=1)
    def split(spans: tuple[Span, ...], *, job: Job) -> tuple[Turn, ...]:
        return tuple(Turn(each.start, each.end, "S") for each in spans)

    for spans in ((), (Span(0.0, 0.1), Span(0.3, 2.0))):
        made, _ = await call(split, spans)
        found, timing = await call(split, spans)
        assert found == made
        assert timing.cached


async def test_a_result_cut_short_by_a_crash_is_made_again(results: Path) -> None:
    """A file that a dying process left half-written is no result."""
    calls: list[str] = []
    made, rule = counting_stage(calls), PassageRule(min_chars=1, max_chars=9)
    await call(made, Audio("x", 1.0), rule)
    [stored] = [each for each in results.rglob("*") if each.is_file()]
    stored.write_bytes(stored.read_bytes()[:40])
    again, timing = await call(made, Audio("x", 1.0), rule)
    assert (again, timing.cached, calls) == (Turn(0.0, 1.0, "x"), False, ["x", "x"])


def test_a_parameter_that_is_neither_keyed_nor_live_is_refused() -> None:
    """A default, a keyword or a type without a canonical form is refused when the stage is defined."""

    def with_default(audio: Audio, rate: int = 3, *, job: Job) -> Turn: ...
    def with_keyword(audio: Audio, *, rate: int, job: Job) -> Turn: ...
    def with_handle(audio: Audio, engines: Job, *, job: Job) -> Turn: ...

    for body in (with_default, with_keyword, with_handle):
        with pytest.raises(TypeError, match=body.__name__):
            stage(version=1)(body)


def test_a_stage_that_returns_no_value_type_is_refused() -> None:
    """A result whose type is not in whosaid.types could not be read back."""

    def measure(audio: Audio, *, job: Job) -> int: ...

    with pytest.raises(TypeError, match=r"whosaid\.types"):
        stage(version=1)(measure)


async def test_only_what_may_pass_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network failure is retried, a corrupt file is not."""
    attempts: list[str] = []

    @stage(version=1)
    def fetch(audio: Audio, *, job: Job) -> Receipt:
        attempts.append(audio.sha256)
        if audio.sha256 == "corrupt":
            raise MediaError("corrupt: no audio: fetch it again")
        if len(attempts) < 3:
            raise FetchError("flaky: the site does not answer: try later")
        return Receipt("a", 1.0, 0, 0, 0, 0)

    monkeypatch.setattr(fetch._task, "retry_delay_seconds", [0.01])
    receipt, _ = await call(fetch, Audio("flaky", 1.0))
    assert receipt.video_id == "a"
    assert len(attempts) == 3
    with pytest.raises(MediaError):
        await call(fetch, Audio("corrupt", 1.0))
    assert len(attempts) == 4


async def test_what_is_prepared_counts_too() -> None:
    """Before the slot is asked for, loading is loading and work is work, not waiting for the slot."""

    def load(audio: Audio, *, job: Job) -> None:
        time.sleep(0.3)
        metrics.note_loading(0.1)

    @stage(version=1, prepare=load)
    def measure(audio: Audio, *, job: Job) -> Span:
        return Span(0.0, 1.0)

    _, timing = await call(measure, Audio("prepared", 1.0))
    assert timing.loading == pytest.approx(0.1)
    assert timing.computing >= 0.19
