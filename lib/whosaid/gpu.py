"""The GPUs that this process may see: which there are, what a policy means by them, and readings of what they do."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar

import psutil

from whosaid import nvml
from whosaid.errors import DeviceError
from whosaid.types import GpuReading

Policy: TypeAlias = Literal["auto", "cpu", "cuda"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device as the driver names it; memory in bytes."""

    index: int  # as CUDA counts those that this process may see
    name: str
    memory_total: int
    memory_used: int


def devices() -> tuple[Gpu, ...]:
    """Return the GPUs that this process may see, none without a driver; DeviceError where the driver fails."""
    with nvml.opened() as found:
        return tuple(map(_describe, found))


def _describe(device: nvml.Device) -> Gpu:
    used, total = nvml.memory(device.handle)
    return Gpu(device.index, device.name, total, used)


def resolve(policy: Policy) -> Literal["cpu", "cuda"]:
    """Return the device that a policy means here; DeviceError where CUDA is asked for and there is none."""
    if policy == "cpu":
        return "cpu"
    if devices():
        return "cuda"
    if policy == "cuda":
        raise DeviceError(
            "device cuda is asked for, but this machine shows no GPU: check the driver, or use auto or cpu"
        )
    return "cpu"


def memory_used() -> int:
    """Return the bytes in use on the GPU that models are put on, or resident in this process where there is none."""
    with nvml.opened() as found:
        first = next(found, None)
        return nvml.memory(first.handle)[0] if first else psutil.Process(os.getpid()).memory_info().rss


def machine(policy: Policy = "auto") -> str:
    """Return what speeds can be compared on: "NVIDIA H200 x 2", or "CPU, 16 cores" where no GPU is to be used."""
    counts = Counter(each.name for each in (devices() if policy != "cpu" else ()))
    named = [name if count == 1 else f"{name} x {count}" for name, count in counts.items()]
    return " + ".join(named) or f"CPU, {_processors()} cores"


def _processors() -> int:
    """Return how many processors this process may use: in a container fewer than the machine has."""
    may_use = getattr(os, "sched_getaffinity", None)  # Linux alone says
    return len(may_use(0)) if may_use else os.cpu_count() or 1


@dataclass(slots=True)
class Watch:
    """The GPUs of this process, to be read again and again; `troubles` says once what they do not answer, and why."""

    devices: list[nvml.Device]
    troubles: dict[str, None] = field(default_factory=dict[str, None])  # a set that keeps its order

    def read(self, at: datetime) -> tuple[GpuReading, ...]:
        """Ask every GPU but those that were lost."""
        return tuple(reading for device in tuple(self.devices) if (reading := self._read(device, at)))

    def _read(self, device: nvml.Device, at: datetime) -> GpuReading | None:
        asking = _Questions()
        try:
            return asking.put(device, at)
        except nvml.NvmlError as e:
            self.devices.remove(device)
            self.troubles[f"{device} is lost ({e}) and read no more: reset it, or restart the machine"] = None
            return None
        finally:
            for why, unanswered in asking.refused.items():
                self.troubles[f"{device} does not say {', '.join(unanswered)}: {why}"] = None


@dataclass(slots=True)
class _Questions:
    """One reading in the making; `refused` are the questions without an answer, by the reason."""

    refused: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def put(self, device: nvml.Device, at: datetime) -> GpuReading:
        """Read a GPU; what the driver does not say is None. NvmlError where the GPU is lost."""
        busy, memory_busy = self._ask("utilisation", nvml.utilisation, device.handle) or (None, None)
        used, total = self._ask("memory", nvml.memory, device.handle) or (None, None)
        return GpuReading(
            *(at, device.index, busy, memory_busy, used, total),
            temperature=self._ask("temperature", nvml.temperature, device.chip),
            power=self._ask("power", nvml.power, device.chip),
            clock=self._ask("clock", nvml.clock, device.chip),
            throttled=self._ask("throttle reasons", nvml.throttles, device.chip) or (),
        )

    def _ask(self, what: str, question: Callable[[Any], T], handle: Any) -> T | None:
        try:
            return question(handle)
        except nvml.NvmlError as e:
            if nvml.is_lost(e):
                raise
            self.refused.setdefault(str(e), []).append(what)
            return None


@contextmanager
def watch() -> Generator[Watch]:
    """Open NVML once, for as long as the GPUs are watched; DeviceError where the driver fails."""
    with nvml.opened() as found:
        seen = Watch(list(found))
        if len({each.name for each in seen.devices}) > 1 and os.environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
            seen.troubles["the GPUs differ, and CUDA may number them otherwise: set CUDA_DEVICE_ORDER=PCI_BUS_ID"] = (
                None
            )
        yield seen
