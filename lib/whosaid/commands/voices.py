"""`whosaid enroll`, `relabel`, `speakers` and `forget`: the names of voices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, engines, opened

if TYPE_CHECKING:
    from whosaid.speakers.enrolling import Former
    from whosaid.speakers.relabelling import Relabelling
    from whosaid.store import Archive

ProfileOption: TypeAlias = Annotated[
    str, typer.Option("--profile", help="Whose voice model: that by which the archive was ingested.")
]


def enroll(
    name: Annotated[str, typer.Argument(help="The name of the speaker.")],
    clips: Annotated[
        list[str],
        typer.Argument(
            metavar="CLIP...",
            help="Where the speaker alone is heard: FILE or ADDRESS, with #t=START,END for a part of it; VIDEO#LABEL "
            "for a label of the archive; voice:7 for an unknown voice.",
        ),
    ],
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    profile: ProfileOption = "balanced",
    *,
    again: Annotated[bool, typer.Option("--again", help="Replace the voiceprint that the speaker has.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Add to the voiceprint that the speaker has.")] = False,
    no_relabel: Annotated[bool, typer.Option("--no-relabel", help="Leave the archive as it is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep the voice of a speaker, say what the voiceprint is worth, and name the archive's voices by it."""
    from whosaid.media.scratch import own_scratch
    from whosaid.profiles import profile_named
    from whosaid.speakers.enrolling import enrol, prepare, unnamed
    from whosaid.speakers.listening import Listener

    spec = profile_named(profile).voices
    with (
        opened(home, database_url) as archive,
        engines(home, "", "") as lent,
        own_scratch(home / "scratch") as scratch,
    ):
        archive.migrate()
        listener = Listener(archive, lent, spec, scratch)
        enrolled = enrol(listener, prepare(listener, name, clips, _former(again=again, add=add)))
        relabelled = None if no_relabel else _relabel(archive, spec.model_key)
        left = () if no_relabel else unnamed(archive, enrolled)
    if as_json:
        from whosaid.speakers.report import describe_changes, describe_enrolled

        changes = {} if relabelled is None else {"relabelled": describe_changes(relabelled)}
        return _print({**describe_enrolled(enrolled), **changes, "unnamed": left})
    from whosaid.tables import show_changes, show_enrolled, show_unnamed

    show_enrolled(enrolled)
    if relabelled is not None:
        show_changes(relabelled)
    return show_unnamed(left, enrolled.voiceprint.speaker)


def relabel(
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    profile: ProfileOption = "balanced",
    *,
    as_json: AsJson = False,
) -> None:
    """Name the voices of the archive by the present voiceprints, from the vectors that it keeps."""
    from whosaid.profiles import profile_named

    spec = profile_named(profile).voices
    with opened(home, database_url) as archive:
        archive.migrate()
        relabelled = _relabel(archive, spec.model_key)
    return _show_changes([relabelled], as_json=as_json)


def speakers(
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    *,
    everyone: Annotated[bool, typer.Option("--all", help="List the unknown voices of a single video too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the speakers and the unknown voices: hours, videos, where to hear them, and their voiceprints."""
    from whosaid.speakers.roster import read_roster

    with opened(home, database_url) as archive:
        roster = read_roster(archive)
    if as_json:
        from whosaid.speakers.report import describe_roster

        return _print(describe_roster(roster))
    from whosaid.tables import show_speakers

    return show_speakers(roster, roster.unknown if everyone else roster.recurring)


def forget(
    name: Annotated[str, typer.Argument(help="The name of the speaker.")],
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: the voiceprints cannot be brought back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the voiceprints of a speaker, and take the name off the archive."""
    from whosaid.speakers.roster import require_speaker

    with opened(home, database_url) as archive:
        archive.migrate()
        known = require_speaker(archive, name)
        if not yes:
            raise typer.BadParameter(f"the voiceprints of {name} cannot be brought back: say --yes to remove them")
        archive.forget(name)
        models = {each.model_key for each in known}.intersection(archive.voice_models())
        relabelled = [_relabel(archive, model_key) for model_key in sorted(models)]
    _show_changes(relabelled, as_json=as_json)


def _former(*, again: bool, add: bool) -> Former:
    from whosaid.speakers.enrolling import Former

    if again and add:
        raise typer.BadParameter("--again replaces the voiceprint, --add adds to it: choose one")
    return Former.replaced if again else Former.added if add else Former.kept


def _relabel(archive: Archive, model_key: str) -> Relabelling:
    from whosaid.speakers.relabelling import relabel as relabel_archive

    return relabel_archive(archive, model_key)


def _show_changes(relabelled: Sequence[Relabelling], *, as_json: bool) -> None:
    if as_json:
        from whosaid.speakers.report import describe_changes

        return _print([describe_changes(each) for each in relabelled])
    from whosaid.tables import show_changes

    for each in relabelled:
        show_changes(each)
    return None


def _print(told: object) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
