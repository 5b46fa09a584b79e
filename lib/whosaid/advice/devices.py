"""GPUs that cannot do what they are sold for: full memory, clocks held down."""

from __future__ import annotations

from typing import Final

from whosaid.advice.evidence import Evidence, share_of_readings
from whosaid.advice.values import Advice, advice, say
from whosaid.types import GpuReading

NEARLY_FULL: Final = 0.9  # of the memory: some drivers move what does not fit to the host, without a word
LEAST_TIME: Final = 0.1  # of the readings
AT_WORK: Final = 0.5  # utilisation from which a clock matters
_HEAT: Final = ("therm", "temperature")
_POWER: Final = ("power", "brake")


def nearly_full_memory(evidence: Evidence) -> Advice | None:
    """Find memory of a GPU that is nearly full."""
    filled = [share for each in evidence.telemetry.gpus if (share := filled_share(each)) is not None]
    full = [share for share in filled if share >= NEARLY_FULL]
    if not full or len(full) < LEAST_TIME * len(filled):
        return None
    return advice(
        "GPU memory",
        f"the memory of the GPU was {say(max(full))} full, above {say(NEARLY_FULL)} in {say(len(full) / len(filled))} "
        "of the readings",
        "use fewer asr workers or smaller batches, or end what else uses the GPU",
        "Rule: near the end of its memory a driver may page to the host, many times as slow, without an error",
    )


def hot_gpu(evidence: Evidence) -> Advice | None:
    """Find a GPU whose clock is held down by its temperature."""
    return _throttled(evidence, _HEAT, LEAST_TIME, "heat", "cool the machine, or lower the power limit of the GPU")


def power_capped(evidence: Evidence) -> Advice | None:
    """Find a GPU whose clock is held down by its power for most of its work."""
    remedy = "raise the power limit of the GPU where it was lowered, or look at its power supply"
    return _throttled(evidence, _POWER, 0.5, "power", remedy)


def filled_share(reading: GpuReading) -> float | None:
    """Return the share of the memory that is in use, None where the driver does not say."""
    if reading.memory_used is None or not reading.memory_total:
        return None
    return reading.memory_used / reading.memory_total


def _throttled(evidence: Evidence, reasons: tuple[str, ...], least: float, what: str, remedy: str) -> Advice | None:
    at_work = [each for each in evidence.telemetry.gpus if (each.utilisation or 0.0) >= AT_WORK]
    share, why = share_of_readings(at_work, reasons)
    if not at_work or share < least:
        return None
    rule = f"Rule: said where the driver gives the reason in {say(least)} of the readings of a GPU at work, or more"
    seen = f"the clock of the GPU was held down in {say(share)} of the readings at work ({why})"
    return advice(f"clocks held down by {what}", seen, remedy, rule)
