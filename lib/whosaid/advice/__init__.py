"""What held a run back, and what to change: rules over its figures, each one function. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from whosaid.advice.devices import nearly_full_memory, slow_clock
from whosaid.advice.evidence import Evidence
from whosaid.advice.limits import full_asr_slots, full_db_slots, idle_gpu_slot, slow_downloads, too_few_in_flight
from whosaid.advice.models import model_on_cpu, mostly_loading, one_by_one, reloaded_model
from whosaid.advice.origins import captions_for_speech
from whosaid.advice.values import Advice
from whosaid.types import RunSummary, Seconds

__all__ = ["Advice", "Evidence", "advise", "judge"]

SHORTEST: Final[Seconds] = 60.0
FEWEST: Final = 3  # videos

_RULES: Final[tuple[Callable[[Evidence], Advice | None], ...]] = (
    model_on_cpu,
    one_by_one,
    reloaded_model,
    slow_downloads,
    full_asr_slots,
    too_few_in_flight,
    full_db_slots,
    nearly_full_memory,
    slow_clock,
    captions_for_speech,
    mostly_loading,
)


def advise(run: RunSummary, shortest: Seconds = SHORTEST) -> tuple[Advice, ...]:
    """Return what held a run back, most to be gained first; none where it is in balance or too short to judge."""
    return judge(Evidence.of(run), shortest)


def judge(evidence: Evidence, shortest: Seconds = SHORTEST) -> tuple[Advice, ...]:
    """Return what the rules find; nothing in runs of less than `shortest` seconds or three videos, or mostly cached."""
    if evidence.seconds < shortest or evidence.videos < FEWEST or evidence.found > len(evidence.timings):
        return ()
    found = [each for rule in _RULES if (each := rule(evidence))]
    return tuple(sorted(found or _unexplained(evidence), key=lambda each: -(each.gain or 0.0)))


def _unexplained(evidence: Evidence) -> list[Advice]:
    """Return what is said of a slot only where no rule knows why it is held."""
    return [each for each in (idle_gpu_slot(evidence),) if each]
