"""Train the demo's pyannote segmentation model on simulated conversations and write it as a pyannote checkpoint.

    python -m deployments.demo.studio.segmentation --bank BANK.npz --minutes 12 --into DIRECTORY

PyanNet (Bredin and Laurent 2021) with powerset classes (Plaquet and Bredin 2023), half the usual width.
"""

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from pyannote.audio.utils.powerset import Powerset

from deployments.demo.studio.checkpoints import write_checkpoint
from deployments.demo.studio.conversations import MOST_SPEAKERS, Conversation, draw_conversation
from deployments.demo.studio.ecapa import set_learning_rate
from deployments.demo.studio.voicebank import VoiceBank, open_voice_bank
from whosaid.diarization.checkpoints import load_model

SECONDS = 10.0  # of a chunk in training
CHUNK_SECONDS = 3.0  # of a chunk in use: the fewer voices in it, the fewer this small model confuses
AT_ONCE = 2  # speakers the model can tell apart in one frame
BATCH = 16  # chunks
PEAK_LEARNING_RATE = 2.5e-3
SEED = 23


def build_segmentation() -> PyanNet:
    """Build the untrained network. The sinc filters keep their mel spacing: learning them costs two thirds."""
    model = PyanNet(lstm={"hidden_size": 96, "num_layers": 2}, linear={"hidden_size": 96, "num_layers": 2})
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=CHUNK_SECONDS,
        min_duration=CHUNK_SECONDS,
        classes=[f"speaker#{number + 1}" for number in range(MOST_SPEAKERS)],
        powerset_max_classes=AT_ONCE,
        permutation_invariant=True,
    )
    model.build()
    model.sincnet.conv1d[0].requires_grad_(requires_grad=False)
    return model


@dataclass(frozen=True, slots=True)
class ChunkBatches:
    """Draw batches of chunks out of the middle of conversations, with their labels."""

    bank: VoiceBank
    centres: NDArray[np.float64]  # (frames,) seconds
    rng: random.Random

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield (BATCH, 1, samples) float32 and (BATCH, frames, MOST_SPEAKERS) 0 or 1, for ever."""
        while True:
            chunks = [self._draw() for _ in range(BATCH)]
            sound = np.stack([chunk.samples for chunk in chunks])
            active = np.stack([label_frames(chunk, self.centres) for chunk in chunks])
            yield torch.from_numpy(sound)[:, None], torch.from_numpy(active)

    def _draw(self) -> Conversation:
        conversation = draw_conversation(self.rng, self.bank, SECONDS + 6)
        return conversation.crop(self.rng.uniform(0.0, 5.9), SECONDS)


def label_frames(chunk: Conversation, centres: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (frames, MOST_SPEAKERS): 1 where a speaker is heard at the centre of the frame."""
    active = np.zeros((len(centres), MOST_SPEAKERS), np.float32)
    columns = {speaker: column for column, speaker in enumerate(dict.fromkeys(turn.speaker for turn in chunk.turns))}
    for turn in chunk.turns:
        active[(centres >= turn.start) & (centres < turn.end), columns[turn.speaker]] = 1
    return active


def frame_centres(model: PyanNet) -> NDArray[np.float64]:
    """Return the time in the middle of each frame of a chunk, in seconds."""
    frames = model.num_frames(int(SECONDS * 16_000))
    return np.array([model.receptive_field[frame].middle for frame in range(frames)])


def permutation_free_loss(scores: torch.Tensor, active: torch.Tensor, powerset: Powerset) -> torch.Tensor:
    """Return the cross-entropy of each chunk under the best order of its speakers, (BATCH,).

    `scores` (BATCH, frames, classes) are log probabilities.
    """
    target = powerset.to_powerset(active).float()
    orders = [list(order) for order in powerset.permutation_mapping.values()]
    losses = [-(scores * target[..., order]).sum(-1).mean(-1) for order in orders]
    return torch.stack(losses).amin(0)


def train(model: PyanNet, bank: VoiceBank, minutes: float, seed: int = SEED) -> PyanNet:
    """Train for that many minutes of processor time; the learning rate follows that clock."""
    torch.manual_seed(seed)
    powerset = Powerset(MOST_SPEAKERS, AT_ONCE)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=PEAK_LEARNING_RATE, weight_decay=1e-3)
    start = time.process_time()
    for step, (sound, active) in enumerate(ChunkBatches(bank, frame_centres(model), random.Random(seed))):
        progress = (time.process_time() - start) / (minutes * 60)
        if progress >= 1:
            return model
        set_learning_rate(optimizer, PEAK_LEARNING_RATE, progress)
        loss = permutation_free_loss(model(sound), active, powerset).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % 20 == 0:
            print(f"{step} {progress:.2f} loss {loss.item():.3f}", flush=True)
    raise AssertionError("the batches never end")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a directory to take the weights from")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = build_segmentation()
    if arguments.start:
        model.load_state_dict(load_model(arguments.start).state_dict())
    trained = train(model, open_voice_bank(arguments.bank), arguments.minutes, arguments.seed)
    write_checkpoint(trained.eval(), arguments.into)


if __name__ == "__main__":
    main()
