"""A run as it goes on and ends: in the log, in the Prefect UI, in the archive, and as a page of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Self
from uuid import UUID

import anyio.to_thread
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.runtime import flow_run

from flows.artifacts import show_tables, show_texts
from flows.run import Run
from whosaid import gpu
from whosaid.advice import Advice, advise
from whosaid.errors import ConfigurationError
from whosaid.progress import Progress
from whosaid.regression import Slowdown, slowdowns
from whosaid.reporting import draw_timelines, report_file, write_report
from whosaid.reporting.lines import tell_outcome, tell_progress
from whosaid.speakers.relabelling import number_unknown
from whosaid.types import Outcome, RunSummary, StageTiming, Telemetry, Video, VideoState

logger = logging.getLogger("whosaid.run")


def preview(source: str, run: Run, videos: Sequence[Video]) -> RunSummary:
    """Return the summary of a run that does nothing: the videos that are due."""
    outcomes = tuple(Outcome(video, VideoState.discovered, "due") for video in videos)
    now = datetime.now(UTC)
    return RunSummary(str(flow_run.id), source, run.profile.name, now, 0.0, outcomes, ())


class Report:
    """The outcomes and clocks of a run as they come in."""

    def __init__(self, source: str, run: Run, due: Sequence[Video], shown: UUID) -> None:
        self._id, self._source, self._run, self._total = str(flow_run.id), source, run, len(due)
        self._shown, self._progress = shown, Progress.over(due)
        self._outcomes: list[Outcome] = []
        self._timings: list[StageTiming] = []
        self._started_at, self._clock = datetime.now(UTC), perf_counter()
        self._machine = gpu.machine(run.site.engines.policy)  # now, for a GPU that is lost is not told at the end

    @classmethod
    async def start(cls, source: str, run: Run, *, listed: int, due: Sequence[Video]) -> Self:
        """Say how much there is to do, and note in the archive that the run has begun."""
        logger.info("%d videos listed, %d due", listed, len(due))
        said = f"{len(due)} of {listed} videos are due"
        report = cls(source, run, due, await acreate_progress_artifact(0.0, key="progress", description=said))
        start_run = run.site.archive.start_run
        await anyio.to_thread.run_sync(start_run, report._id, source, run.profile.name, report._started_at)
        return report

    async def add(self, outcome: Outcome, timings: Sequence[StageTiming]) -> None:
        """Enter the outcome of a video, in the archive too in case the run is killed, and move the progress bar."""
        add_outcome = self._run.site.archive.add_outcome
        await anyio.to_thread.run_sync(add_outcome, self._id, outcome, tuple(timings))
        self._outcomes.append(outcome)
        self._timings.extend(timings)
        self._progress.add(outcome, timings)
        done = len(self._outcomes)
        logger.info("%d/%d %s", done, self._total, tell_outcome(outcome, timings))
        await self._move(100.0 * done / self._total)

    async def _move(self, percent: float) -> None:
        said = tell_progress(self._outcomes, self._total, self._progress)
        await aupdate_progress_artifact(self._shown, percent, description=said)

    async def finish(self, telemetry: Telemetry, paused: str = "") -> RunSummary:
        """Enter the run in the archive, write its report and its artifacts, and return its summary."""
        run = RunSummary(
            run_id=self._id,
            source=self._source,
            profile=self._run.profile.name,
            started_at=self._started_at,
            seconds=perf_counter() - self._clock,
            outcomes=tuple(self._outcomes),
            timings=tuple(self._timings),
            engines_loaded=tuple(self._run.site.engines.loaded_names),
            fingerprint=self._run.fingerprint,
            machine=self._machine,
            telemetry=telemetry,
            paused=paused,
        )
        await anyio.to_thread.run_sync(self._settle, run)
        await self._tell(run)
        return run

    async def _tell(self, run: RunSummary) -> None:
        advice, slower = advise(run), await anyio.to_thread.run_sync(self._compare, run)
        for each in advice:
            logger.info("held back: %s", each.headline)
        for each in slower:
            logger.warning("%s took %.1f times as long as before: %s", each.stage, each.ratio, each.cause)
        drawings = await anyio.to_thread.run_sync(draw_timelines, run)
        write = partial(_write, run, advice, slower, drawings, self._run.site.reports)
        report = await anyio.to_thread.run_sync(write)
        await self._move(100.0)
        await show_tables(run)
        await show_texts(run, advice, slower, drawings, report)

    def _compare(self, run: RunSummary) -> tuple[Slowdown, ...]:
        former = self._run.site.archive.stage_rates(run.profile, run.machine, run.fingerprint, run.started_at)
        return slowdowns(run, former)

    def _settle(self, run: RunSummary) -> None:
        archive, model_key = self._run.site.archive, self._run.profile.text.model_key
        if any(each.receipt and each.receipt.passages for each in run.outcomes):
            archive.index_model(model_key)
            if (serving := archive.serving_model()) != model_key:
                logger.warning(
                    "search uses %s, and this run embedded by %s: bring the archive to either one by `reembed`",
                    serving,
                    model_key,
                )
        if any(each.receipt for each in run.outcomes):
            number_unknown(archive, self._run.naming.calibration)
        archive.finish_run(run)


def _write(
    run: RunSummary,
    advice: Sequence[Advice],
    slower: Sequence[Slowdown],
    drawings: Mapping[str, str],
    folder: Path,
) -> Path | None:
    """Write the page of a run and return its place; a run whose page cannot be written has done its work all the same.

    The log and the summary in the UI say so.
    """
    file = report_file(folder, run.run_id)
    try:
        write_report(run, advice, slower, drawings, file)
    except ConfigurationError as e:
        logger.error("%s", e)  # noqa: TRY400 - a traceback would bury the remedy
        return None
    logger.info("report: %s", file)
    return file
