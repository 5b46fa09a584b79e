"""What NVML says of the GPUs. The only user of pynvml; a machine without a driver has no devices."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import psutil
import pynvml

from whosaid.errors import DeviceError

_NO_DRIVER: Final = (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED)


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device as the driver names it; memory in bytes."""

    index: int
    name: str
    memory_total: int
    memory_used: int


@contextmanager
def _nvml() -> Generator[bool]:
    """Open NVML; yields False where this machine has no driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as e:
        if getattr(e, "value", None) not in _NO_DRIVER:
            raise
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()


def devices() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine, none where there is no driver; DeviceError where the driver fails."""
    try:
        with _nvml() as available:
            return tuple(_read(i) for i in range(pynvml.nvmlDeviceGetCount())) if available else ()
    except pynvml.NVMLError as e:
        raise DeviceError(f"the GPU driver does not answer ({e}): check nvidia-smi, restart the driver") from e


def _read(index: int) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    name = pynvml.nvmlDeviceGetName(handle)
    return Gpu(index, name, int(memory.total), int(memory.used))


def resolve(policy: Literal["auto", "cpu", "cuda"]) -> Literal["cpu", "cuda"]:
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
    """Return the bytes in use on the first GPU, or resident in this process where there is none."""
    found = devices()
    return found[0].memory_used if found else psutil.Process(os.getpid()).memory_info().rss
