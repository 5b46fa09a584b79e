"""Write pyannote checkpoints that hold nothing but weights and sizes."""

from pathlib import Path

import torch
from pyannote.audio import Model, __version__

from deployments.demo.studio.ecapa import halve


def write_checkpoint(model: Model, directory: Path) -> None:
    """Write pytorch_model.bin as pyannote.audio reads it; half precision on disk, single once loaded."""
    directory.mkdir(parents=True, exist_ok=True)
    checkpoint = {
        "pytorch-lightning_version": "2.6.0",  # without it lightning takes the file for one of its version 0
        "state_dict": halve(model),
        "hyper_parameters": dict(model.hparams),
        "pyannote.audio": {
            "versions": {"pyannote.audio": __version__},
            "architecture": {"module": type(model).__module__, "class": type(model).__name__},
            "specifications": model.specifications,
        },
    }
    torch.save(checkpoint, directory / "pytorch_model.bin")
