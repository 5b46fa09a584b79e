"""`whosaid plan`: how long so many hours of video take, what binds, and what it costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, opened

if TYPE_CHECKING:
    from whosaid.planning.basis import Experience
    from whosaid.planning.plan import Basis, Workload
    from whosaid.planning.published import Figure
    from whosaid.planning.report import Scenario
    from whosaid.profiles import Profile

Workers: TypeAlias = Annotated[int | None, typer.Option(min=1, max=64, help="What if so many worked at once.")]
MEAN: Final = 0.5
"""Hours of a video, where neither the request nor the archive says."""


@dataclass(frozen=True, slots=True)
class _WhatIf:
    """Another way to run than the profile says; None leaves it as it is."""

    asr_workers: int | None
    io_workers: int | None
    videos_in_flight: int | None
    text_model: str | None

    def apply(self, profile: Profile) -> Profile:
        """Return the profile with these changes."""
        from whosaid.profiles import text_model_named

        asr = profile.asr.model_copy(update={"workers": self.asr_workers}) if self.asr_workers else None
        text = text_model_named(self.text_model) if self.text_model else None
        given = {"asr": asr, "io_workers": self.io_workers, "videos_in_flight": self.videos_in_flight, "text": text}
        return profile.model_copy(update={name: value for name, value in given.items() if value is not None})


def plan(
    hours: Annotated[float, typer.Option(min=0.01, help="Hours of video.")],
    profile: Annotated[str, typer.Option(help="The profile of the run.")] = "balanced",
    videos: Annotated[
        int | None,
        typer.Option(min=1, help="How many videos that is; else by their mean length in the archive, or 30 min."),
    ] = None,
    asr_workers: Workers = None,
    io_workers: Workers = None,
    videos_in_flight: Annotated[
        int | None, typer.Option(min=1, max=32, help="What if so many videos were worked on at once.")
    ] = None,
    text_model: Annotated[str | None, typer.Option(help="What if this text model embedded the passages.")] = None,
    gpu: Annotated[
        str | None,
        typer.Option(help="Plan for this GPU (or cpu) by the table of estimates, not by the runs of this machine."),
    ] = None,
    requests_per_minute: Annotated[
        int, typer.Option(min=0, help="How often the site may be asked; 0: as often as anybody likes.")
    ] = 5,
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Say how long so many hours of video take, when that ends, what binds, and what disk, memory and money it needs.

    By what stages took in the last runs of the profile on this machine, else by a table of estimates: the answer says
    which. With another number of workers or another text model, the present plan and that one stand side by side.
    """
    from whosaid.planning.basis import Experience, device_here, find_basis
    from whosaid.profiles import profile_named

    chosen = profile_named(profile)
    changes = _WhatIf(asr_workers, io_workers, videos_in_flight, text_model)
    profiles = {"plan": chosen, "what if": changes.apply(chosen)}
    known = _recall(home, database_url, chosen)
    rates = Experience(passages_an_hour=known.passages_an_hour) if gpu else known
    device = gpu or device_here()
    workload = _workload(hours, videos, known)
    bases = {name: find_basis(each, rates, device) for name, each in profiles.items()}
    scenarios = [
        _imagine(name, each, workload, bases[name], requests_per_minute or None, known)
        for name, each in profiles.items()
        if name == "plan" or each != chosen
    ]
    _print(scenarios, bases["what if"], as_json=as_json)


def _recall(home: Path, database_url: str, profile: Profile) -> Experience:
    """Ask the archive, where there is one: none is made for a plan, and no Postgres started without its data."""
    from whosaid import gpu
    from whosaid.planning.basis import Experience, recall

    if not database_url and not (home / "postgres").is_dir():
        return Experience()
    with opened(home, database_url) as archive:
        return recall(archive, profile, gpu.machine())


def _workload(hours: float, videos: int | None, known: Experience) -> Workload:
    from whosaid.planning.plan import Workload

    return Workload(videos or max(1, round(hours / (known.hours_a_video or MEAN))), hours)


def _imagine(
    name: str, profile: Profile, workload: Workload, basis: Basis, per_minute: int | None, known: Experience
) -> Scenario:
    from whosaid.planning.limits import limits_of
    from whosaid.planning.needs import find_needs
    from whosaid.planning.plan import make_plan
    from whosaid.planning.report import Scenario

    found = make_plan(workload, limits_of(profile, per_minute), basis)
    return Scenario(name, profile, found, find_needs(workload, profile, known.passages_an_hour))


def _print(scenarios: list[Scenario], basis: Basis, *, as_json: bool) -> None:
    from whosaid.formats import spell
    from whosaid.planning import report
    from whosaid.planning.path import CHECK, PATH

    now, stages = datetime.now().astimezone(), [step.stage for step in (CHECK, *PATH)]
    workload = scenarios[0].plan.workload
    if as_json:
        told = {
            "hours": workload.hours,
            "videos": workload.videos,
            **{each.name.replace(" ", "_"): report.describe(each, now) for each in scenarios},
            "rates": report.describe_figures(basis.figures, stages),
        }
        return typer.echo(json.dumps(told, indent=2))
    mean = spell(workload.durations[0])
    typer.echo(f"{workload.hours:,g} hours in {workload.videos:,} videos of {mean} by {scenarios[0].profile.name}\n")
    _show(["", *(each.name for each in scenarios)], _rows([report.rows_of(each, now) for each in scenarios]))
    typer.echo("")
    _show(["stage", "seconds", "by"], [_figure(stage, basis.figures[stage]) for stage in stages])
    return typer.echo(f"\n{report.warn(basis.figures)}")


def _rows(columns: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return [(name, *(column.get(name, "") for column in columns)) for name in columns[0]]


def _figure(stage: str, figure: Figure) -> tuple[str, ...]:
    """Return what a stage takes for an hour of audio, or for a video where the length does not matter."""
    hour = f"{figure.cost.rate * 3600:.3g} an hour" if figure.cost.rate else ""
    video = f"{figure.cost.constant:.2g} a video" if figure.cost.constant else ""
    return stage, " + ".join(filter(None, (hour, video))) or "0", figure.origin


def _show(headings: list[str], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
