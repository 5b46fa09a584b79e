"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from whosaid.advice import Advice
from whosaid.errors import ConfigurationError
from whosaid.regression import Slowdown
from whosaid.reporting.page import draw_timelines, render_page
from whosaid.reporting.svg import to_image
from whosaid.types import RunSummary

__all__ = ["draw_timelines", "report_file", "to_image", "write_report"]


def report_file(folder: Path, run_id: str) -> Path:
    """Return where the report of a run lies in the folder of reports."""
    return folder / f"run-{run_id}.html"


def write_report(
    run: RunSummary,
    advice: Sequence[Advice],
    slowdowns: Sequence[Slowdown],
    drawings: Mapping[str, str],
    file: Path,
) -> None:
    """Write the report of a run, in place of an older one in a single step; ConfigurationError where that fails.

    `drawings` are those of `draw_timelines`.
    """
    page = render_page(run, advice, slowdowns, drawings)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, page)
    except OSError as e:
        raise ConfigurationError(
            f"the report {file} cannot be written ({e.strerror}): make room, or let this user write there"
        ) from e


def _replace(file: Path, page: str) -> None:
    with NamedTemporaryFile("w", dir=file.parent, suffix=".part", encoding="utf-8", delete=False) as part:
        try:
            part.write(page)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).chmod(0o644)
            Path(part.name).replace(file)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
