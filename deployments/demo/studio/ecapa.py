"""Train the demo's ECAPA-TDNN on synthetic voices and write it as a speechbrain model directory.

    python -m deployments.demo.studio.ecapa --bank BANK.npz --minutes 12 --into DIRECTORY

AAM-softmax over the training speakers, windows of 0.7 to 2.4 s, noise at random levels (Desplanques et al. 2020).
"""

import argparse
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN, Classifier
from speechbrain.nnet.losses import AdditiveAngularMargin, LogSoftmaxWrapper
from speechbrain.processing.features import InputNormalization

from deployments.demo.studio.speech import SAMPLE_RATE, Samples
from deployments.demo.studio.voicebank import VoiceBank, open_voice_bank

HYPERPARAMS = Path(__file__).with_name("ecapa.yaml")  # speechbrain's description of the same model
CHECKPOINT = "embedding_model.ckpt"
CHANNELS = [128, 128, 128, 128, 384]
ATTENTION_CHANNELS = SE_CHANNELS = 64
MELS, DIMENSION = 80, 192
BATCH = 64  # windows
WINDOW_SECONDS = (0.7, 2.4)
SIGNAL_TO_NOISE = (8.0, 45.0)  # dB
PEAK_LEARNING_RATE = 3e-3
WARM_UP = 0.15  # share of the training
MARGIN, SCALE = 0.2, 30.0
SEED = 11


def build_ecapa() -> ECAPA_TDNN:
    """Build the untrained network with the sizes of ecapa.yaml."""
    return ECAPA_TDNN(
        MELS, lin_neurons=DIMENSION, channels=CHANNELS, attention_channels=ATTENTION_CHANNELS, se_channels=SE_CHANNELS
    )


@dataclass(frozen=True, slots=True)
class WindowBatches:
    """Draw batches of windows of one random length from the speech of each speaker, end to end."""

    speech: tuple[Samples, ...]  # one for each speaker
    rng: np.random.Generator

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield (BATCH, samples) float32 and (BATCH, 1) the speakers, for ever."""
        while True:
            speakers = self.rng.integers(len(self.speech), size=BATCH)
            length = int(self.rng.uniform(*WINDOW_SECONDS) * SAMPLE_RATE)
            windows = np.stack([self._cut(self.speech[speaker], length) for speaker in speakers])
            yield torch.from_numpy(windows), torch.from_numpy(speakers)[:, None]

    def _cut(self, speech: Samples, length: int) -> Samples:
        start = self.rng.integers(len(speech) - length)
        return add_noise(speech[start : start + length], self.rng)


def add_noise(window: Samples, rng: np.random.Generator) -> Samples:
    """Add noise, white or falling with frequency, at a random ratio, and change the gain."""
    noise = draw_noise(len(window), rng)
    ratio = 10 ** (rng.uniform(*SIGNAL_TO_NOISE) / 20)
    level = np.sqrt(np.mean(window**2)) / ratio
    return ((window + noise * level) * rng.uniform(0.3, 1.5)).astype(np.float32)


def draw_noise(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw noise of power 1 whose spectrum falls with frequency to a random power between 0 (white) and 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** rng.uniform(0.0, 1.0)
    noise = np.fft.irfft(spectrum, length)
    return noise / np.sqrt(np.mean(noise**2))


def train(model: ECAPA_TDNN, bank: VoiceBank, minutes: float) -> ECAPA_TDNN:
    """Train for that many minutes of processor time; the learning rate follows that clock."""
    torch.manual_seed(SEED)
    classifier = Classifier(DIMENSION, out_neurons=len(bank))
    parameters = [*model.parameters(), *classifier.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=PEAK_LEARNING_RATE, weight_decay=2e-3)
    features, normalise = Fbank(n_mels=MELS), InputNormalization(norm_type="sentence", std_norm=False)
    loss_of = LogSoftmaxWrapper(AdditiveAngularMargin(MARGIN, SCALE))
    batches = WindowBatches(tuple(np.concatenate(bank[name]) for name in sorted(bank)), np.random.default_rng(SEED))
    start = time.process_time()
    for step, (windows, speakers) in enumerate(batches):
        progress = (time.process_time() - start) / (minutes * 60)
        if progress >= 1:
            return model
        set_learning_rate(optimizer, PEAK_LEARNING_RATE, progress)
        scores = classifier(model(normalise(features(windows))))
        loss = loss_of(scores, speakers)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        if step % 20 == 0:
            accuracy = (scores.squeeze(1).argmax(1) == speakers.squeeze(1)).float().mean()
            print(f"{step} {progress:.2f} loss {loss.item():.3f} accuracy {accuracy:.3f}", flush=True)
    raise AssertionError("the batches never end")


def set_learning_rate(optimizer: torch.optim.Optimizer, peak: float, progress: float) -> None:
    """Rise linearly to the peak, then fall to nothing along a cosine."""
    falling = 0.5 * (1 + np.cos(np.pi * max(0.0, progress - WARM_UP) / (1 - WARM_UP)))
    for group in optimizer.param_groups:
        group["lr"] = peak * min(progress / WARM_UP, 1.0) * float(falling) + 1e-6


def write_directory(model: ECAPA_TDNN, directory: Path) -> None:
    """Write what EncoderClassifier.from_hparams reads; half precision on disk, single once loaded."""
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HYPERPARAMS, directory / "hyperparams.yaml")
    torch.save(halve(model), directory / CHECKPOINT)


def halve(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the state with its floats in half precision; counters stay as they are."""
    return {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a directory to take the weights from")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = build_ecapa()
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start / CHECKPOINT, weights_only=True))
    write_directory(train(model, open_voice_bank(arguments.bank), arguments.minutes).eval(), arguments.into)


if __name__ == "__main__":
    main()
