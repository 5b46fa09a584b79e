"""NVML, the library of the GPU driver: which GPUs this process may see, and questions to them. Only user of pynvml."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import psutil
import pynvml
from pynvml import NVMLError as NvmlError

from whosaid.errors import DeviceError

_NO_DRIVER: Final = (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED)
_LOST: Final = (pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED)
_UNANSWERED: Final = (pynvml.NVML_ERROR_NOT_SUPPORTED, pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
_THROTTLES: Final = {
    pynvml.nvmlClocksEventReasonSwPowerCap: "power limit",
    pynvml.nvmlClocksEventReasonSwThermalSlowdown: "heat",
    pynvml.nvmlClocksEventReasonHwThermalSlowdown: "overheating",
    pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown: "power brake",
    pynvml.nvmlClocksEventReasonHwSlowdown: "hardware slowdown",
    pynvml.nvmlClocksEventReasonSyncBoost: "clocks in step with another GPU",
    pynvml.nvmlClocksEventReasonApplicationsClocksSetting: "clocks set by the user",
    pynvml.nvmlClocksEventReasonDisplayClockSetting: "clocks set by the display",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU that this process may see, with NVML's handles of it."""

    index: int  # as CUDA counts them
    name: str
    handle: Any
    chip: Any  # another handle where the GPU is a part of a chip (MIG), whose sensors it shares

    def __str__(self) -> str:
        return f"GPU {self.index} ({self.name})"


@contextmanager
def opened() -> Generator[Iterator[Device]]:
    """Open NVML and find the GPUs one by one; none where there is no driver, DeviceError where it fails."""
    try:
        with _library() as available:
            yield _visible() if available else iter(())
    except NvmlError as e:
        raise DeviceError(f"the GPU driver does not answer ({e}): check nvidia-smi, restart the driver") from e


@contextmanager
def _library() -> Generator[bool]:
    try:
        pynvml.nvmlInit()
    except NvmlError as e:
        if _code(e) not in _NO_DRIVER:
            raise
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()


def is_lost(error: NvmlError) -> bool:
    """Say whether an error means that the GPU answers no more questions at all."""
    return _code(error) in _LOST


def memory(handle: Any) -> tuple[int, int]:
    """Return the bytes in use and in total; those of the machine for a GPU that has no memory of its own."""
    try:
        told = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except NvmlError as e:
        if _code(e) != pynvml.NVML_ERROR_NOT_SUPPORTED:
            raise
        shared = psutil.virtual_memory()
        return shared.total - shared.available, shared.total
    return int(told.used), int(told.total)


def utilisation(handle: Any) -> tuple[float, float]:
    """Return the shares of the last sampling period in which a kernel ran, and in which memory was read or written."""
    told: Any = pynvml.nvmlDeviceGetUtilizationRates(handle)
    return told.gpu / 100, told.memory / 100


def temperature(chip: Any) -> int:
    """Return degrees Celsius."""
    return pynvml.nvmlDeviceGetTemperature(chip, pynvml.NVML_TEMPERATURE_GPU)


def power(chip: Any) -> float:
    """Return watts."""
    return pynvml.nvmlDeviceGetPowerUsage(chip) / 1000


def clock(chip: Any) -> int:
    """Return MHz of the streaming multiprocessors."""
    return pynvml.nvmlDeviceGetClockInfo(chip, pynvml.NVML_CLOCK_SM)


def throttles(chip: Any) -> tuple[str, ...]:
    """Return in words why the clock is held down; that the GPU is idle is no such reason."""
    try:
        told = pynvml.nvmlDeviceGetCurrentClocksEventReasons(chip)
    except NvmlError as e:
        if _code(e) != pynvml.NVML_ERROR_FUNCTION_NOT_FOUND:
            raise
        told = pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(chip)  # its name in drivers before 535
    return tuple(words for reason, words in _THROTTLES.items() if told & reason)


def _visible() -> Iterator[Device]:
    """Yield the GPUs in CUDA's order: those that CUDA_VISIBLE_DEVICES names, up to the first that is not there."""
    asked = os.environ.get("CUDA_VISIBLE_DEVICES")
    found = _all() if asked is None else _named(asked.split(","))
    for i, (handle, chip) in enumerate(found):
        yield Device(i, pynvml.nvmlDeviceGetName(handle), handle, chip)


def _all() -> Iterator[tuple[Any, Any]]:
    for chip in _chips():
        yield from islice(_usable(chip), 1)


def _named(names: list[str]) -> Iterator[tuple[Any, Any]]:
    for name in names:
        found = _numbered(name.strip()) or _identified(name.strip())
        if found is None:
            return
        yield found


def _numbered(name: str) -> tuple[Any, Any] | None:
    if not name.isdecimal():
        return None
    return next((part for chip in islice(_chips(), int(name), int(name) + 1) for part in _usable(chip)), None)


def _identified(name: str) -> tuple[Any, Any] | None:
    """Return the one GPU, or part of one, whose UUID begins so."""
    if name.startswith("GPU-"):
        chips = [chip for chip in _chips() if pynvml.nvmlDeviceGetUUID(chip).startswith(name)]
        return next(_usable(chips[0]), None) if len(chips) == 1 else None
    if name.startswith("MIG-"):
        parts = [each for chip in _chips() for each in _usable(chip)]
        found = [each for each in parts if pynvml.nvmlDeviceGetUUID(each[0]).startswith(name)]
        return found[0] if len(found) == 1 else None
    return None


def _chips() -> Iterator[Any]:
    """Yield the handles of the chips, in the order of the bus, but for those that this process may not open."""
    for i in range(pynvml.nvmlDeviceGetCount()):
        try:
            yield pynvml.nvmlDeviceGetHandleByIndex(i)
        except NvmlError as e:
            if _code(e) != pynvml.NVML_ERROR_NO_PERMISSION:
                raise


def _usable(chip: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a chip as it is, or its parts where it is divided: of those, CUDA takes the first unless it is told."""
    if not _is_divided(chip):
        yield chip, chip
        return
    for i in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(chip)):
        try:
            yield pynvml.nvmlDeviceGetMigDeviceHandleByIndex(chip, i), chip
        except NvmlError as e:
            if _code(e) != pynvml.NVML_ERROR_NOT_FOUND:
                raise


def _is_divided(chip: Any) -> bool:
    try:
        return pynvml.nvmlDeviceGetMigMode(chip)[0] == pynvml.NVML_DEVICE_MIG_ENABLE
    except NvmlError as e:
        if _code(e) not in _UNANSWERED:
            raise
        return False


def _code(error: NvmlError) -> int:
    return getattr(error, "value", 0)
