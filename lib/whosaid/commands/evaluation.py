"""`whosaid eval`: what the archive is worth against references."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, opened
from whosaid.errors import ConfigurationError

if TYPE_CHECKING:
    from whosaid.evaluation import Evaluation


def evaluate(
    references: Annotated[
        str, typer.Argument(help="A folder of references (SegLST, STM, RTTM), or its name under references/.")
    ],
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    plot: Annotated[
        Path | None,
        typer.Option(help="Where to draw the scores of same and different voices (.svg, .png, .pdf); else reports/."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Measure the archive against references: WER, DER, cpWER, words with the right speaker and the right name.

    Names are judged on recordings that no voice was enrolled from.
    """
    from whosaid.evaluating import evaluate_archive
    from whosaid.references import find_references, read_references

    folder = find_references(home, references)
    told = read_references(folder)
    with opened(home, database_url) as archive:
        found = evaluate_archive(archive, told)
    drawn = _draw(found, plot, home / "reports" / f"eval-{folder.absolute().name}.svg")
    if as_json:
        from whosaid.evaluation.report import describe

        told_as_json = {**describe(found), "plot": drawn and str(drawn)}
        return typer.echo(json.dumps(told_as_json, ensure_ascii=False, indent=2))
    from whosaid.tables import show_evaluation

    show_evaluation(found)
    return typer.echo(f"The scores of same and different voices are drawn in {drawn}") if drawn else None


def _draw(evaluation: Evaluation, asked: Path | None, usual: Path) -> Path | None:
    """Draw the trials; without any nothing is drawn, which is an error only where a drawing was asked for."""
    from whosaid.plots import plot_scores

    if evaluation.calibration is None or not evaluation.trials:
        if asked is not None:
            raise ConfigurationError(
                f"{asked} is not drawn, there are no trials: enrol a speaker of another recording than these"
            )
        return None
    file = asked or usual
    plot_scores(evaluation.trials, evaluation.calibration.threshold, file)
    return file
