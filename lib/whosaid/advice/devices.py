"""GPUs that cannot do what they are sold for: full memory, clocks held down."""

from __future__ import annotations

from typing import Final

from whosaid.advice.evidence import Evidence
from whosaid.advice.values import Advice, advice, say
from whosaid.types import GpuReading

NEARLY_FULL: Final = 0.9  # of the memory: some drivers move what does not fit to the host, without a word
LEAST_TIME: Final = 0.1  # of the readings
AT_WORK: Final = 0.5  # utilisation from which a clock matters
SLOW_CLOCK: Final = 0.75  # of the fastest one seen


def nearly_full_memory(evidence: Evidence) -> Advice | None:
    """Find memory of a GPU that is nearly full."""
    share, most = time_nearly_full(evidence.telemetry.gpus)
    if share < LEAST_TIME:
        return None
    return advice(
        "GPU memory",
        f"the memory of the GPU was {say(most)} full, above {say(NEARLY_FULL)} in {say(share)} of the readings",
        "use fewer asr workers or smaller batches, or end what else uses the GPU",
        "Rule: near the end of its memory a driver may page to the host, many times as slow, without an error",
    )


def slow_clock(evidence: Evidence) -> Advice | None:
    """Find a GPU whose clock is held down while it works: by heat, or by its power more than is usual."""
    share, why = time_held_down(evidence.telemetry.gpus)
    if share < LEAST_TIME:
        return None
    return advice(
        "clocks held down",
        f"the clock of the GPU was held down in {say(share)} of the readings at work ({why})",
        "cool the machine" if "heat" in why else "look at the power supply and the power limit of the GPU",
        f"Rule: said of heat, and of power where the clock is below {say(SLOW_CLOCK)} of the fastest one seen; at full "
        "load a GPU runs into its power limit and loses little",
    )


def time_nearly_full(readings: tuple[GpuReading, ...]) -> tuple[float, float]:
    """Return the share of readings in which the memory was nearly full, and how full it was at most."""
    filled = [each.memory_used / each.memory_total for each in readings if each.memory_used and each.memory_total]
    return sum(share >= NEARLY_FULL for share in filled) / max(1, len(filled)), max(filled, default=0.0)


def time_held_down(readings: tuple[GpuReading, ...]) -> tuple[float, str]:
    """Return the share of readings at work in which the clock was held down so that it matters, and why."""
    at_work = [each for each in readings if (each.utilisation or 0.0) >= AT_WORK]
    fastest = max((each.clock or 0 for each in at_work), default=0)
    held_down = [each for each in at_work if _matters(each, fastest)]
    reasons = dict.fromkeys(why for each in held_down for why in each.throttled)
    return len(held_down) / max(1, len(at_work)), ", ".join(reasons)


def _matters(reading: GpuReading, fastest: int) -> bool:
    slow = reading.clock is not None and reading.clock < SLOW_CLOCK * fastest
    return any("heat" in why or slow for why in reading.throttled)
