"""A stand-in for the library of the GPU driver, below pynvml, that can be made to misbehave as drivers do."""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pynvml

GIB: Final = 2**30
_FIRST_HANDLE: Final = 4096


@dataclass
class Card:
    """A made-up GPU; `refuses` are the codes with which functions, by their names in C, fail for it."""

    name: str = "NVIDIA RTX 5080"
    uuid: str = "GPU-00000000-0000"
    total: int = 16 * GIB
    used: int = 12 * GIB
    utilisation: tuple[int, int] = (84, 40)  # percent
    temperature: int = 65
    power: int = 250_000  # milliwatts
    clock: int = 2610
    reasons: int = pynvml.nvmlClocksEventReasonGpuIdle
    refuses: dict[str, int] = field(default_factory=dict)
    parts: list[Card] | None = None  # of a card that is divided (MIG)


class Driver:
    """The functions of libnvidia-ml over made-up cards; every call takes `latency` seconds."""

    def __init__(self, *cards: Card, refuses: dict[str, int] | None = None, latency: float = 0.0) -> None:
        self.cards, self.refuses, self.latency = cards, refuses or {}, latency
        self.calls = Counter[str]()
        self.opened = 0
        self._handles = [each for card in cards for each in (card, *(card.parts or ()))]
        self._system: dict[str, Callable[..., int | None]] = {
            "nvmlInitWithFlags": self._open,
            "nvmlShutdown": self._close,
            "nvmlDeviceGetCount_v2": self._count,
            "nvmlDeviceGetHandleByIndex_v2": self._find,
            "nvmlDeviceGetMigDeviceHandleByIndex": self._find_part,
        }

    def __getattr__(self, function: str) -> Callable[..., int]:
        if function not in self._system and function not in _QUESTIONS:
            raise AttributeError(function)

        def call(*given: Any) -> int:
            self.calls[function] += 1
            time.sleep(self.latency)
            answer = self._system.get(function) or self._ask(function)
            return self.refuses.get(function) or answer(*given) or pynvml.NVML_SUCCESS

        return call

    def _open(self, _flags: int) -> None:
        self.opened += 1

    def _close(self) -> None:
        self.opened -= 1

    def _count(self, count: Any) -> None:
        count._obj.value = len(self.cards)

    def _find(self, index: Any, device: Any) -> int | None:
        card = self.cards[index.value]
        self._hand_over(card, device)
        return card.refuses.get("nvmlDeviceGetHandleByIndex_v2")

    def _find_part(self, device: Any, index: Any, part: Any) -> int | None:
        parts = self._card(device).parts or ()
        if index.value >= len(parts):
            return pynvml.NVML_ERROR_NOT_FOUND
        self._hand_over(parts[index.value], part)
        return None

    def _ask(self, function: str) -> Callable[..., int | None]:
        def ask(device: Any, *rest: Any) -> int | None:
            card = self._card(device)
            return card.refuses.get(function) or _QUESTIONS[function](card, *rest)

        return ask

    def _hand_over(self, card: Card, device: Any) -> None:
        number = next(i for i, each in enumerate(self._handles) if each is card)
        ctypes.c_void_p.from_buffer(device._obj).value = _FIRST_HANDLE + number

    def _card(self, device: Any) -> Card:
        return self._handles[ctypes.cast(device, ctypes.c_void_p).value - _FIRST_HANDLE]


def _tell_name(card: Card, text: Any, _size: Any) -> None:
    text.value = card.name.encode()


def _tell_uuid(card: Card, text: Any, _size: Any) -> None:
    text.value = card.uuid.encode()


def _tell_memory(card: Card, memory: Any) -> None:
    memory._obj.total, memory._obj.used = card.total, card.used


def _tell_utilisation(card: Card, rates: Any) -> None:
    rates._obj.gpu, rates._obj.memory = card.utilisation


def _tell_temperature(card: Card, _sensor: Any, temperature: Any) -> None:
    temperature._obj.value = card.temperature


def _tell_power(card: Card, power: Any) -> None:
    power._obj.value = card.power


def _tell_clock(card: Card, _kind: Any, clock: Any) -> None:
    clock._obj.value = card.clock


def _tell_reasons(card: Card, reasons: Any) -> None:
    reasons._obj.value = card.reasons


def _tell_mode(card: Card, current: Any, _pending: Any) -> int | None:
    current._obj.value = pynvml.NVML_DEVICE_MIG_ENABLE
    return pynvml.NVML_ERROR_NOT_SUPPORTED if card.parts is None else None


def _tell_most_parts(_card: Card, count: Any) -> None:
    count._obj.value = 7


_QUESTIONS: Final[dict[str, Callable[..., int | None]]] = {
    "nvmlDeviceGetName": _tell_name,
    "nvmlDeviceGetUUID": _tell_uuid,
    "nvmlDeviceGetMemoryInfo": _tell_memory,
    "nvmlDeviceGetUtilizationRates": _tell_utilisation,
    "nvmlDeviceGetTemperature": _tell_temperature,
    "nvmlDeviceGetPowerUsage": _tell_power,
    "nvmlDeviceGetClockInfo": _tell_clock,
    "nvmlDeviceGetCurrentClocksEventReasons": _tell_reasons,
    "nvmlDeviceGetCurrentClocksThrottleReasons": _tell_reasons,
    "nvmlDeviceGetMigMode": _tell_mode,
    "nvmlDeviceGetMaxMigDeviceCount": _tell_most_parts,
}


DriverT = TypeVar("DriverT", bound=Driver | None)


@contextmanager
def installed(driver: DriverT) -> Generator[DriverT]:
    """Let pynvml find this driver; None is a machine without one."""
    library, load = pynvml.nvmlLib, pynvml._LoadNvmlLibrary
    pynvml._nvmlGetFunctionPointer_cache.clear()
    pynvml.nvmlLib = driver
    if driver is None:
        pynvml._LoadNvmlLibrary = _find_no_library
    try:
        yield driver
    finally:
        pynvml.nvmlLib, pynvml._LoadNvmlLibrary = library, load
        pynvml._nvmlGetFunctionPointer_cache.clear()


def _find_no_library() -> None:
    raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
