"""What is read of GPUs, whatever the driver leaves unanswered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import psutil
import pynvml
import pytest

from tests.nvml import GIB, Card, Driver, installed
from whosaid import gpu
from whosaid.errors import DeviceError
from whosaid.types import GpuReading

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
REFUSED = {
    "NOT_SUPPORTED": pynvml.NVML_ERROR_NOT_SUPPORTED,
    "NO_PERMISSION": pynvml.NVML_ERROR_NO_PERMISSION,
    "FUNCTION_NOT_FOUND": pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    "UNKNOWN": pynvml.NVML_ERROR_UNKNOWN,
    "TIMEOUT": pynvml.NVML_ERROR_TIMEOUT,
}
QUESTIONS = {
    "nvmlDeviceGetUtilizationRates": ("utilisation", "memory_utilisation"),
    "nvmlDeviceGetTemperature": ("temperature",),
    "nvmlDeviceGetPowerUsage": ("power",),
    "nvmlDeviceGetClockInfo": ("clock",),
}


class Machine:
    """Puts a driver under pynvml for as long as the test lasts."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, *cards: Card, **more: dict[str, int]) -> Driver:
        driver = Driver(*cards, **more)
        self._stack.enter_context(installed(driver))
        return driver


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        yield Machine(stack)


def _read() -> tuple[GpuReading, ...]:
    with gpu.watch() as watch:
        return watch.read(NOON)


def test_a_gpu_is_read_in_units_of_physics(machine: Machine) -> None:
    """Shares, bytes, degrees, watts and megahertz."""
    machine(Card(), Card(utilisation=(0, 0)))
    first, second = _read()
    assert first == GpuReading(NOON, 0, 0.84, 0.4, 12 * GIB, 16 * GIB, 65, 250.0, 2610)
    assert (second.gpu, second.utilisation) == (1, 0.0)


def test_the_driver_is_opened_once_and_closed(machine: Machine) -> None:
    """Not for every reading, each of which would start it anew."""
    driver = machine(Card())
    with gpu.watch() as watch:
        for _ in range(10):
            watch.read(NOON)
        assert (driver.opened, driver.calls["nvmlInitWithFlags"]) == (1, 1)
    assert driver.opened == 0


@pytest.mark.parametrize("function", QUESTIONS)
@pytest.mark.parametrize("refusal", REFUSED)
def test_what_the_driver_does_not_say_is_none(machine: Machine, function: str, refusal: str) -> None:
    """One unanswered question costs none of the other answers, and is told once with its reason."""
    machine(Card(refuses={function: REFUSED[refusal]}))
    with gpu.watch() as watch:
        (reading,) = watch.read(NOON)
        watch.read(NOON)
    fields = ("utilisation", "memory_utilisation", "temperature", "power", "clock", "memory_used")
    assert {name for name in fields if getattr(reading, name) is None} == set(QUESTIONS[function])
    (trouble,) = watch.troubles
    assert trouble.startswith("GPU 0 (NVIDIA RTX 5080) does not say")
    assert trouble.endswith(str(pynvml.NVMLError(REFUSED[refusal])))


def test_a_driver_that_says_nothing_leaves_a_reading(machine: Machine) -> None:
    """Questions that fail for the same reason are told in one line."""
    unsupported = dict.fromkeys(QUESTIONS, pynvml.NVML_ERROR_NOT_SUPPORTED)
    machine(Card(refuses={**unsupported, "nvmlDeviceGetMemoryInfo": pynvml.NVML_ERROR_UNKNOWN}))
    with gpu.watch() as watch:
        assert watch.read(NOON) == (GpuReading(NOON, 0),)
    assert list(watch.troubles) == [
        "GPU 0 (NVIDIA RTX 5080) does not say utilisation, temperature, power, clock: Not Supported",
        "GPU 0 (NVIDIA RTX 5080) does not say memory: Unknown Error",
    ]


@pytest.mark.parametrize("code", [pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED])
def test_a_lost_gpu_leaves_the_others(machine: Machine, code: int) -> None:
    """It is told once and asked no more."""
    card = Card()
    driver = machine(card, Card())
    with gpu.watch() as watch:
        assert [each.gpu for each in watch.read(NOON)] == [0, 1]
        card.refuses = {"nvmlDeviceGetPowerUsage": code}
        assert [[each.gpu for each in watch.read(NOON)] for _ in range(2)] == [[1], [1]]
    (trouble,) = watch.troubles
    assert "GPU 0 (NVIDIA RTX 5080) is lost" in trouble
    assert driver.calls["nvmlDeviceGetUtilizationRates"] == 5


def test_throttling_is_told_in_words(machine: Machine) -> None:
    """Being idle is no throttling."""
    reasons = pynvml.nvmlClocksEventReasonSwPowerCap | pynvml.nvmlClocksEventReasonHwThermalSlowdown
    machine(Card(reasons=reasons | pynvml.nvmlClocksEventReasonGpuIdle), Card())
    assert [each.throttled for each in _read()] == [("power limit", "overheating"), ()]


def test_older_drivers_have_another_name_for_throttling(machine: Machine) -> None:
    """They lack the new function, and say the same by the old one."""
    missing = {"nvmlDeviceGetCurrentClocksEventReasons": pynvml.NVML_ERROR_FUNCTION_NOT_FOUND}
    machine(Card(reasons=pynvml.nvmlClocksThrottleReasonSwPowerCap, refuses=missing))
    assert _read()[0].throttled == ("power limit",)


def test_memory_that_is_shared_with_the_machine_is_that_of_the_machine(machine: Machine) -> None:
    """Chips without memory of their own say that they do not support the question."""
    machine(Card(refuses={"nvmlDeviceGetMemoryInfo": pynvml.NVML_ERROR_NOT_SUPPORTED}))
    assert gpu.devices()[0].memory_total == psutil.virtual_memory().total
    assert _read()[0].memory_total == psutil.virtual_memory().total


DIVIDED = Card(
    "NVIDIA A100",
    "GPU-aaaa",
    parts=[
        Card("NVIDIA A100 MIG 1g.5gb", "MIG-aaaa-1", total=5 * GIB, used=GIB),
        Card("NVIDIA A100 MIG 2g.10gb", "MIG-aaaa-2", total=10 * GIB, used=GIB),
    ],
)
CARDS = (Card("NVIDIA H100", "GPU-bbbb-1"), DIVIDED, Card("NVIDIA H200", "GPU-bbbb-2"))


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ["NVIDIA H100", "NVIDIA A100 MIG 1g.5gb", "NVIDIA H200"]),
        ("2,0", ["NVIDIA H200", "NVIDIA H100"]),
        (" 2 , 1", ["NVIDIA H200", "NVIDIA A100 MIG 1g.5gb"]),
        ("", []),
        ("-1", []),
        ("0,-1,2", ["NVIDIA H100"]),
        ("7", []),
        ("GPU-bbbb-2", ["NVIDIA H200"]),
        ("GPU-bbbb", []),  # of two
        ("GPU-aa", ["NVIDIA A100 MIG 1g.5gb"]),
        ("MIG-aaaa-2", ["NVIDIA A100 MIG 2g.10gb"]),
        ("MIG-aaaa-2,MIG-aaaa-1", ["NVIDIA A100 MIG 2g.10gb", "NVIDIA A100 MIG 1g.5gb"]),
        ("MIG-cccc", []),
        ("nothing", []),
    ],
)
def test_only_what_cuda_shows_this_process_is_seen(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, visible: str | None, names: list[str]
) -> None:
    """In CUDA's order: by number, by UUID, or by that of a part; nothing from the first on that is not there."""
    machine(*CARDS)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = gpu.devices()
    assert [(each.index, each.name) for each in found] == list(enumerate(names))


def test_a_part_of_a_chip_has_its_own_memory_and_the_sensors_of_the_chip(machine: Machine) -> None:
    """The driver tells no utilisation of a part."""
    part = Card(
        "MIG 1g.5gb", "MIG-1", 5 * GIB, GIB, refuses={"nvmlDeviceGetUtilizationRates": 3, "nvmlDeviceGetPowerUsage": 3}
    )
    machine(Card("NVIDIA A100", temperature=71, parts=[part]))
    with gpu.watch() as watch:
        (reading,) = watch.read(NOON)
    assert reading == GpuReading(NOON, 0, None, None, GIB, 5 * GIB, 71, 250.0, 2610)
    assert list(watch.troubles) == ["GPU 0 (MIG 1g.5gb) does not say utilisation: Not Supported"]


def test_a_chip_that_is_divided_into_nothing_is_none(machine: Machine) -> None:
    """CUDA can use no undivided rest."""
    machine(Card(parts=[]))
    assert gpu.devices() == ()


def test_a_gpu_of_others_is_not_seen(machine: Machine) -> None:
    """What this process may not open does not count, as in a container that was given one of several."""
    machine(Card("theirs", refuses={"nvmlDeviceGetHandleByIndex_v2": pynvml.NVML_ERROR_NO_PERMISSION}), Card("ours"))
    assert [(each.index, each.name) for each in gpu.devices()] == [(0, "ours")]


def test_without_a_driver_there_is_no_gpu() -> None:
    """A machine without the library is a machine without GPUs, and its speed is that of its processors."""
    with installed(None):
        assert gpu.devices() == ()
        assert _read() == ()
        assert gpu.machine().startswith("CPU, ")
        assert gpu.memory_used() > 0


def test_a_driver_that_is_not_loaded_shows_no_gpu(machine: Machine) -> None:
    machine(refuses={"nvmlInitWithFlags": pynvml.NVML_ERROR_DRIVER_NOT_LOADED})
    assert gpu.devices() == ()


@pytest.mark.parametrize(
    ("function", "code"),
    [
        ("nvmlInitWithFlags", pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH),
        ("nvmlDeviceGetCount_v2", pynvml.NVML_ERROR_UNKNOWN),
        ("nvmlShutdown", pynvml.NVML_ERROR_UNKNOWN),
    ],
)
def test_a_driver_that_fails_is_an_error_with_its_remedy(machine: Machine, function: str, code: int) -> None:
    """A driver that is there and fails is not a machine without one."""
    machine(Card(), refuses={function: code})
    with pytest.raises(DeviceError, match=r"the GPU driver does not answer .* check nvidia-smi"):
        gpu.devices()


def test_memory_is_that_of_the_gpu_which_models_are_put_on(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that is visible; what another one suffers does not matter to it."""
    lost = {"nvmlDeviceGetHandleByIndex_v2": pynvml.NVML_ERROR_GPU_IS_LOST}
    machine(Card(used=3 * GIB), Card(used=5 * GIB), Card(refuses=lost))
    assert gpu.memory_used() == 3 * GIB
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert gpu.memory_used() == 5 * GIB


def test_a_machine_goes_by_its_gpus(machine: Machine) -> None:
    """Unless they are not to be used."""
    machine(Card("NVIDIA H200"), Card("NVIDIA T4"), Card("NVIDIA H200"))
    assert gpu.machine() == "NVIDIA H200 x 2 + NVIDIA T4"
    assert gpu.machine("cpu").startswith("CPU, ")


@pytest.mark.parametrize(("order", "told"), [(None, 1), ("FASTEST_FIRST", 1), ("PCI_BUS_ID", 0)])
def test_cards_that_differ_may_be_numbered_otherwise(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, order: str | None, told: int
) -> None:
    """CUDA puts the fastest first, the driver goes by the bus: which is which is not known, and said."""
    machine(Card("NVIDIA H200"), Card("NVIDIA T4"))
    if order:
        monkeypatch.setenv("CUDA_DEVICE_ORDER", order)
    with gpu.watch() as watch:
        assert len(watch.troubles) == told
