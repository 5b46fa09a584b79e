"""What a profile needs of the GPU: a driver, the CUDA libraries of two frameworks, memory for the weights."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib import util
from typing import Final

from whosaid import gpu
from whosaid.doctor import Finding, Subject, miss, ok, warn
from whosaid.doctor.models import engine_specs, weights_on_gpu

_LIBRARIES: Final = ("libcublas.so.12", "libcudnn.so.9")
_PACKAGES: Final = ("cublas", "cudnn")
_SECONDS: Final = 20
_GIB: Final = 2**30
_TIGHT: Final = 0.5  # of the memory: activations and batches, which nobody has measured, need the rest


def check_gpus(subject: Subject) -> Iterable[Finding]:
    """Name the GPUs; DeviceError where the driver fails."""
    if found := gpu.devices():
        return tuple(ok("GPU", f"{each.index}: {each.name}, {each.memory_total / _GIB:.1f} GiB") for each in found)
    if any(spec.device == "cuda" for spec in engine_specs(subject.profile)):
        return (miss("GPU", "none, and the profile asks for one", "install the NVIDIA driver, or take device auto"),)
    return (warn("GPU", "none: every model runs on the CPU", "install the NVIDIA driver where there is a GPU"),)


def check_torch(_: Subject) -> Iterable[Finding]:
    """Say whether torch sees the GPU."""
    if not gpu.devices():
        return ()
    import torch

    built = f"torch {torch.__version__}, CUDA {torch.version.cuda or 'none'}"
    if torch.cuda.is_available():
        return (ok("CUDA for torch", f"{built}, {torch.cuda.device_count()} device(s)"),)
    remedy = "raise the driver to that CUDA, and see CUDA_VISIBLE_DEVICES"
    return (miss("CUDA for torch", f"{built} does not see the GPU", remedy),)


def check_ctranslate2(_: Subject) -> Iterable[Finding]:
    """Say whether ctranslate2 sees the GPU and the loader finds its libraries, as it looks for them: by name alone."""
    if not gpu.devices():
        return ()
    import ctranslate2

    name = "CUDA for ctranslate2"
    if unseen := [library for library in _LIBRARIES if not can_load(library)]:
        remedy = f"put onto LD_LIBRARY_PATH: {':'.join(library_folders()) or 'the libraries of the extra `cuda`'}"
        return (miss(name, f"the loader does not find {', '.join(unseen)}", remedy),)
    if not (count := ctranslate2.get_cuda_device_count()):
        return (miss(name, "ctranslate2 does not see the GPU", "raise the driver, and see CUDA_VISIBLE_DEVICES"),)
    return (ok(name, f"ctranslate2 {ctranslate2.__version__}, {count} device(s), {' and '.join(_LIBRARIES)} load"),)


def can_load(library: str) -> bool:
    """Return whether the loader finds a library; in a process of its own, which alone keeps what it loads."""
    call = [sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", library]
    return subprocess.run(call, capture_output=True, timeout=_SECONDS, check=False).returncode == 0  # noqa: S603


def library_folders() -> tuple[str, ...]:
    """Return where the packages of CUDA libraries keep theirs, none where they are not installed."""
    found = [util.find_spec(f"nvidia.{package}") for package in _PACKAGES if util.find_spec("nvidia")]
    return tuple(f"{place}/lib" for spec in found if spec for place in spec.submodule_search_locations or ())


def check_memory(subject: Subject) -> Iterable[Finding]:
    """Hold the weights of the profile, estimated by their parameters, against the memory of the first GPU."""
    if not (found := gpu.devices()):
        return ()
    need, unknown = weights_on_gpu(subject.profile)
    total, free = found[0].memory_total, found[0].memory_total - found[0].memory_used
    rest = f"; not known: {', '.join(unknown)}" if unknown else ""
    detail = (
        f"weights about {need / _GIB:.1f} GiB (estimated from parameter counts{rest}; what computing takes is not "
        f"measured), {free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    )
    if need > total:
        return (miss("GPU memory", detail, "take the profile speed, or smaller models by overrides"),)
    if need > free * _TIGHT or unknown:
        return (warn("GPU memory", detail, "end other programs on the GPU, or take fewer or smaller models"),)
    return (ok("GPU memory", detail),)
