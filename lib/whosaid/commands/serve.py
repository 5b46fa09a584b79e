"""`whosaid serve`: the archive in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from whosaid.commands.options import DEFAULT_HOME, DatabaseUrl, Home, OpenAiKey, OpenAiUrl, engines, opened


def serve(
    home: Home = DEFAULT_HOME,
    database_url: DatabaseUrl = "",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port on this machine; 0: any that is free.")] = 8765,
    openai_key: OpenAiKey = "",
    openai_url: OpenAiUrl = "",
) -> None:
    """Show the archive on a page that this machine alone can open: search, transcripts, and voices to name."""
    from whosaid.media.library import AudioLibrary
    from whosaid.web import serving
    from whosaid.web.site import Site

    with (
        serving.listening(port) as listener,
        engines(home, openai_key, openai_url) as lent,  # closed last: it waits for a model that still loads
        opened(home, database_url) as archive,
    ):
        archive.migrate()
        host, bound = listener.getsockname()
        typer.echo(f"http://{host}:{bound} shows the archive; Ctrl-C ends it")
        serving.serve(Site(archive, lent, AudioLibrary(home / "media")), listener)
