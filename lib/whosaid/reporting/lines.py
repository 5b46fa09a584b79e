"""What the log of a run says of a stage, and of how far the run is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from whosaid.formats import one_line, spell
from whosaid.progress import Progress
from whosaid.types import Outcome, StageTiming, VideoState


def tell_stage(clock: StageTiming) -> str:
    """Return what a stage took, such as "transcribe: 12.3 s on cuda, after 4.0 s in line"."""
    if clock.cached:
        return f"{clock.stage}: found"
    where = f" on {clock.device}" if clock.device else ""
    loading = f", loading {clock.loading:.1f} s" if clock.loading >= 0.05 else ""
    waited = clock.queued + clock.waited
    line = f", after {waited:.1f} s in line" if waited >= 0.05 else ""
    return f"{clock.stage}: {clock.computing:.1f} s{where}{loading}{line}"


def tell_outcome(outcome: Outcome, clocks: Sequence[StageTiming]) -> str:
    """Return what became of a video, such as "youtube:abc · A talk · done after 3 min 2 s", on one line."""
    took = sum(each.queued + each.waited + each.loading + each.computing for each in clocks)
    where = f" in {outcome.stage}" if outcome.state is VideoState.failed and outcome.stage else ""
    why = f" ({one_line(outcome.detail)})" if outcome.detail else ""
    return f"{outcome.video.id} · {one_line(outcome.video.title)} · {outcome.state}{where} after {spell(took)}{why}"


def tell_progress(outcomes: Sequence[Outcome], total: int, progress: Progress) -> str:
    """Return how far a run is: outcomes, the speed of what was not found, and the time that the rest takes."""
    counts = Counter(each.state for each in outcomes)
    said = ", ".join(f"{counts[state]} {state}" for state in reversed(VideoState) if counts[state])
    speed, left = progress.pace().speed, progress.time_left()
    parts = [f"{len(outcomes)} of {total}" + (f": {said}" if said else "")]
    parts += [f"{speed:.1f} hours of audio per hour"] if speed else []
    parts += [f"{spell(left)} left"] if left and len(outcomes) < total else []
    return " · ".join(parts)
