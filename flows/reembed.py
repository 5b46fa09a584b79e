"""Brings an archive to another text model while search goes on with the old one."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import Annotated, Any, Final

import anyio.to_thread
import typer
from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, aupdate_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from blocks.reaching import reaching_server
from blocks.settings import resolve_settings
from blocks.site import Site, opened_site
from flows.form import with_help
from flows.limits import require_limits
from flows.logs import prepare_logs, refused
from flows.recovery import recover
from whosaid.engines import DevicePolicy
from whosaid.errors import ConfigurationError, WhosaidError
from whosaid.profiles import BALANCED, TEXT_MODELS, text_model_named
from whosaid.store import PassageText
from whosaid.text import Role, TextSpec
from whosaid.types import PassageVectors

PAGE: Final = 1_000  # passages embedded, and kept, at once: what a kill can cost
logger = logging.getLogger("whosaid.reembed")


class Reembedding:
    """The model, the archive, and how far it is; slotted so that Prefect does not look inside."""

    __slots__ = ("_clock", "done", "site", "spec", "total")

    def __init__(self, spec: TextSpec, site: Site) -> None:
        self.spec = spec
        self.site = site
        self.total = site.archive.count_unembedded(spec.model_key)
        self.done = 0
        self._clock = perf_counter()

    def next_page(self, after: int) -> tuple[PassageText, ...]:
        """Read the next passages that lack a vector, and do for them what needs no GPU."""
        page = self.site.archive.unembedded(self.spec.model_key, after, PAGE)
        if page:
            with self.site.engines.lease(self.spec) as embedder:
                embedder.prepare([each.text for each in page], Role.passage)
        return page

    def embed(self, page: tuple[PassageText, ...]) -> PassageVectors:
        """Embed a page on the device."""
        with self.site.engines.lease(self.spec) as embedder:
            return PassageVectors(self.spec.model_key, embedder.embed([each.text for each in page], Role.passage))

    def keep(self, page: tuple[PassageText, ...], embedded: PassageVectors) -> None:
        """Write a page to the archive."""
        self.done += self.site.archive.add_embeddings(page, embedded)

    def switch(self) -> bool:
        """Index the new vectors and let search use them; False where a video was published meanwhile without them."""
        if not self.site.archive.count_unembedded(self.spec.model_key):
            self.site.archive.index_model(self.spec.model_key)
        return self.site.archive.serve_model(self.spec.model_key)

    @property
    def line(self) -> str:
        """How far it is, how fast, and how long the rest will take."""
        rate = self.done / max(1e-9, perf_counter() - self._clock)
        left = max(0, self.total - self.done) / rate if rate else 0.0
        return f"{self.done} of {self.total} passages, {rate:.1f} a second, {left / 60:.1f} minutes left"


@task(task_run_name="embed_page", tags={"gpu"}, persist_result=False, cache_policy=NO_CACHE)
async def embed_page(page: tuple[PassageText, ...], work: Reembedding) -> PassageVectors:
    """Turn a page of passages into vectors of the new model."""
    return await anyio.to_thread.run_sync(work.embed, page)


@task(task_run_name="keep_page", tags={"db"}, persist_result=False, cache_policy=NO_CACHE)
async def keep_page(page: tuple[PassageText, ...], embedded: PassageVectors, work: Reembedding) -> None:
    """Write a page to the archive; a run that is killed goes on after the last one kept."""
    await anyio.to_thread.run_sync(work.keep, page, embedded)


@flow(flow_run_name="reembed · {model}", persist_result=False)
@with_help
async def reembed(
    model: Annotated[
        str, Field(description="the text model that search is to use", json_schema_extra={"enum": list(TEXT_MODELS)})
    ],
    device: Annotated[
        DevicePolicy, Field(description="where the model runs; auto takes a GPU where there is one")
    ] = "auto",
    drop_old: Annotated[bool, Field(description="delete the vectors of the old model afterwards")] = False,  # noqa: FBT002 - a switch of the form
) -> State[Any]:
    """Embed every passage by another text model, then let search use it; interrupted, it goes on where it was."""
    prepare_logs()
    try:
        spec = text_model_named(model)
        await require_limits({tag: BALANCED.limits[tag] for tag in ("gpu", "db")})
        settings = await resolve_settings()
        await recover(settings.home)
        async with opened_site(settings, device) as site:
            line = await _reembed(spec, site, drop_old=drop_old)
    except WhosaidError as error:
        return refused(error)
    return Completed(message=line, data=line)


async def _reembed(spec: TextSpec, site: Site, *, drop_old: bool) -> str:
    models = await anyio.to_thread.run_sync(site.archive.models)
    former = next((each.model_key for each in models if each.serving), None)
    if former is None:  # of an archive in which nobody speaks too
        raise ConfigurationError("the archive has no passages: run an ingest first")
    work = await anyio.to_thread.run_sync(Reembedding, spec, site)
    progress = await acreate_progress_artifact(0.0, key="reembedding", description=f"{work.total} passages to embed")
    await _embed_all(work, progress)
    while not await anyio.to_thread.run_sync(work.switch):  # a video was published with the old model meanwhile
        await _embed_all(work, progress)
    dropped = await anyio.to_thread.run_sync(_drop, site, former, spec.model_key) if drop_old else 0
    line = f"{work.done} passages embedded; search uses {spec.model_key}; {dropped} old vectors deleted"
    await acreate_markdown_artifact(line, key="summary")
    return line


async def _embed_all(work: Reembedding, progress: Any) -> None:
    """Go through the passages that lack a vector, page by page, the next being read while one is on the device."""
    page = await anyio.to_thread.run_sync(work.next_page, 0)
    while page:
        following = asyncio.create_task(anyio.to_thread.run_sync(work.next_page, page[-1].id))
        await keep_page(page, await embed_page(page, work), work)
        logger.info("%s", work.line)
        await aupdate_progress_artifact(progress, 100.0 * min(1.0, work.done / max(1, work.total)), work.line)
        page = await following


def _drop(site: Site, former: str, present: str) -> int:
    return site.archive.drop_model(former) if former != present else 0


def main(
    model: Annotated[str, typer.Argument(help=f"one of {', '.join(TEXT_MODELS)}")],
    *,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="delete the vectors of the old model afterwards")
    ] = False,
) -> None:
    """Bring the archive to another text model, in this process."""
    try:
        with reaching_server():
            typer.echo(asyncio.run(reembed_here(model, drop_old=drop_old)))
    except WhosaidError as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(1) from None


async def reembed_here(model: str, *, drop_old: bool = False) -> str:
    """Run `reembed` in this process; raises the error that stopped it."""
    text_model_named(model)  # before Prefect, whose own complaint is a traceback
    state = await reembed(model, drop_old=drop_old, return_state=True)  # pyright: ignore
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    return result


if __name__ == "__main__":
    typer.run(main)
