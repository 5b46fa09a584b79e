"""Measure the diarization error rate of both diarizers over their thresholds, on simulated conversations.

    python -m deployments.demo.studio.tuning --bank BANK.npz --weights DIRECTORY --device cpu

The voices are those of the training: the episodes are for measuring, not for tuning.
"""

import argparse
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from deployments.demo.studio.conversations import Conversation, draw_conversation
from deployments.demo.studio.speech import SAMPLE_RATE
from deployments.demo.studio.voicebank import open_voice_bank
from whosaid.diarization import Clustering
from whosaid.diarization.checkpoints import load_pipeline
from whosaid.engines import Engines
from whosaid.voices import Ecapa
from whosaid.weights import Weights, digest_of

SECONDS = 70.0
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0)
CLUSTER_SIZES = (3, 8, 12)
COLLAR = 0.25
SEED = 100


@dataclass(frozen=True, slots=True)
class Sample:
    """A simulated recording with its reference."""

    name: str
    conversation: Conversation
    reference: Annotation

    @property
    def file(self) -> dict[str, Any]:
        """The recording as pyannote takes it."""
        sound = torch.from_numpy(self.conversation.samples)[None]
        return {"uri": self.name, "waveform": sound, "sample_rate": SAMPLE_RATE}

    @property
    def scored(self) -> Timeline:
        """The stretch that is scored: all of it."""
        return Timeline([Segment(0, self.conversation.seconds)])


def simulate(bank: Path, count: int) -> Iterator[Sample]:
    """Draw conversations, the same ones every time."""
    voices = open_voice_bank(bank)
    for number in range(count):
        conversation = draw_conversation(random.Random(SEED + number), voices, SECONDS)
        turns = [(turn.start, turn.end, turn.speaker) for turn in conversation.turns]
        yield Sample(f"simulated-{number}", conversation, annotate(turns))


def annotate(turns: Iterable[tuple[float, float, str]]) -> Annotation:
    """Write turns as an annotation; turns of one speaker may overlap others, not themselves."""
    annotation = Annotation()
    for number, (start, end, speaker) in enumerate(turns):
        annotation[Segment(start, end), number] = speaker
    return annotation


def measure(samples: list[Sample], heard: list[Annotation]) -> str:
    """Return the error rate without and with a collar, and how many speakers too many there are on average."""
    rates: list[str] = []
    for collar in (0.0, COLLAR):
        metric = DiarizationErrorRate(collar=collar)
        for sample, annotation in zip(samples, heard, strict=True):
            metric(sample.reference, annotation, uem=sample.scored)
        rates.append(f"{abs(metric):.3f} (confusion {metric['confusion'] / metric['total']:.3f})")
    surplus = sum(len(a.labels()) - len(s.reference.labels()) for s, a in zip(samples, heard, strict=True))
    return f"{' '.join(rates)} speakers {surplus / len(samples):+.2f}"


def tune_clustering(samples: list[Sample], weights: Path, device: Any) -> None:
    """Print the error rate of the clustering diarizer for each threshold."""
    voices = Ecapa(model="ecapa", revision=digest_of(weights / "ecapa"))
    with Engines(Weights(weights, offline=True), device) as engines:
        for threshold in THRESHOLDS:
            with engines.lease(Clustering(voices=voices, threshold=threshold)) as diarizer:
                found = [diarizer.diarize(sample.conversation.samples).turns for sample in samples]
            heard = [annotate((turn.start, turn.end, turn.label) for turn in turns) for turns in found]
            print(f"clustering {threshold}: {measure(samples, heard)}", flush=True)


def tune_pyannote(samples: list[Sample], weights: Path, device: Any) -> None:
    """Print the error rate of the pyannote pipeline for each threshold and least size of a cluster."""
    pipeline: Any = load_pipeline(weights / "diarization").to(torch.device(device))
    pipeline.training = True  # keeps the segmentation and the vectors of a file from one setting to the next
    files = [sample.file for sample in samples]
    for threshold in THRESHOLDS:
        for size in CLUSTER_SIZES:
            clustering = {"method": "centroid", "threshold": threshold, "min_cluster_size": size}
            pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}, "clustering": clustering})
            heard = [pipeline.apply(file).speaker_diarization for file in files]
            print(f"pyannote {threshold} {size}: {measure(samples, heard)}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--count", type=int, default=16)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    samples = list(simulate(arguments.bank, arguments.count))
    tune_clustering(samples, arguments.weights, arguments.device)
    tune_pyannote(samples, arguments.weights, arguments.device)


if __name__ == "__main__":
    main()
