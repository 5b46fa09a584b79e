"""What a plan says, in words and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from whosaid.formats import spell
from whosaid.planning.limits import Limit, slots_of
from whosaid.planning.needs import Needs
from whosaid.planning.plan import Gain, Plan
from whosaid.planning.published import Figure
from whosaid.planning.simulation import IN_FLIGHT
from whosaid.profiles import Profile

_LINES = {Limit.asr: "asr", Limit.download: "download", Limit.db: "db", Limit.gpu: "gpu", Limit.in_flight: IN_FLIGHT}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One column of the table: a profile with its limits, how its run goes, and what it takes."""

    name: str
    profile: Profile
    plan: Plan
    needs: Needs


def ends(plan: Plan, now: datetime) -> datetime:
    """Return when a run that is started now ends."""
    return now + timedelta(seconds=plan.forecast.seconds)


def rows_of(scenario: Scenario, now: datetime) -> dict[str, str]:
    """Return what a column says, by the names of the rows."""
    plan, needs = scenario.plan, scenario.needs
    return {
        "takes": spell(plan.forecast.seconds),
        "ends, if started now": f"{ends(plan, now):%Y-%m-%d %H:%M}",
        "hours of audio an hour": f"{plan.speed:.1f}",
        "what helps most": advise(plan.gain),
        **_slots(plan),
        "text model": scenario.profile.text.model_key.partition("@")[0],
        "disk": f"{_bytes(needs.disk)}: audio {_bytes(needs.audio)}, results {_bytes(needs.results)}, "
        f"archive {_bytes(needs.archive)}",
        "memory": f"about {_bytes(needs.memory)}",
        "memory of the GPU": _weights(needs),
        "money": f"{needs.usd:.2f} USD" if needs.usd else "nothing",
        "asks the site": _asked(plan, needs),
    }


def advise(gain: Gain | None) -> str:
    """Return which limit binds and what raising it would bring."""
    if gain is None:
        return "a faster machine or smaller models: no limit that is raised alone brings anything"
    faster = f"{gain.times:.1f} times as fast"
    match gain.limit:
        case Limit.gpu:
            return f"the slot of the GPU binds: a faster GPU or a smaller model; twice that, {faster}"
        case Limit.pace:
            return f"the pace of the site binds: {gain.raised} requests per minute would be {faster}, if it bears them"
        case _:
            return f"raise {gain.limit} from {gain.present} to {gain.raised}: {faster}"


def warn(figures: Mapping[str, Figure]) -> str:
    """Return how far a plan by these figures is to be trusted."""
    estimated = sum(not figure.measured for figure in figures.values())
    if estimated:
        return (
            f"An estimate: {estimated} of {len(figures)} stages by published figures, and none of those by a run of "
            "this machine. Ingest a few videos with this profile, and plan by what they took."
        )
    return "By what stages took on this machine; videos of another kind may take more or less."


def describe(scenario: Scenario, now: datetime) -> dict[str, Any]:
    """Return a column as JSON; seconds, bytes, US dollars."""
    plan, gain = scenario.plan, scenario.plan.gain
    limits = {limit.value: slots for limit, slots in slots_of(plan.limits).items()}
    return {
        "seconds": plan.forecast.seconds,
        "ends": ends(plan, now).isoformat(timespec="seconds"),
        "hours_an_hour": plan.speed,
        "limits": limits,
        "text_model": scenario.profile.text.model_key,
        "uses": [asdict(use) for use in plan.forecast.uses],
        "binds": gain and {"limit": gain.limit, "from": gain.present, "to": gain.raised, "times": gain.times},
        "advice": advise(gain),
        "needs": {**asdict(scenario.needs), "disk": scenario.needs.disk, "pace": pace_share(plan, scenario.needs)},
    }


def describe_figures(figures: Mapping[str, Figure], stages: Sequence[str]) -> list[dict[str, Any]]:
    """Return what each stage was taken to cost, and by which source."""
    return [
        {"stage": stage, "rate": cost.rate, "constant": cost.constant, "origin": figures[stage].origin}
        for stage in stages
        for cost in (figures[stage].cost,)
    ]


def pace_share(plan: Plan, needs: Needs) -> float | None:
    """Return the share of the questions that the site bears which the run asks; None where there is no such limit."""
    allowed = plan.limits.requests_per_minute
    return needs.looks / (plan.forecast.seconds / 60) / allowed if allowed else None


def _slots(plan: Plan) -> dict[str, str]:
    used = {use.tag: use for use in reversed(plan.forecast.uses)}  # the tag asr, not the engine of that name
    rows = dict[str, str]()
    for limit, slots in slots_of(plan.limits).items():
        if limit is Limit.diarization:
            rows[limit] = f"{slots}, busy {used['diarization'].occupancy:.0%}"
        elif limit in _LINES:
            use = used[_LINES[limit]]
            rows[limit] = f"{slots}, busy {use.occupancy:.0%}, at most {use.peak} waiting"
    return rows


def _weights(needs: Needs) -> str:
    unknown = f"; not known: {', '.join(needs.unknown)}" if needs.unknown else ""
    return f"{_bytes(needs.gpu_memory)} of weights{unknown}, and what computing takes"


def _asked(plan: Plan, needs: Needs) -> str:
    share = pace_share(plan, needs)
    told = f", {share:.0%} of {plan.limits.requests_per_minute} a minute" if share is not None else ", at any pace"
    return f"{needs.looks:,} times{told}"


def _bytes(size: float) -> str:
    return (
        f"{size / 1e12:.1f} TB" if size >= 1e12 else f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
    )
