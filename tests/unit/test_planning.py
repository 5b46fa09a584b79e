"""The plan: simulated time, what stages took, what binds, what a run needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import gates, run, stages
from flows.catalogue import check_access
from flows.stage import Stage
from whosaid import flops
from whosaid.errors import ConfigurationError
from whosaid.media.pace import Pace
from whosaid.planning import path
from whosaid.planning.basis import Experience, find_basis
from whosaid.planning.limits import Limit, changed, limits_of, slowed
from whosaid.planning.needs import CHARACTERS, find_needs
from whosaid.planning.path import CHECK, PATH
from whosaid.planning.plan import Basis, Plan, Workload, make_plan
from whosaid.planning.published import CPU, Figure, figures_of
from whosaid.planning.rates import costs_of, loading_of, overhead_of
from whosaid.planning.report import advise, warn
from whosaid.planning.simulation import Cost, Costs, Forecast, Limits, Overhead, simulate
from whosaid.profiles import BALANCED, DEMO, PROFILES, Profile, text_model_named
from whosaid.rates import StageRate
from whosaid.types import Seconds, StageTiming, Work

ALL = [step.stage for step in (CHECK, *PATH)]
WIDE = Limits(
    64, {"download": 64, "asr": 64, "gpu": 64, "db": 64}, dict.fromkeys(("asr", "diarization", "voices", "text"), 64)
)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def costs(overhead: Overhead | None = None, loading: Mapping[str, Seconds] | None = None, **stages: Cost) -> Costs:
    """Make costs in which all other stages take no time."""
    return Costs(dict.fromkeys(ALL, Cost()) | stages, loading or {}, overhead or Overhead())


def tagged(**slots: int) -> Limits:
    return replace(WIDE, tags={**WIDE.tags, **slots})


def seconds(videos: int, limits: Limits, of: Costs, duration: Seconds = 1.0) -> Seconds:
    return simulate([duration] * videos, limits, of).seconds


def test_the_path_is_that_of_the_flow() -> None:
    """The stages, their order, their tags, what is prepared ahead: as `flows` has them, but for optional captions."""
    defined = [each for each in vars(stages).values() if isinstance(each, Stage) and each.name != "read_captions"]
    told = [(each.name, each._tag or "", each._prepare is not None) for each in defined]
    assert told == [(step.stage, step.tag, step.prepares) for step in PATH]
    assert (check_access.name, check_access._tag) == (CHECK.stage, CHECK.tag)
    assert path.CHECKED_AHEAD == gates.CHECKED_AHEAD
    assert set(run.STAGES) - {"read_captions"} < set(ALL)


def test_one_video_takes_the_sum_of_its_stages() -> None:
    """Rates by its length, constants, the work ahead, and what orchestration adds to each."""
    alone = costs(transcribe=Cost(rate=0.5, constant=1.0), find_monologue=Cost(constant=4.0, ahead=0.75))
    assert seconds(1, WIDE, alone, 10.0) == pytest.approx(6.0 + 4.0)
    overhead = Overhead(video=1.0, before=0.1, slot=0.2, after=0.3)
    slots = sum(bool(step.tag) for step in (CHECK, *PATH))
    expected = 10.0 + 1.0 + len(ALL) * 0.4 + slots * 0.2
    assert seconds(1, WIDE, replace(alone, overhead=overhead), 10.0) == pytest.approx(expected)


def test_videos_wait_for_slots() -> None:
    """Six videos of three seconds on two slots take nine seconds, and four of them stand in line."""
    forecast = simulate([1.0] * 6, tagged(db=2), costs(publish=Cost(constant=3.0)))
    assert forecast.seconds == pytest.approx(9.0)
    use = forecast.use("db")
    assert (use.peak, use.occupancy, use.saturated) == (4, pytest.approx(1.0), pytest.approx(1.0))
    assert use.contended == pytest.approx(6 / 9)


def test_an_engine_serves_no_more_than_its_workers() -> None:
    """A slot is of no use while the engine is not free, and is held all the same."""
    single = replace(tagged(asr=4), engines={**WIDE.engines, "diarization": 1})
    forecast = simulate([1.0] * 4, single, costs(diarize=Cost(constant=2.0)))
    assert forecast.seconds == pytest.approx(8.0)
    assert forecast.use("asr").occupancy == pytest.approx((8 + 6 + 4 + 2) / (4 * 8))


def test_what_is_done_ahead_holds_no_slot() -> None:
    """The slot of the GPU is held for the rest of the stage alone."""
    assert seconds(2, tagged(gpu=1), costs(embed_passages=Cost(constant=10.0, ahead=0.5))) == pytest.approx(15.0)


def test_only_so_many_videos_are_in_flight() -> None:
    """A place is held from the download to the end, a check needs none."""
    busy = costs(check_access=Cost(constant=1.0), transcribe=Cost(constant=2.0))
    assert seconds(4, replace(WIDE, videos_in_flight=1), busy) == pytest.approx(9.0)


def test_an_engine_is_loaded_once_and_others_wait() -> None:
    """Whoever comes first loads; two engines are loaded one after the other."""
    loading = costs(loading={"asr": 5.0}, transcribe=Cost(constant=1.0))
    assert seconds(3, WIDE, loading) == pytest.approx(6.0)


def test_orchestration_is_done_one_after_the_other() -> None:
    """Two processes have half of it each: of many videos at once the second follows when the first is in the other."""
    assert seconds(3, WIDE, costs(Overhead(video=2.0))) == pytest.approx(1.0 + 3 * 1.0)


def test_the_pace_of_a_site_is_kept() -> None:
    """As `media.pace` has it: a minute's worth at once, then evenly apart."""
    moments = []
    pace = Pace(5, clock=lambda: 0.0, sleep=moments.append)
    for _ in range(12):
        pace.wait()
    assert seconds(12, replace(WIDE, requests_per_minute=5), costs()) == pytest.approx(max(moments))


@given(st.lists(st.floats(1, 100), min_size=1, max_size=12), st.integers(1, 4), st.integers(1, 6), st.integers(1, 2))
def test_no_run_is_quicker_than_its_work(durations: list[float], asr: int, in_flight: int, gpu: int) -> None:
    """A run takes at least the work of any limit over its slots, its longest video, and no longer than all in turn."""
    limits = replace(tagged(asr=asr, gpu=gpu), videos_in_flight=in_flight)
    of = costs(
        fetch_audio=Cost(0.01, 1.0),
        transcribe=Cost(0.2),
        diarize=Cost(0.1),
        embed_voices=Cost(0.1),
        publish=Cost(0.0, 0.5),
    )
    forecast = simulate(durations, limits, of)
    assert forecast == simulate(durations, limits, of)
    work = [sum(cost.seconds(duration) for cost in of.stages.values()) for duration in durations]
    total = sum(durations)
    least = max(0.3 * total / asr, 0.1 * total / gpu, sum(work) / in_flight, *work)
    assert least - 1e-6 <= forecast.seconds <= sum(work) + 1e-6
    for use in forecast.uses:
        assert 0 <= use.contended <= use.saturated <= use.occupancy + 1e-9 <= 1 + 1e-6


def test_a_long_run_goes_on_as_it_began() -> None:
    """Ten times the videos take ten times as long, whether they are all simulated or not."""
    of = costs(transcribe=Cost(constant=3.0))
    assert seconds(4000, tagged(asr=2), of) == pytest.approx(6000.0)
    assert simulate([], WIDE, of) == Forecast(0.0, ())


def rate(
    stage: str, videos: int, audio: Seconds, computing: Seconds, loading: Seconds = 0.0, run_id: str = "a"
) -> StageRate:
    return StageRate(run_id, stage, videos, audio, 0.0, 0.0, loading, computing, Work())


def test_stages_cost_what_they_took_over_all_runs() -> None:
    """By seconds of audio, but by videos where the length does not matter."""
    found = costs_of(
        [
            rate("transcribe", 2, 100.0, 10.0),
            rate("transcribe", 1, 100.0, 30.0, run_id="b"),
            rate("publish", 4, 400.0, 2.0),
        ]
    )
    assert found == {"transcribe": Cost(rate=0.2), "publish": Cost(constant=0.5)}


def test_finding_speech_is_ahead_of_the_slot() -> None:
    """Clocks do not tell it from the rest: what it takes on a core is known, and some is always left."""
    [slow] = costs_of([rate("find_monologue", 1, 1000.0, 33.0)]).values()
    [fast] = costs_of([rate("find_monologue", 1, 1000.0, 1.0)]).values()
    assert slow.ahead == pytest.approx(0.1)
    assert fast.ahead < 1


def test_loading_is_that_of_the_mean_run() -> None:
    """All stages that an engine serves count together, runs that found it loaded count too."""
    found = loading_of(
        [rate("find_monologue", 1, 9, 9, 4.0), rate("embed_voices", 1, 9, 9, 2.0), rate("diarize", 1, 9, 9, run_id="b")]
    )
    assert found == {"asr": 0.0, "voices": 3.0, "diarization": 0.0, "text": 0.0}


def timing(stage: str, start: Seconds, queued: Seconds, computing: Seconds, *, cached: bool = False) -> StageTiming:
    return StageTiming(stage, "feed:one", NOON + timedelta(seconds=start), queued, 0.0, 0.0, computing, cached)


def test_orchestration_is_what_lies_between_stages() -> None:
    """Before a stage, for its slot, after it, and before the first of a video; cached stages say nothing."""
    found = overhead_of(
        [
            timing("check_access", 0.0, 0.15, 1.0),
            timing("fetch_audio", 3.0, 0.15, 2.0),
            timing("transcribe", 5.25, 0.15, 4.0),
            timing("attribute", 9.5, 0.05, 1.0),
            timing("cut_passages", 10.65, 0.05, 1.0),
            timing("publish", 90.0, 9.0, 1.0, cached=True),
        ]
    )
    assert found.before == pytest.approx(0.05)
    assert found.slot == pytest.approx(0.1)
    assert found.after == pytest.approx(0.1)
    assert found.video == pytest.approx(1.85 - 0.1)
    assert overhead_of([]) == Overhead()


def basis(share: float = 0.0, **stages: Cost) -> Basis:
    figures = {stage: Figure(cost, "a test") for stage, cost in costs(**stages).stages.items()}
    return Basis(figures, limits_of(BALANCED, None), share, Overhead())


def plan_for(of: Basis, limits: Limits | None = None, videos: int = 40) -> Plan:
    return make_plan(Workload(videos, 0.1 * videos), limits or limits_of(BALANCED, None), of)


def test_the_limit_that_binds_is_named_with_the_least_rise_that_helps() -> None:
    """Eight videos in flight keep at most eight recognisers busy; more than the next limit bears is not asked for."""
    four = replace(limits_of(BALANCED, None), videos_in_flight=6)
    gain = plan_for(basis(transcribe=Cost(constant=10.0)), four).gain
    assert gain is not None
    assert (gain.limit, gain.present, gain.raised) == (Limit.asr, 4, 6)
    assert gain.times == pytest.approx(6 / 4, rel=0.1)
    assert advise(gain) == "raise asr workers from 4 to 6: 1.4 times as fast"


@pytest.mark.parametrize(
    ("stage", "limit"),
    [
        ("diarize", Limit.diarization),
        ("embed_passages", Limit.gpu),
        ("attribute", Limit.in_flight),
        ("fetch_audio", Limit.in_flight),
    ],
)
def test_each_limit_can_bind(stage: str, limit: Limit) -> None:
    """A stage that takes long binds by its own limit: an engine, a slot, or the places of videos."""
    gain = plan_for(basis(**{stage: Cost(constant=10.0)})).gain
    assert gain is not None
    assert gain.limit is limit
    assert gain.times > 1.2


def test_a_slow_site_binds() -> None:
    """Where the site is asked no more often, no worker helps."""
    gain = plan_for(basis(transcribe=Cost(constant=10.0)), limits_of(BALANCED, 2)).gain
    assert gain is not None
    assert gain.limit is Limit.pace
    assert "if it bears them" in advise(gain)


def test_nothing_binds_a_single_video() -> None:
    """More workers do not make one video quicker, and nobody is told so."""
    assert plan_for(basis(transcribe=Cost(constant=10.0)), videos=1).gain is None
    assert advise(None).startswith("a faster machine")


def test_workers_share_the_device() -> None:
    """Where one worker fills it, twice the workers take twice as long each, and raising them is no advice."""
    before = limits_of(BALANCED, None)
    stages = costs(transcribe=Cost(rate=1.0), diarize=Cost(rate=1.0)).stages
    doubled = changed(before, Limit.asr, 8)
    assert slowed(stages, before, doubled, 1.0)["transcribe"].rate == pytest.approx(2.0)
    assert slowed(stages, before, doubled, 0.1)["transcribe"].rate == pytest.approx(1.0)
    assert slowed(stages, before, before, 1.0) == stages
    gain = plan_for(basis(share=1.0, transcribe=Cost(constant=10.0))).gain
    assert gain is None or gain.limit is not Limit.asr


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
@pytest.mark.parametrize("device", [CPU, *flops.PEAKS])
def test_the_table_knows_every_profile_on_every_device(profile: Profile, device: str) -> None:
    """Every stage has a figure above nothing, with its source."""
    figures = figures_of(profile, device)
    assert set(figures) == set(ALL)
    for figure in figures.values():
        assert figure.cost.seconds(3600.0) > 0
        assert figure.origin


def test_the_table_knows_another_text_model_of_the_demo() -> None:
    """The demo's own is measured; what another takes is reckoned."""
    other = DEMO.model_copy(update={"text": text_model_named("BAAI/bge-base-en-v1.5")})
    own, reckoned = figures_of(DEMO, CPU)["embed_passages"], figures_of(other, CPU)["embed_passages"]
    assert own.origin != reckoned.origin
    assert reckoned.cost.rate > own.cost.rate


def test_a_gpu_that_is_not_in_the_table_is_refused() -> None:
    """The names there are stand in the message."""
    with pytest.raises(ConfigurationError, match=r"no GPU 'Voodoo 2' in the table: choose one of T4, .*, or cpu"):
        figures_of(BALANCED, "Voodoo 2")


def test_runs_of_this_machine_go_before_the_table() -> None:
    """Stage by stage, and the plan says of each; of another text model than the runs had they say nothing."""
    known = Experience(rates=(rate("transcribe", 1, 100.0, 50.0), rate("embed_passages", 1, 100.0, 70.0)))
    found = find_basis(BALANCED, known, "H100").figures
    assert found["transcribe"] == Figure(Cost(rate=0.5), "the last run of this machine", measured=True)
    assert found["embed_passages"].cost.rate == pytest.approx(0.7)
    assert not found["diarize"].measured
    assert warn(found).startswith("An estimate: 10 of 12 stages")
    other = BALANCED.model_copy(update={"text": text_model_named("BAAI/bge-base-en-v1.5")})
    assert not find_basis(other, known, "H100").figures["embed_passages"].measured


def test_a_plan_by_runs_alone_asks_no_table() -> None:
    """A machine whose GPU nobody knows plans by what it did."""
    known = Experience(rates=tuple(rate(stage, 1, 100.0, 1.0) for stage in ALL))
    found = find_basis(BALANCED, known, "Voodoo 2").figures
    assert warn(found).startswith("By what stages took on this machine")


def test_vectors_take_room_by_their_dimension() -> None:
    """Twice the dimensions take twice the room in results and archive; the audio stays."""
    workload = Workload(10, 5.0)
    small, large = (
        find_needs(workload, BALANCED.model_copy(update={"text": text_model_named(name)}))
        for name in ("sentence-transformers/all-MiniLM-L6-v2", "BAAI/bge-base-en-v1.5")
    )
    assert small.audio == large.audio
    vectors = large.archive - small.archive
    assert vectors == pytest.approx(2.2 * small.passages * 384 * 4, rel=0.01)
    assert large.disk == large.audio + large.results + large.archive
    assert small.passages == round(5 * CHARACTERS / 1250)
    assert find_needs(workload, BALANCED, passages_an_hour=100.0).passages == 500


def test_only_a_service_costs_money() -> None:
    """Tokens by the bytes that are said, at the price of the model."""
    workload = Workload(2000, 1000.0)
    served = BALANCED.model_copy(update={"text": text_model_named("text-embedding-3-large")})
    assert find_needs(workload, served).usd == pytest.approx(1000 * CHARACTERS / 3 * 0.13 / 1e6, rel=1e-3)
    assert find_needs(workload, BALANCED).usd == 0


def test_long_recordings_take_memory() -> None:
    """Each video in flight is held as samples; models of unknown size are named."""
    short, long = (find_needs(Workload(100, hours), DEMO) for hours in (50.0, 100.0))
    assert long.memory - short.memory == pytest.approx(DEMO.videos_in_flight * 0.5 * 16_000 * 4 * 3600)
    assert "whosaid-demo/whisper" in short.unknown
