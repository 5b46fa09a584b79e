"""The limits of a profile as the simulation takes them, each by the name that people know it by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from whosaid.planning.simulation import Cost, Limits
from whosaid.profiles import Profile

ENGINES: Final = ("asr", "diarization", "voices", "text")

GPU_SHARE: Final = 0.5
"""Of a GPU that one recogniser or diarizer keeps busy, an assumption: from two on they slow each other down."""
CPU_SHARE: Final = 1.0
"""The threads of the machine are divided among the workers."""


class Limit(StrEnum):
    """What can be raised."""

    asr = "asr workers"
    diarization = "diarization workers"
    download = "io workers"
    db = "db workers"
    in_flight = "videos in flight"
    gpu = "slots of the GPU"
    pace = "requests per minute"


def limits_of(profile: Profile, requests_per_minute: int | None) -> Limits:
    """Return how many of each a run of a profile lets work at once."""
    return Limits(
        videos_in_flight=profile.videos_in_flight,
        tags=profile.limits,
        engines={name: getattr(profile, name).workers for name in ENGINES},
        requests_per_minute=requests_per_minute,
    )


def slots_of(limits: Limits) -> dict[Limit, int]:
    """Return the present value of each limit; that of the pace only where there is one."""
    slots = {limit: limits.tags[limit.name] for limit in (Limit.asr, Limit.download, Limit.db, Limit.gpu)}
    slots |= {Limit.diarization: limits.engines["diarization"], Limit.in_flight: limits.videos_in_flight}
    return slots | ({Limit.pace: limits.requests_per_minute} if limits.requests_per_minute else {})


def changed(limits: Limits, limit: Limit, slots: int) -> Limits:
    """Return limits of which one has another value."""
    match limit:
        case Limit.in_flight:
            return replace(limits, videos_in_flight=slots)
        case Limit.pace:
            return replace(limits, requests_per_minute=slots)
        case Limit.diarization:
            return replace(limits, engines={**limits.engines, "diarization": slots})
        case Limit.asr:
            return replace(limits, tags={**limits.tags, "asr": slots}, engines={**limits.engines, "asr": slots})
        case _:
            return replace(limits, tags={**limits.tags, limit.name: slots})


def slowed(stages: Mapping[str, Cost], before: Limits, after: Limits, share: float) -> dict[str, Cost]:
    """Return the costs where other numbers of workers share a device, of which each keeps `share` busy when alone."""
    asr = _stretch(after.tags["asr"], share) / _stretch(before.tags["asr"], share)
    diarization = _stretch(_diarizers(after), share) / _stretch(_diarizers(before), share)
    return {
        **stages,
        "transcribe": stages["transcribe"].times(asr),
        "diarize": stages["diarize"].times(diarization),
    }


def _diarizers(limits: Limits) -> int:
    return min(limits.engines["diarization"], limits.tags["asr"])


def _stretch(workers: int, share: float) -> float:
    return max(1.0, workers * share)
