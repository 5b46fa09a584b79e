"""Each rule over figures made for it: what is named, with what gain, and what is left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows import catalogue, stages
from flows.stage import Stage
from whosaid.advice import Advice, Evidence, judge
from whosaid.advice.bounds import Bounds, bounds_of
from whosaid.advice.evidence import STAGE_TAGS
from whosaid.types import GpuReading, QueueUse, Seconds, StageTiming, Telemetry, TranscriptOrigin, Work

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
VIDEOS, IN_FLIGHT = 16, 8
TOOK: dict[str, Seconds] = {
    "fetch_audio": 3.0, "transcribe": 20.0, "diarize": 8.0, "embed_voices": 2.0, "embed_passages": 2.0, "publish": 0.5
}  # fmt: skip
CALM = {
    "asr": QueueUse("asr", 2, 4, 0.7, 0.5, 0.4),
    "gpu": QueueUse("gpu", 1, 1, 0.4, 0.4, 0.1),
    "download": QueueUse("download", 12, 0, 0.2, 0.0, 0.0),
    "db": QueueUse("db", 12, 0, 0.1, 0.0, 0.0),
}


def evidence(
    took: dict[str, Seconds] | None = None,
    gpus: tuple[GpuReading, ...] = (),
    uses: dict[str, QueueUse] | None = None,
    works: dict[str, Work] | None = None,
    queued: Seconds = 40.0,
    line: str = "transcribe",
    **changes: Any,
) -> Evidence:
    """Return a run of 16 videos, 8 at a time, whose stages take the same for each, on a GPU where there is a model.

    A video waits `queued` seconds in one line, so that it is the slots and not the videos in flight that bind.
    """
    lasting = TOOK | (took or {})
    timings = [each for i in range(VIDEOS) for each in _clocks(i, lasting, works or {}, {line: queued})]
    seconds = 2 * (queued + sum(lasting.values()))
    usual = Evidence(
        seconds,
        tuple(timings),
        0,
        (TranscriptOrigin.asr,) * VIDEOS,
        ("Whisper on cuda", "Ecapa on cuda"),
        Telemetry(gpus, (), tuple((CALM | (uses or {})).values())),
    )
    return replace(usual, **changes)


def _clocks(
    i: int, lasting: dict[str, Seconds], works: dict[str, Work], queued: dict[str, Seconds]
) -> list[StageTiming]:
    at = NOON + timedelta(seconds=(i // IN_FLIGHT) * (sum(queued.values()) + sum(lasting.values())))
    clocks = list[StageTiming]()
    for stage, seconds in lasting.items():
        device = "" if stage in {"fetch_audio", "publish"} else "cuda"
        work = works.get(stage, Work())
        waits = queued.get(stage, 0.0)
        clock = StageTiming(stage, f"feed:{i}", at, waits, 0.0, 0.0, seconds, cached=False, device=device, work=work)
        clocks.append(clock)
        at += timedelta(seconds=waits + seconds)
    return clocks


def on_cpu(found: Evidence, stage: str) -> Evidence:
    moved = tuple(replace(each, device="cpu float32") if each.stage == stage else each for each in found.timings)
    return replace(found, timings=moved)


def readings(**told: Any) -> tuple[GpuReading, ...]:
    return tuple(
        GpuReading(**{"at": NOON + timedelta(seconds=i), "gpu": 0, "utilisation": 0.5} | told) for i in range(20)
    )


def only(found: tuple[Advice, ...]) -> Advice:
    [advice] = found
    return advice


FULL_GPU = {"gpu": QueueUse("gpu", 1, 6, 0.97, 0.97, 0.9)}
FULL_ASR = {"asr": QueueUse("asr", 2, 7, 0.97, 0.96, 0.95)}


def test_full_slots_of_the_recogniser_are_named_with_their_remedy() -> None:
    """The example of the issue: full slots, a GPU with room; the gain is what the next bound leaves."""
    found = only(judge(evidence(uses=FULL_ASR, gpus=readings(utilisation=0.48))))
    assert found.cause == "asr slots"
    assert found.headline == (
        "asr slots were full 96 % of the time with up to 7 waiting while the GPU was busy 48 %: "
        "raise asr workers from 2 to 4; expected 2.0 times"
    )


def test_a_busy_gpu_has_nothing_to_share() -> None:
    assert judge(evidence(uses=FULL_ASR, gpus=readings(utilisation=0.9))) == ()


def test_more_workers_on_the_same_processors_take_turns() -> None:
    """Without a GPU, full slots of the recogniser are no limit that could be raised."""
    cpu = on_cpu(on_cpu(evidence(uses=FULL_ASR), "transcribe"), "diarize")
    assert judge(cpu) == ()


def test_a_model_on_the_cpu_beside_a_gpu_is_named() -> None:
    """Only where there is one, and where it takes a share worth the words."""
    slow = on_cpu(evidence(took={"embed_passages": 30.0}, gpus=readings(), uses=FULL_GPU), "embed_passages")
    found = judge(slow)[0]
    assert found.cause == "model on the CPU"
    assert found.gain is not None
    assert found.gain > 1.3
    without = replace(slow, telemetry=Telemetry(uses=slow.telemetry.uses))
    assert "model on the CPU" not in {each.cause for each in judge(without)}
    assert judge(on_cpu(evidence(took={"publish": 30.0}, gpus=readings()), "embed_passages")) == ()


@pytest.mark.parametrize(
    ("stage", "work", "named"),
    [
        ("embed_voices", Work(items=400, batches=400), True),
        ("embed_voices", Work(items=400, batches=20), False),
        ("embed_voices", Work(items=30, batches=24), False),  # few windows have few of a length
        ("embed_passages", Work(items=30, batches=30), True),
        ("embed_passages", Work(items=30, batches=1), False),
        ("embed_passages", Work(items=1, batches=1), False),  # a video of one passage
    ],
)
def test_calls_one_by_one_are_named(stage: str, work: Work, *, named: bool) -> None:
    """Where there was enough to share a call."""
    found = judge(evidence(took={stage: 40.0}, works={stage: work}))
    assert ("one-by-one calls" in {each.cause for each in found}) is named


def test_slow_downloads_are_named() -> None:
    """By the limit of downloads where that is full, else by the videos in flight."""
    idle = {"asr": QueueUse("asr", 2, 0, 0.3, 0.1, 0.0), "gpu": QueueUse("gpu", 1, 0, 0.2, 0.2, 0.0)}
    full = {"download": QueueUse("download", 2, 6, 0.98, 0.97, 0.96)}
    held = only(judge(evidence(took={"fetch_audio": 90.0}, uses=idle | full, queued=120.0, line="fetch_audio")))
    assert (held.cause, held.remedy) == ("downloads", "raise io workers from 2 to 4 where the site allows it")
    free = only(judge(evidence(took={"fetch_audio": 90.0}, uses=idle, queued=0.0)))
    assert (free.cause, free.remedy) == ("downloads", "raise videos in flight from 8 to 16")


def test_too_few_videos_in_flight_are_named() -> None:
    """Where slots stand empty and nobody waits."""
    idle = {tag: replace(use, occupancy=0.2, contended=0.0) for tag, use in CALM.items()}
    found = only(judge(evidence(uses=idle, queued=0.0)))
    assert (found.cause, found.remedy) == ("videos in flight", "raise videos in flight from 8 to 16")


def test_a_slot_of_the_gpu_that_keeps_it_idle_is_named() -> None:
    """But not where a rule knows why."""
    found = only(judge(evidence(uses=FULL_GPU, gpus=readings(utilisation=0.2))))
    assert found.cause == "gpu slot"
    assert "most of it by embed_voices" in found.headline
    slow = on_cpu(
        evidence(took={"embed_passages": 30.0}, uses=FULL_GPU, gpus=readings(utilisation=0.2)), "embed_passages"
    )
    assert [each.cause for each in judge(slow)] == ["model on the CPU"]


def test_a_full_database_is_named() -> None:
    db = {"db": QueueUse("db", 1, 6, 0.97, 0.97, 0.9)}
    assert only(judge(evidence(uses=db))).remedy == "raise db workers from 1 to 2"


def test_a_model_that_is_loaded_again_is_named() -> None:
    """By its share of the run; two models of one kind, loaded in no time, are none."""
    again = ("Whisper on cuda", "Text on cuda") * 4
    whole = evidence(engines=again)
    assert "model reloaded" not in {each.cause for each in judge(whole)}
    slow = replace(whole, timings=tuple(replace(each, loading=1.0) for each in whole.timings))
    assert "model reloaded" in {each.cause for each in judge(slow)}


def test_a_run_that_mostly_loads_is_told_so() -> None:
    """Few videos are no bottleneck."""
    whole = evidence()
    slow = replace(whole, timings=(replace(whole.timings[0], loading=90.0), *whole.timings[1:]))
    assert only(judge(slow)).remedy == "give a run more videos"


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ({"memory_used": 95, "memory_total": 100}, "GPU memory"),
        ({"memory_used": 80, "memory_total": 100}, None),
        ({"throttled": ("overheating",)}, "clocks held down"),
        ({"throttled": ("power limit",), "clock": 1500}, None),  # usual at full load
        ({}, None),
    ],
)
def test_what_the_driver_says_is_named(told: dict[str, Any], cause: str | None) -> None:
    found = judge(evidence(gpus=readings(**told)))
    assert [each.cause for each in found] == ([cause] if cause else [])


def test_a_clock_far_below_its_best_is_named() -> None:
    """A power limit that costs a third of the clock is more than usual."""
    slow = readings(throttled=("power limit",), clock=1000)
    assert only(judge(evidence(gpus=(*readings(clock=1500), *slow)))).cause == "clocks held down"


def test_captions_for_speech_are_named() -> None:
    origins = (TranscriptOrigin.captions,) * 4 + (TranscriptOrigin.asr,) * 12
    found = only(judge(evidence(origins=origins)))
    assert found.headline.startswith("4 of 16 transcripts (25 %) are captions")


@pytest.mark.parametrize("changes", [{"seconds": 59.0}, {"found": 1000}, {"timings": ()}])
def test_too_little_is_not_judged(changes: dict[str, Any]) -> None:
    """A short run, one that found nearly all, and one without videos, whatever else is true of it."""
    origins = (TranscriptOrigin.captions,) * 16
    assert judge(evidence(origins=origins)) != ()
    assert judge(evidence(origins=origins, **changes)) == ()


def test_the_most_to_be_gained_comes_first() -> None:
    """What cannot be counted comes last."""
    full = {"db": QueueUse("db", 1, 6, 0.97, 0.97, 0.9)}
    found = judge(evidence(uses=full, gpus=readings(memory_used=95, memory_total=100)))
    assert [each.cause for each in found] == ["db slots", "GPU memory"]


def test_bounds_are_those_of_operational_analysis() -> None:
    """The slots by their occupancy, the videos in flight and the longest one by their own time."""
    bounds = bounds_of(evidence(uses=FULL_ASR, gpus=readings(utilisation=0.48)))
    assert bounds.seconds["asr"] == pytest.approx(0.97 * 151)
    assert bounds.seconds["the GPU"] == pytest.approx(0.48 * 151)
    assert bounds.seconds["the longest video"] == pytest.approx(35.5)
    assert bounds.seconds["videos in flight"] == pytest.approx(71)


@pytest.mark.parametrize(
    ("others", "more", "gain"), [(20.0, 4, 2.0), (60.0, 4, 5 / 3), (70.0, 3, 10 / 7), (100.0, 3, 1.0)]
)
def test_a_limit_is_raised_until_the_next_one_binds(others: float, more: int, gain: float) -> None:
    """At most to twice as many."""
    bounds = Bounds({"asr": 100.0, "gpu": others}, {"asr": 2, "gpu": 1})
    assert bounds.raised("asr") == (more, pytest.approx(gain))


def test_the_slots_of_the_stages_are_those_of_the_flow() -> None:
    """A stage that is tagged otherwise there is judged wrongly here."""
    tagged = {
        each.name: each._tag for each in (*vars(stages).values(), catalogue.check_access) if isinstance(each, Stage)
    }
    assert {name: tag for name, tag in tagged.items() if tag} == STAGE_TAGS
