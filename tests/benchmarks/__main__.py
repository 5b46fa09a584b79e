"""`make bench`: every benchmark, as ratios and figures, in tables and in build/benchmarks.json.

`python -m tests.benchmarks orchestration backfill` runs those alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from blocks.settings import DEFAULT_HOME, Environment
from deployments.demo.home import furnish
from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import Ratio

OUTPUT: Final = Path("build/benchmarks.json")
ALL: Final = ("voices", "embed", "store", "retrieval", "orchestration", "backfill", "plan", "telemetry", "advice")
"""The modules beside this one, each with `run(home)`."""


def main(names: Sequence[str]) -> None:
    """Run them one after the other; nothing else should be running."""
    home = (Environment().home or DEFAULT_HOME).resolve()
    furnish(home)
    benchmarks = [import_module(f"tests.benchmarks.{name}") for name in names]
    measured = [each for benchmark in benchmarks for each in benchmark.run(home)]
    ratios = [each for each in measured if isinstance(each, Ratio)]
    figures = [each for each in measured if isinstance(each, Figure)]
    OUTPUT.parent.mkdir(exist_ok=True)
    written = {"ratios": [asdict(each) for each in ratios], "figures": [asdict(each) for each in figures]}
    OUTPUT.write_text(json.dumps(written, indent=2))
    _show_ratios(ratios)
    _show_figures(figures)


def _show_ratios(ratios: Sequence[Ratio]) -> None:
    table = Table("benchmark", "ours against", "times as long", "least to most", "ours s", "other s")
    for each in ratios:
        spread, seconds = (
            f"{each.least:.2f} to {each.most:.2f}",
            (f"{each.ours_seconds:.2f}", f"{each.other_seconds:.2f}"),
        )
        table.add_row(each.benchmark, each.other, f"{each.median:.2f}", spread, *seconds)
    Console().print(table)


def _show_figures(figures: Sequence[Figure]) -> None:
    table = Table("benchmark", "figure", "value", "unit")
    for each in figures:
        table.add_row(each.benchmark, each.name, f"{each.value:.3g}", each.unit)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:] or ALL)
