"""`whosaid doctor`: what a machine lacks for a profile, each with its remedy."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from whosaid.commands.options import DEFAULT_HOME, AsJson, DatabaseUrl, Home, OpenAiKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr

    from whosaid.doctor import Finding

HubToken: TypeAlias = Annotated[str, typer.Option(envvar="WHOSAID_HUB_TOKEN", help="A token of the model hub.")]
PrefectUrl: TypeAlias = Annotated[str, typer.Option(envvar="PREFECT_API_URL", help="The API of the Prefect server.")]
PrefectKey: TypeAlias = Annotated[str, typer.Option(envvar="PREFECT_API_KEY", help="The key of that server.")]


def doctor(
    profile: Annotated[str, typer.Option(help="The profile that runs are to use.")] = "balanced",
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    hub_token: HubToken = "",
    openai_key: OpenAiKey = "",
    prefect_url: PrefectUrl = "",
    prefect_key: PrefectKey = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show what this machine lacks for a profile, and what helps; ends with 1 where something is missing.

    Nothing is downloaded, loaded or changed; the Postgres of the data directory is started for the moment.
    """
    from whosaid.doctor import State, Subject, examine
    from whosaid.doctor.server import PrefectServer
    from whosaid.profiles import profile_named

    address = _secret(prefect_url)
    server = PrefectServer(address, _secret(prefect_key)) if address else None
    chosen = profile_named(profile)
    findings = examine(Subject(chosen, home, database_url, _secret(hub_token), _secret(openai_key), server))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2))
    else:
        _show(findings)
    raise typer.Exit(int(any(each.state is State.missing for each in findings)))


def _secret(value: str) -> SecretStr | None:
    from pydantic import SecretStr

    return SecretStr(value) if value else None


def _show(findings: Sequence[Finding]) -> None:
    from whosaid.formats import one_line

    for each in findings:
        remedy = f" -> {each.remedy}" if each.remedy else ""
        typer.echo(f"{each.state.value:<8}" + one_line(f"{each.name}: {each.detail}{remedy}"))
