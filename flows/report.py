"""What the Prefect UI shows of a run: progress while it works, then tables of outcomes and stage timings."""

from __future__ import annotations

import html
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Self
from uuid import UUID

import anyio.to_thread
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.runtime import flow_run

from flows.run import Run
from whosaid.metrics import StageSummary, stage_summaries
from whosaid.speakers.relabelling import number_unknown
from whosaid.types import Outcome, RunSummary, StageTiming, Video, VideoState

logger = logging.getLogger("whosaid.run")


def preview(source: str, run: Run, videos: Sequence[Video]) -> RunSummary:
    """Return the summary of a run that does nothing: the videos that are due."""
    outcomes = tuple(Outcome(video, VideoState.discovered, "due") for video in videos)
    now = datetime.now(UTC)
    return RunSummary(str(flow_run.id), source, run.profile.name, now, 0.0, outcomes, ())


class Report:
    """The outcomes and clocks of a run as they come in."""

    def __init__(self, source: str, run: Run, total: int, progress: UUID) -> None:
        self._id, self._source, self._run, self._total = str(flow_run.id), source, run, total
        self._progress = progress
        self._outcomes: list[Outcome] = []
        self._timings: list[StageTiming] = []
        self._started_at, self._clock = datetime.now(UTC), perf_counter()

    @classmethod
    async def start(cls, source: str, run: Run, *, listed: int, due: int) -> Self:
        """Say how much there is to do, and note in the archive that the run has begun."""
        logger.info("%d videos listed, %d due", listed, due)
        progress = await acreate_progress_artifact(0.0, key="progress", description=f"{due} of {listed} videos are due")
        report = cls(source, run, due, progress)
        start_run = run.site.archive.start_run
        await anyio.to_thread.run_sync(start_run, report._id, source, run.profile.name, report._started_at)
        return report

    async def add(self, outcome: Outcome, timings: Sequence[StageTiming]) -> None:
        """Enter the outcome of a video and move the progress bar."""
        self._outcomes.append(outcome)
        self._timings.extend(timings)
        done = len(self._outcomes)
        logger.info("%d/%d %s · %s %s", done, self._total, outcome.video.id, outcome.state, outcome.detail)
        await aupdate_progress_artifact(self._progress, 100.0 * done / self._total)

    async def finish(self, paused: str = "") -> RunSummary:
        """Write the artifacts, enter the run in the archive, and return its summary."""
        summary = RunSummary(
            run_id=self._id,
            source=self._source,
            profile=self._run.profile.name,
            started_at=self._started_at,
            seconds=perf_counter() - self._clock,
            outcomes=tuple(self._outcomes),
            timings=tuple(self._timings),
            engines_loaded=tuple(self._run.site.engines.loaded_names),
            fingerprint=self._run.fingerprint,
            paused=paused,
        )
        await aupdate_progress_artifact(self._progress, 100.0)
        await acreate_table_artifact([_outcome_row(each) for each in summary.outcomes], key="outcomes")
        await acreate_table_artifact([_stage_row(each) for each in stage_summaries(summary)], key="stage-timings")
        await acreate_markdown_artifact(_markdown(summary), key="summary")
        await anyio.to_thread.run_sync(self._settle, summary)
        return summary

    def _settle(self, summary: RunSummary) -> None:
        archive, model_key = self._run.site.archive, self._run.profile.text.model_key
        if any(each.receipt and each.receipt.passages for each in summary.outcomes):
            archive.index_model(model_key)
            if (serving := archive.serving_model()) != model_key:
                logger.warning(
                    "search uses %s, and this run embedded by %s: bring the archive to either one by `reembed`",
                    serving,
                    model_key,
                )
        if any(each.receipt for each in summary.outcomes):
            number_unknown(archive, self._run.naming.calibration)
        archive.finish_run(summary)


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    receipt = outcome.receipt
    return {
        "video": html.escape(outcome.video.title),
        "outcome": outcome.state.value,
        "why": html.escape(outcome.detail),
        "failed stage": outcome.stage,
        "words": receipt.words if receipt else "",
        "passages": receipt.passages if receipt else "",
    }


def _stage_row(stage: StageSummary) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "executed": stage.executed,
        "cached": stage.cached,
        "seconds": round(stage.computing, 2),
        "share": f"{stage.share:.0%}",
        "queued s": round(stage.queued, 2),
        "waited s": round(stage.waited, 2),
        "loading s": round(stage.loading, 2),
        "real-time factor": "" if stage.real_time_factor is None else round(stage.real_time_factor, 3),
        "device": stage.device,
    }


def _markdown(summary: RunSummary) -> str:
    rows = [
        f"**{summary.line}** in {summary.seconds:.0f} s",
        f"{summary.audio / 3600:.2f} hours of audio, {summary.speed:.1f} hours of audio per hour",
        f"models loaded: {', '.join(summary.engines_loaded) or 'none'}",
    ]
    return "\n\n".join(rows)
