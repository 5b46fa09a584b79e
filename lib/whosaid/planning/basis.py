"""From which figures a plan is made: this machine's own runs, and for what they do not say a table of estimates."""

from __future__ import annotations

from dataclasses import dataclass, replace

from whosaid import gpu
from whosaid.planning.limits import CPU_SHARE, GPU_SHARE, limits_of
from whosaid.planning.path import CHECK, PATH
from whosaid.planning.plan import Basis
from whosaid.planning.published import CPU, OVERHEAD, Figure, figures_of
from whosaid.planning.rates import costs_of, loading_of, overhead_of
from whosaid.profiles import PROFILES, Profile
from whosaid.rates import StageRate
from whosaid.store import Archive
from whosaid.text import OpenAi
from whosaid.types import StageTiming


@dataclass(frozen=True, slots=True)
class Experience:
    """What an archive tells of former runs of a profile on this machine, and of its videos."""

    rates: tuple[StageRate, ...] = ()
    timings: tuple[StageTiming, ...] = ()  # of the newest of those runs
    hours_a_video: float | None = None
    passages_an_hour: float | None = None


def recall(archive: Archive, profile: Profile, machine: str) -> Experience:
    """Read what the archive knows."""
    rates, status = archive.stage_rates(profile.name, machine), archive.status()
    return Experience(
        rates=rates,
        timings=archive.timings(rates[0].run_id) if rates else (),
        hours_a_video=status.hours / status.videos.done if status.videos.done else None,
        passages_an_hour=status.passages / status.hours if status.hours else None,
    )


def find_basis(profile: Profile, known: Experience, device: str) -> Basis:
    """Return the figures for a profile: those of its runs where there are any, else of the table for a device.

    The text model of `profile` may be another than the runs had, who say nothing of it then.
    """
    usual = PROFILES[profile.name]
    measured = _measured(profile, known)
    if profile.text != usual.text:
        measured.pop("embed_passages", None)
    whole = all(step.stage in measured for step in (CHECK, *PATH))
    return Basis(
        figures=measured if whole else {**figures_of(profile, device), **measured},
        measured=limits_of(usual, None),
        share=CPU_SHARE if device == CPU else GPU_SHARE,
        overhead=overhead_of(known.timings) if known.timings else OVERHEAD,
        loading=loading_of(known.rates),
    )


def _measured(profile: Profile, known: Experience) -> dict[str, Figure]:
    runs = len({rate.run_id for rate in known.rates})
    origin = "the last run of this machine" if runs == 1 else f"the last {runs} runs of this machine"
    costs = costs_of(known.rates)
    if isinstance(profile.text, OpenAi) and "embed_passages" in costs:  # the service is asked before the slot
        costs["embed_passages"] = replace(costs["embed_passages"], ahead=1.0)
    return {stage: Figure(cost, origin, measured=True) for stage, cost in costs.items()}


def device_here() -> str:
    """Return the name of the first GPU of this machine, or the CPU."""
    found = gpu.devices()
    return found[0].name if found else CPU
