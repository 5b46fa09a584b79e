"""`whosaid calibrate`: when a voice carries a name."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, opened
from whosaid.commands.voices import ProfileOption


def calibrate(
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    profile: ProfileOption = "balanced",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what the voices ask for, and store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set the threshold and the margin for names from the archive's own voices, and name the voices by them.

    Refuses where the voices are too few, or where one voice cannot be told from two.
    """
    from whosaid.calibrating import describe, fit
    from whosaid.profiles import profile_named
    from whosaid.speakers.relabelling import relabel
    from whosaid.speakers.report import describe_changes

    model_key = profile_named(profile).voices.model_key
    with opened(home, database_url) as archive:
        archive.migrate()
        found = fit(archive, model_key)
        version = None if dry_run else archive.keep_calibration(found.after)
        relabelled = None if dry_run else relabel(archive, model_key)
    if as_json:
        told = {**describe(found), "version": version, "relabelled": relabelled and describe_changes(relabelled)}
        return typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    from whosaid.tables import show_calibration, show_changes

    show_calibration(found, version)
    return show_changes(relabelled) if relabelled else None
