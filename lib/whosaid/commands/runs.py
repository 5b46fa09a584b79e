"""`whosaid runs`: the last runs, one of them in detail, or two beside each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, opened

if TYPE_CHECKING:
    from whosaid.commands.run_views import View
    from whosaid.store import Archive


def runs(
    run: Annotated[str, typer.Argument(help="The id of a run, or how it begins; without it the last runs.")] = "",
    other: Annotated[str, typer.Argument(help="Another run to compare it with.")] = "",
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs to list at most.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """List the last runs, show what one took and what held it back, or compare two by stage."""
    with opened(home, database_url) as archive:
        view = _look(archive, run, other, limit)
    if as_json:
        return typer.echo(json.dumps(view.describe(), ensure_ascii=False, indent=2))
    return view.show()


def _look(archive: Archive, run: str, other: str, limit: int) -> View:
    from whosaid.commands.run_views import Comparison, Detail, Overview
    from whosaid.past_runs import look_back

    if not run:
        return Overview(archive.last_runs(limit))
    found = look_back(archive, run)
    return Comparison(found, look_back(archive, other)) if other else Detail(found)
