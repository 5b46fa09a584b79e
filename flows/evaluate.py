"""What an archive is worth against references, shown in the UI."""

from __future__ import annotations

import base64
import html
import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import anyio.to_thread
from prefect import flow, task
from prefect.artifacts import acreate_image_artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from blocks.settings import resolve_settings
from blocks.site import Site, opened_site
from flows.form import with_help
from flows.logs import prepare_logs, refused
from whosaid.errors import WhosaidError
from whosaid.evaluating import evaluate_archive
from whosaid.evaluation import Evaluation, Score
from whosaid.evaluation.report import conclude, describe, rates
from whosaid.plots import plot_scores
from whosaid.references import find_references, read_references
from whosaid.trials import Trial

MEASURES: Final = {
    "wer": "word error rate",
    "der": "diarization error rate",
    "cpwer": "cpWER",
    "speaker_accuracy": "words with the right speaker",
    "name_accuracy": "words with the right name",
}
logger = logging.getLogger("whosaid.evaluate")


@flow(flow_run_name="evaluate · {references}", persist_result=False)
@with_help
async def evaluate(
    references: Annotated[
        str,
        Field(description="a folder of references (SegLST, STM, RTTM), or its name under references/ of the data"),
    ],
) -> State[Any]:
    """Measure the archive against what was really said: words, turns, speakers and names."""
    prepare_logs()
    try:
        settings = await resolve_settings()
        async with opened_site(settings) as site:
            found = await measure(settings.home, references, site)
        await _show(found)
    except WhosaidError as error:
        return refused(error)
    return Completed(message=_line(found.overall), data=describe(found))


@task(task_run_name="measure", tags={"db"}, persist_result=False, cache_policy=NO_CACHE)
async def measure(home: Path, references: str, site: Site) -> Evaluation:
    """Read the references and the archive, and compare them."""

    def work() -> Evaluation:
        return evaluate_archive(site.archive, read_references(find_references(home, references)))

    return await anyio.to_thread.run_sync(work)


async def _show(found: Evaluation) -> None:
    logger.info("%s", _line(found.overall))
    episodes = (*found.episodes, ("all", found.overall))
    await acreate_table_artifact([_row(name, score) for name, score in episodes], key="episodes")
    await acreate_markdown_artifact(_markdown(found), key="evaluation")
    if found.calibration is not None and found.trials:
        picture = await anyio.to_thread.run_sync(_draw, found.trials, found.calibration.threshold)
        await acreate_image_artifact(picture, key="scores", description="scores of the same and of different voices")


def _line(score: Score) -> str:
    told = rates(score)
    return ", ".join(f"{name} {_percent(told[key])}" for key, name in MEASURES.items())


def _row(name: str, score: Score) -> dict[str, Any]:
    told = rates(score)
    words = "not told" if told["words"] is None else told["words"]
    return {"episode": html.escape(name), "words": words} | {
        title: _percent(told[key]) for key, title in MEASURES.items()
    }


def _percent(rate: float | None) -> str:
    return "not measured" if rate is None else f"{rate:.1%}"


def _markdown(found: Evaluation) -> str:
    told = rates(found.overall)
    rates_ = [f"- {name}: **{_percent(told[key])}**" for key, name in MEASURES.items()]
    sentences = [html.escape(sentence, quote=False) for sentence in conclude(found)]
    return "\n".join([*rates_, "", "\n\n".join(sentences)])


def _draw(trials: Sequence[Trial], threshold: float) -> str:
    """Return the scores of the voices as a picture within its own address: the UI then needs no server for it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scores.svg"
        plot_scores(trials, threshold, file)
        return f"data:image/svg+xml;base64,{base64.b64encode(file.read_bytes()).decode()}"
