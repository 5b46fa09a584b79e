"""Rebuilds a pyannote pipeline from its folder, reading every model as weights only.

pyannote.audio unpickles whole checkpoints (`weights_only=False`), which runs whatever a file tells it to.
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Final

import torch
import yaml
from pyannote.audio import Model, Pipeline
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.telemetry import set_telemetry_metrics
from torch.torch_version import TorchVersion

WEIGHTS: Final = "pytorch_model.bin"
_PLAIN: Final[list[Any]] = [Specifications, Problem, Resolution, TorchVersion]
"""All that published checkpoints hold besides tensors and plain values."""


def load_pipeline(folder: Path) -> Pipeline:
    """Return the pipeline that config.yaml of the folder describes, on the CPU."""
    set_telemetry_metrics(False)  # pyannote reports every recording to its makers unless told not to
    config = yaml.safe_load((folder / "config.yaml").read_text())
    parameters: dict[str, Any] = config["pipeline"]["params"]
    config["pipeline"]["params"] = {name: _resolve(value, folder) for name, value in parameters.items()}
    pipeline: Any = Pipeline.from_pretrained(config)
    return pipeline


def load_model(folder: Path) -> Model:
    """Return a model in evaluation mode; pickle.UnpicklingError where its file holds more than weights."""
    with torch.serialization.safe_globals(_PLAIN):
        checkpoint: dict[str, Any] = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
    architecture = checkpoint["pyannote.audio"]["architecture"]
    kind = getattr(import_module(architecture["module"]), architecture["class"])
    sizes: dict[str, Any] = checkpoint["hyper_parameters"]
    model = kind(**{name: value for name, value in sizes.items() if name in signature(kind).parameters})
    model.on_load_checkpoint(checkpoint)  # adds the layers that depend on the task
    model.load_state_dict(checkpoint["state_dict"])
    return model.eval()


def _resolve(value: Any, folder: Path) -> Any:
    """Replace `$model/part` by the model in that part of the folder, or by its path where it holds none."""
    if not (isinstance(value, str) and value.startswith("$model/")):
        return value
    part = folder / value.removeprefix("$model/")
    return load_model(part) if (part / WEIGHTS).exists() else str(part)
