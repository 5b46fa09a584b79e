"""A stage: a function of values, run as a Prefect task, its result kept under a key of its inputs.

The positional parameters of a stage are its keyed inputs; the keyword-only `job` carries what is live (engines,
archive) and never enters the key. The signature is read at import time and one that does not keep to this is
refused, for an input left out of the key would return another input's result. Keys are computed before Prefect is
asked: Prefect logs an exception raised in a key function and then runs without the cache.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any, Final, Generic, Literal, ParamSpec, TypeVar, cast, get_args, get_origin, get_type_hints

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from prefect.results import ResultStore, get_result_store
from prefect.serializers import Serializer
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

from flows.job import Job
from flows.threads import in_thread
from whosaid import budget, canonical, metrics, types
from whosaid.errors import WhosaidError
from whosaid.reporting.lines import tell_stage
from whosaid.types import Seconds, StageTiming

P = ParamSpec("P")
R = TypeVar("R")

RETRY_SECONDS: Final[list[float]] = [2, 10, 30]
logger = logging.getLogger("whosaid.stage")


class ValueSerializer(Serializer):
    """Results as JSON of a type of `whosaid.types`, named without its module so that code may move."""

    type: Literal["whosaid"] = "whosaid"  # pyright: ignore[reportIncompatibleVariableOverride]
    kind: str = ""  # Prefect reads task runs back without what their serializers were given
    many: bool = False

    @classmethod
    def of(cls, annotation: Any) -> ValueSerializer:
        """Return the serializer of a stage's return type: a value, or a tuple of values of one type."""
        many = get_origin(annotation) is tuple
        kind = get_args(annotation)[0] if many else annotation
        if getattr(types, kind.__name__, None) is not kind:
            raise TypeError(f"a stage returns values of whosaid.types, not {annotation}")
        return cls(kind=kind.__name__, many=many)

    @property
    def annotation(self) -> Any:
        kind = getattr(types, self.kind)
        return tuple[kind, ...] if self.many else kind

    def dumps(self, obj: Any) -> bytes:
        if isinstance(obj, BaseException):  # Prefect keeps the error of a failed run too, under another key
            return canonical.to_json(f"{type(obj).__name__}: {obj}")
        return canonical.to_json(obj, self.annotation)

    def loads(self, blob: bytes) -> Any:
        return canonical.from_json(self.annotation, blob)


@dataclass(slots=True)
class _Clock:
    """What one call of a stage took; filled in by the threads that prepare it and run its body."""

    called: float
    queued: float = 0.0  # when it asked for its slot
    began: float = 0.0
    ended: float = 0.0
    ahead: metrics.Stopwatch = field(default_factory=metrics.Stopwatch)
    watch: metrics.Stopwatch | None = None
    tell_begun: Callable[[], object] = lambda: None  # set where there is a line

    def prepare(self, work: Callable[[], object]) -> None:
        with metrics.stopwatch() as self.ahead:
            work()

    def run(self, body: Callable[[], R], allowance: Seconds) -> R:
        self.began = perf_counter()
        self.tell_begun()
        with metrics.stopwatch() as self.watch, budget.limited(allowance):
            try:
                return body()
            finally:
                self.ended = perf_counter()

    def timing(self, stage: str, video_id: str, started_at: datetime) -> StageTiming:
        if self.watch is None:  # the body did not run: the result was found
            took = perf_counter() - self.called
            return StageTiming(stage, video_id, started_at, 0.0, 0.0, 0.0, took, cached=True)
        queued = self.began - self.queued
        waited = self.watch.waited + self.ahead.waited
        loading = self.watch.loading + self.ahead.loading
        computing = max(0.0, self.ended - self.called - queued - waited - loading)
        return StageTiming(
            *(stage, video_id, started_at, queued, waited, loading, computing),
            cached=False,
            device=self.watch.device,
            work=self.watch.work,
        )


async def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, WhosaidError) and error.transient


async def _run(work: Callable[[], R], key: str) -> R:
    return await in_thread(work)


class Stage(Generic[P, R]):
    """A function of values made into a task. Call it inside a flow: `await transcribe(audio, spec, job=job)`."""

    def __init__(
        self, body: Callable[P, R], version: int | None, tag: str | None, prepare: Callable[..., object] | None
    ) -> None:
        self.name = body.__name__
        self.version = version
        self._tag = tag
        self._body = body
        self._prepare = prepare
        self._inputs = _keyed_inputs(body)
        make = partial(
            Task,
            _run,
            name=self.name,
            task_run_name=self.name,
            description=inspect.getdoc(body),
            cache_key_fn=(lambda _, given: given["key"]) if version else None,
            persist_result=version is not None,
            result_serializer=ValueSerializer.of(get_type_hints(body)["return"]) if version else None,
            cache_result_in_memory=False,
            retries=len(RETRY_SECONDS),
            retry_delay_seconds=RETRY_SECONDS,
            retry_jitter_factor=0.5,
            retry_condition_fn=_is_transient,
        )
        self._task = make(tags={tag} if tag else None)
        self._fresh_task = self._task.with_options(refresh_cache=True)
        self._found_task = make()  # a tag takes its slot even for a result that is there; with_options cannot drop it

    def key(self, *inputs: object) -> str:
        """Return the key of a result, `stage/vN/digest`; raises where an input has no fingerprint."""
        digests = (canonical.fingerprint(value, kind) for value, kind in zip(inputs, self._inputs, strict=True))
        return f"{self.name}/v{self.version}/{canonical.digest(*digests)}"

    async def holds(self, *inputs: object) -> bool:
        """Say whether the result of these inputs is there already."""
        return await self._is_found(self.key(*inputs))

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        job = cast("Job", kwargs["job"])
        job.stage, started_at = self.name, datetime.now(UTC)
        key = self.key(*args) if self.version else ""
        afresh = self.name in job.refresh
        found = bool(key) and not afresh and await self._is_found(key)
        clock = _Clock(called=perf_counter())
        if self._prepare and not found:  # what must not be waited for inside the slot
            await in_thread(partial(clock.prepare, partial(self._prepare, *args, **kwargs)))
        clock.queued = perf_counter()
        work = partial(clock.run, partial(self._body, *args, **kwargs), job.allowance)
        try:
            async with job.queues.turn(None if found else self._tag) as clock.tell_begun:
                return await (self._found_task if found else self._fresh_task if afresh else self._task)(work, key)
        finally:
            job.timings.append(timing := clock.timing(self.name, job.video.id, started_at))
            logger.info("%s · %s", job.video.id, tell_stage(timing))

    async def _is_found(self, key: str) -> bool:
        """Say whether a readable result is stored; one that a crash cut short is dropped and made again."""
        store: ResultStore = await get_result_store().aupdate_for_task(self._task)
        if not await store.aexists(key):
            return False
        try:
            await store.aread(key)
        except ValueError as e:
            logger.warning("the stored result %s cannot be read (%s): making it again", key, e)
            return False
        return True


def _keyed_inputs(body: Callable[..., Any]) -> tuple[Any, ...]:
    """Return the types of the keyed inputs; TypeError where a parameter is neither keyed nor the live `job`."""
    hints = get_type_hints(body, include_extras=True)
    live = {name for name, each in inspect.signature(body).parameters.items() if each.kind is each.KEYWORD_ONLY}
    if live != {"job"} or hints["job"] is not Job:
        raise TypeError(f"{body.__name__}: what is not keyed is the keyword `job`, and nothing else")
    keyed = [each for name, each in inspect.signature(body).parameters.items() if name not in live]
    for each in keyed:
        if each.default is not each.empty:
            raise TypeError(f"{body.__name__}: the keyed input {each.name} has a default, which would hide it")
        _require_canonical_form(body, each.name, hints[each.name])
    return tuple(hints[each.name] for each in keyed)


def _require_canonical_form(body: Callable[..., Any], name: str, kind: Any) -> None:
    try:
        TypeAdapter(kind)
    except PydanticSchemaGenerationError as e:
        raise TypeError(f"{body.__name__}: the input {name} has no canonical form, so it cannot be keyed") from e


def stage(
    *, version: int, tag: str | None = None, prepare: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Make a stage whose result is kept; raise `version` when its meaning changes.

    `prepare` takes the same arguments and runs before the slot of `tag` is asked for, unless the result is found.
    """
    return lambda body: Stage(body, version, tag, prepare)


def action(*, tag: str | None = None) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Make a stage that looks at or changes the world, and so is run every time."""
    return lambda body: Stage(body, None, tag, None)
