"""The only door to a model: specs say which, `Engines.lease` lends it, one copy a process.

A spec is a recipe (frozen, fingerprinted); an engine is what its `load` returns. Engines are loaded at the
first lease, shared by all threads, and evicted least recently used when the measured memory is over budget.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, ClassVar, Literal, Protocol, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr

from whosaid import canonical, gpu, metrics
from whosaid.weights import Weights

Device: TypeAlias = Literal["cpu", "cuda"]
DevicePolicy: TypeAlias = Literal["auto", "cpu", "cuda"]


class Engine(Protocol):
    """What every loaded model says of itself."""

    device: str  # where its parameters are, read off the parameters

    def close(self) -> None:
        """Give back the memory."""
        ...


EngineT = TypeVar("EngineT", bound=Engine)
EngineT_co = TypeVar("EngineT_co", bound=Engine, covariant=True)


class Spec(BaseModel):
    """A recipe of an engine. Knobs that change only speed are named in `speed` and stay out of the fingerprint."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    speed: ClassVar[frozenset[str]] = frozenset({"device", "workers"})

    device: DevicePolicy = "auto"
    workers: int = 1  # how many threads may use the engine at once

    @property
    def fingerprint(self) -> str:
        """The digest of all that decides the output."""
        return canonical.digest(
            type(self).__name__, canonical.to_json(self.model_dump(mode="json", exclude=set(self.speed)))
        )


class Loadable(Protocol[EngineT_co]):
    """What `Engines.lease` needs of a spec."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def workers(self) -> int: ...
    def load(self, host: Host) -> EngineT_co: ...


@dataclass(frozen=True, slots=True)
class Account:
    """How to reach a service that computes elsewhere; an address of None is the service's own."""

    key: SecretStr | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What a spec may use while it loads: weights, a device, other engines, and a service that computes elsewhere."""

    weights: Weights
    engines: Engines
    policy: DevicePolicy = "auto"
    openai: Account = Account()

    def device(self, asked: DevicePolicy) -> Device:
        """Resolve a device policy; DeviceError where CUDA is asked for and there is none."""
        policy = self.policy if asked == "auto" else asked
        return gpu.resolve(policy)


@dataclass(slots=True)
class _Loaded:
    engine: Any
    slots: threading.Semaphore
    users: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Engines:
    """The engines of this process. Use as a context manager; leaving it closes them all.

    `budget` is in bytes of device memory (of resident memory on the CPU); None sets no limit.
    """

    weights: Weights
    policy: DevicePolicy = "auto"
    budget: int | None = None
    openai: Account = Account()
    loaded_names: list[str] = field(default_factory=list[str])
    _loaded: OrderedDict[Loadable[Any], _Loaded] = field(default_factory=OrderedDict[Loadable[Any], _Loaded])
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def lease(self, spec: Loadable[EngineT]) -> Generator[EngineT]:
        """Lend the engine of a spec, loading it first where needed; waits while all its `workers` slots are taken."""
        loaded = self._take(spec)
        try:
            with metrics.waiting():
                loaded.slots.acquire()
            try:
                metrics.note_device(loaded.engine.device)
                yield loaded.engine
            finally:
                loaded.slots.release()
        finally:
            self._give_back(loaded)

    def close(self) -> None:
        """Close every engine."""
        with self._lock:
            while self._loaded:
                self._loaded.popitem()[1].engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, spec: Loadable[Any]) -> _Loaded:
        with metrics.waiting():
            self._lock.acquire()
        try:
            loaded = self._loaded.get(spec) or self._load(spec)
            self._loaded.move_to_end(spec)
            loaded.users += 1  # before any is evicted, or the new engine itself could be
            self._evict()
            return loaded
        finally:
            self._lock.release()

    def _load(self, spec: Loadable[Any]) -> _Loaded:
        host = Host(self.weights, self, self.policy, self.openai)
        before, start = gpu.memory_used(), perf_counter()
        engine = spec.load(host)
        metrics.note_loading(perf_counter() - start)
        loaded = _Loaded(engine, threading.Semaphore(spec.workers), bytes=max(0, gpu.memory_used() - before))
        self._loaded[spec] = loaded
        self.loaded_names.append(f"{type(spec).__name__} on {engine.device}")
        return loaded

    def _give_back(self, loaded: _Loaded) -> None:
        with self._lock:
            loaded.users -= 1
            self._evict()

    def _evict(self) -> None:
        """Close idle engines, least recently used first, until the rest fits the budget."""
        for spec, loaded in list(self._loaded.items()):
            if self.budget is None or sum(each.bytes for each in self._loaded.values()) <= self.budget:
                return
            if loaded.users == 0 and len(self._loaded) > 1:
                self._loaded.pop(spec).engine.close()
