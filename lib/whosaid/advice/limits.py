"""Limits that hold a run back: slots of the recogniser and of downloads, videos in flight, a slot without work."""

from __future__ import annotations

from typing import Final

from whosaid.advice.bounds import VIDEOS, Bounds, bounds_of
from whosaid.advice.evidence import STAGE_TAGS, Evidence, gpu_busy, held, in_flight
from whosaid.advice.values import Advice, advice, say
from whosaid.types import QueueUse

LEAST_GAIN: Final = 1.2  # below it a run is in balance
CONTENDED: Final = 0.5  # share of the time with a line before full slots
BUSY: Final = 0.85  # of a GPU: there is nothing left to share
STARVED: Final = 0.6  # occupancy below which slots want for work
MOST_ON_CPU: Final = 0.5  # of the computing: more workers on the same processors take turns

_BY_BOUNDS: Final = (
    "Rule: a limit that was full with a line before it for half of the time binds; the gain is the highest of the "
    "bounds D/m now over that after the change (Denning and Buzen 1978)"
)


def full_asr_slots(evidence: Evidence) -> Advice | None:
    """Find slots of the recogniser that were full while the GPU had room."""
    use, busy = evidence.use.get("asr"), gpu_busy(evidence)
    if use is None or use.contended < CONTENDED or (busy or 0.0) >= BUSY or _on_cpu(evidence, "asr") > MOST_ON_CPU:
        return None
    meanwhile = "" if busy is None else f" while the GPU was busy {say(busy)}"
    return _raise(use, bounds_of(evidence), f"{_full(use)}{meanwhile}", "asr workers")


def full_db_slots(evidence: Evidence) -> Advice | None:
    """Find slots of the database that were full."""
    use = evidence.use.get("db")
    if use is None or use.contended < CONTENDED:
        return None
    return _raise(use, bounds_of(evidence), _full(use), "db workers")


def slow_downloads(evidence: Evidence) -> Advice | None:
    """Find downloads that left the recogniser and the GPU without work."""
    share, starved = _share_of_downloads(evidence), _occupancy_behind(evidence)
    if share < 0.5 or starved >= STARVED:
        return None
    seen = (
        f"videos spent {say(share)} of their time on their download while asr and gpu slots were taken "
        f"{say(starved)} of the time"
    )
    use, bounds = evidence.use.get("download"), bounds_of(evidence)
    if use is not None and use.contended >= CONTENDED:
        return _raise(use, bounds, seen, "io workers", "where the site allows it", cause="downloads")
    return _raise_flight(evidence, bounds, seen, "downloads")


def too_few_in_flight(evidence: Evidence) -> Advice | None:
    """Find slots that nobody waited for, because too few videos were under way."""
    most, usual = in_flight(evidence)
    uses = evidence.telemetry.uses
    waited_for = [each for each in uses if each.contended >= 0.2]
    if not uses or waited_for or evidence.videos < 2 * most or usual < 0.8 * most:
        return None
    if (gpu_busy(evidence) or 0.0) >= BUSY or _on_cpu(evidence) > MOST_ON_CPU or _share_of_downloads(evidence) >= 0.5:
        return None
    seen = f"{usual:.1f} of {most} videos were in flight and no slots had a line before them"
    return _raise_flight(evidence, bounds_of(evidence), seen, VIDEOS)


def idle_gpu_slot(evidence: Evidence) -> Advice | None:
    """Find a slot of the GPU that was taken while the GPU did little."""
    use, busy = evidence.use.get("gpu"), gpu_busy(evidence)
    if use is None or busy is None or use.contended < CONTENDED or busy >= 0.5:
        return None
    stages = dict.fromkeys(each.stage for each in evidence.timings if STAGE_TAGS.get(each.stage) == "gpu")
    longest = max(stages, key=lambda name: sum(map(held, evidence.of_stage(name))), default="")
    return advice(
        "gpu slot",
        f"{_full(use)} while the GPU was busy {say(busy)}, most of it by {longest}",
        f"give {longest} larger batches, or look what else it waits for",
        "Rule: a slot of the GPU that is waited for half of the time should keep the GPU busy as long",
    )


def _full(use: QueueUse) -> str:
    return f"{use.tag} slots were full {say(use.saturated)} of the time with up to {use.peak} waiting"


def _raise(
    use: QueueUse, bounds: Bounds, seen: str, setting: str, unless: str = "", *, cause: str = ""
) -> Advice | None:
    more, gain = bounds.raised(use.tag)
    if gain < LEAST_GAIN:
        return None
    remedy = " ".join(filter(None, (f"raise {setting} from {use.slots} to {more}", unless)))
    return advice(cause or f"{use.tag} slots", seen, remedy, _BY_BOUNDS, gain)


def _raise_flight(evidence: Evidence, bounds: Bounds, seen: str, cause: str) -> Advice | None:
    most, _ = in_flight(evidence)
    more, gain = bounds.raised(VIDEOS)
    if gain < LEAST_GAIN or evidence.videos <= most:
        return None
    return advice(cause, seen, f"raise videos in flight from {most} to {more}", _BY_BOUNDS, gain)


def _share_of_downloads(evidence: Evidence) -> float:
    """Return the share of the time of videos that their downloads took, the lines before them included."""
    taken = [(each.stage, each.queued + held(each)) for each in evidence.worked]
    downloads = sum(seconds for stage, seconds in taken if STAGE_TAGS.get(stage) == "download")
    return downloads / max(sum(seconds for _, seconds in taken), 1e-9)


def _occupancy_behind(evidence: Evidence) -> float:
    """Return how far the busier of the asr and gpu slots were taken; 1 where that is not known."""
    return max((use.occupancy for tag, use in evidence.use.items() if tag in {"asr", "gpu"}), default=1.0)


def _on_cpu(evidence: Evidence, tag: str | None = None) -> float:
    """Return the share of the computing, of one tag or of all, that models did on the processors."""
    counted = [each for each in evidence.worked if tag is None or STAGE_TAGS.get(each.stage) == tag]
    on_cpu = sum(each.computing for each in counted if each.device.startswith("cpu"))
    return on_cpu / max(sum(each.computing for each in counted), 1e-9)
