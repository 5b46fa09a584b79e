"""Put the trained parts together as the folder that a pyannote.audio pipeline is loaded from.

python -m deployments.demo.studio.pipeline --ecapa DIRECTORY --segmentation DIRECTORY --into DIRECTORY
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications

from deployments.demo.studio.checkpoints import write_checkpoint
from deployments.demo.studio.ecapa import ATTENTION_CHANNELS, CHANNELS, CHECKPOINT, DIMENSION, SE_CHANNELS
from deployments.demo.studio.segmentation import CHUNK_SECONDS
from whosaid.diarization.voice_model import EcapaVoiceModel

CONFIG = Path(__file__).with_name("pipeline.yaml")


def assemble(ecapa: Path, segmentation: Path, into: Path) -> None:
    """Write config.yaml and the three parts that it names."""
    shutil.copytree(segmentation, into / "segmentation", dirs_exist_ok=True)
    shutil.copyfile(CONFIG, into / "config.yaml")
    write_checkpoint(read_voice_model(ecapa), into / "embedding")
    write_plda(into / "plda")


def read_voice_model(ecapa: Path) -> EcapaVoiceModel:
    """Give the voice embedder the form that pyannote.audio asks for."""
    model = EcapaVoiceModel(CHANNELS, ATTENTION_CHANNELS, SE_CHANNELS)
    model.embedding_model.load_state_dict(torch.load(ecapa / CHECKPOINT, weights_only=True))
    model.specifications = Specifications(Problem.REPRESENTATION, Resolution.CHUNK, duration=CHUNK_SECONDS)
    return model


def write_plda(folder: Path) -> None:
    """Write the smallest PLDA that loads: two dimensions, all directions alike."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(DIMENSION), mean2=np.zeros(2), lda=np.eye(DIMENSION, 2))
    np.savez(folder / "plda.npz", mu=np.zeros(2), tr=np.eye(2), psi=np.ones(2))


def main() -> None:
    """Assemble the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--ecapa", "--segmentation", "--into"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    assemble(arguments.ecapa, arguments.segmentation, arguments.into)


if __name__ == "__main__":
    main()
