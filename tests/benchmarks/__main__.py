"""`make bench`: every benchmark as ratios, in a table and in build/benchmarks.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from blocks.settings import DEFAULT_HOME, Environment
from deployments.demo.home import furnish
from tests.benchmarks import embed, voices

OUTPUT = Path("build/benchmarks.json")


def main() -> None:
    """Run them one after the other; nothing else should be running."""
    home = (Environment().home or DEFAULT_HOME).resolve()
    furnish(home)
    ratios = [ratio for benchmark in (voices, embed) for ratio in benchmark.run(home)]
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(each) for each in ratios], indent=2))
    table = Table("benchmark", "ours against", "times as long", "least to most", "ours s", "other s")
    for each in ratios:
        spread, seconds = (
            f"{each.least:.2f} to {each.most:.2f}",
            (f"{each.ours_seconds:.2f}", f"{each.other_seconds:.2f}"),
        )
        table.add_row(each.benchmark, each.other, f"{each.median:.2f}", spread, *seconds)
    Console().print(table)


if __name__ == "__main__":
    main()
