"""The command `whosaid`: what the archive holds, finds, and is worth.

Libraries that load slowly are imported where a command needs them, so that help and mistakes answer at once.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from whosaid.commands import calibration, doctor, evaluation, plan, runs, serve, voices
from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, OpenAiKey, OpenAiUrl, engines, opened
from whosaid.errors import ConfigurationError, WhosaidError

if TYPE_CHECKING:
    from whosaid.engines import Engines
    from whosaid.store import Archive, Hit, Scope, StoredTranscript


class _Commands(TyperGroup):
    """Tells a failure in one line; anything else is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:  # typer's own copy of click has no public name
        try:
            return super().invoke(ctx)
        except WhosaidError as e:
            typer.echo(f"error: {' '.join(str(e).split())}", err=True)
            raise typer.Exit(1) from e


class Format(StrEnum):
    """The formats of `whosaid export`."""

    srt = "srt"
    vtt = "vtt"
    rttm = "rttm"
    seglst = "seglst"
    json = "json"


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Who said what, and when.",
    add_completion=False,
)


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def status(home: Home = DEFAULT_HOME, database_url: DatabaseUrl = "", *, as_json: AsJson = False) -> None:
    """Show what the archive holds: videos by state, hours, passages, models, speakers, runs."""
    with opened(home, database_url) as archive:
        found = archive.status()
    if as_json:
        from pydantic import TypeAdapter

        return typer.echo(TypeAdapter(type(found)).dump_json(found, indent=2))
    from whosaid.tables import show_status

    return show_status(found)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A question, or a few words.")],
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    speaker: Annotated[
        str | None, typer.Option(help='Only what this speaker says; "unknown": voices without a name.')
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only videos of this channel.")] = None,
    video: Annotated[str | None, typer.Option(help="Only this video: its id, or its address.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only videos published on this day (UTC) or later.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many passages at most.")] = 10,
    openai_key: OpenAiKey = "",
    openai_url: OpenAiUrl = "",
    *,
    exact: Annotated[
        bool, typer.Option("--exact", help="Find these words as they were said, one after the other.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the passages that answer a question, or say a quote; each with an address that begins there.

    In JSON, `moment` is the second at which the words that match are said, and `highlights` is where in `text` they
    are: first and one past the last character.
    """
    if not text.strip():
        raise typer.BadParameter("say what to search for", param_hint="TEXT")
    from whosaid.store import Quote, Scope

    scope = Scope(speaker, channel, video, since and since.replace(tzinfo=UTC))
    with opened(home, database_url) as archive, engines(home, openai_key, openai_url) as lent:
        hits = archive.quote(Quote(text, scope, limit)) if exact else _search(archive, lent, text, scope, limit)
    if as_json:
        return typer.echo(json.dumps([_describe(hit) for hit in hits], ensure_ascii=False, indent=2))
    from whosaid.tables import advise, show_hits

    return show_hits(hits) if hits else typer.echo(advise("--exact" if exact else "", scope))


@app.command()
def export(
    video: Annotated[str, typer.Argument(help="The id of a video, or its address.")],
    output_format: Annotated[Format, typer.Option("--format", help="The format to write.")],
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    output: Annotated[Path | None, typer.Option(help="The file to write; without it, standard output.")] = None,
) -> None:
    """Write the transcript of a video."""
    with opened(home, database_url) as archive:
        written = _write(archive.transcript(video), output_format)
    if output is None:
        return typer.echo(written, nl=False)
    try:
        output.write_text(written, encoding="utf-8")
    except OSError as e:
        raise ConfigurationError(f"{output} cannot be written ({e.strerror}): choose another file") from e
    return None


app.command("eval")(evaluation.evaluate)
app.command()(calibration.calibrate)
app.command()(voices.enroll)
app.command()(voices.relabel)
app.command()(voices.speakers)
app.command()(voices.forget)
app.command()(doctor.doctor)
app.command()(plan.plan)
app.command()(runs.runs)
app.command()(serve.serve)


def _search(archive: Archive, lent: Engines, text: str, scope: Scope, limit: int) -> tuple[Hit, ...]:
    from whosaid import retrieval

    return retrieval.search(archive, lent, text, scope, limit)


def _describe(hit: Hit) -> dict[str, Any]:
    from whosaid.formats import address_at

    return {
        "video": hit.video_id,
        "title": hit.title,
        "channel": hit.channel,
        "published": hit.published_at and hit.published_at.isoformat(),
        "url": address_at(hit.video_id, hit.url, hit.moment),
        "start": hit.start,
        "end": hit.end,
        "moment": hit.moment,
        "speaker": hit.speaker,
        "label": hit.label,
        "text": hit.text,
        "highlights": hit.highlights,
        "score": hit.score,
    }


def _write(transcript: StoredTranscript, output_format: Format) -> str:
    from whosaid import formats

    video, utterances = transcript.video, transcript.utterances
    match output_format:
        case Format.srt:
            return formats.to_srt(utterances)
        case Format.vtt:
            return formats.to_vtt(utterances)
        case Format.rttm:
            return formats.to_rttm(video.id, formats.name_turns(transcript.turns, transcript.identities))
        case Format.seglst:
            return formats.to_seglst(video.id, utterances)
        case Format.json:
            return formats.to_json(video, utterances)
