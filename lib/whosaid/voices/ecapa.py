"""ECAPA-TDNN by speechbrain: all spans of a recording in a few batches from the one decoded waveform."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from speechbrain.inference.classifiers import EncoderClassifier

from whosaid import budget, flops, metrics
from whosaid.engines import Host
from whosaid.errors import DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.types import SAMPLE_RATE, Seconds, Span, Vectors, Waveform
from whosaid.voices import Ecapa
from whosaid.voices.windows import Window, batch, cut

HOP: Final = SAMPLE_RATE // 100  # samples between two frames
_OF_THE_WINDOW: Final = re.compile(r"se_block|^fc\b")  # modules that see a window whole, not frame by frame


@dataclass(slots=True)
class EcapaEmbedder:
    """Embeds windows of at most 3 s; the vector of a longer span is the mean direction of its windows.

    Windows of one length share a batch, and no window is ever padded: speechbrain masks padding in its pooling
    and normalisation, but the convolutions before them read it, and carry it as far as 0.65 s into the real sound.
    """

    model: Any  # EncoderClassifier, which has no annotations
    batch_seconds: Seconds
    device: str
    shape: flops.ConvolutionShape

    @classmethod
    def load(cls, spec: Ecapa, host: Host) -> Self:
        """Load the model of a spec; DeviceError where its parameters are not where they were asked to be."""
        folder, device = str(host.weights.locate(spec.model, spec.revision)), host.device(spec.device)
        try:
            # Published models name their hub address as pretrained_path: without the override they go online.
            model: Any = EncoderClassifier.from_hparams(
                source=folder, overrides={"pretrained_path": folder}, run_opts={"device": _name(device)}
            )
        except (OSError, ValueError, KeyError, RuntimeError, UnpicklingError) as e:
            raise WeightsError(f"the weights of {spec.model} in {folder} do not load ({e}): restore the folder") from e
        return cls(model, spec.batch_seconds, _check_device(model, device), _shape_of(model.mods.embedding_model))

    def embed(self, waveform: Waveform, spans: Sequence[Span]) -> Vectors:
        """Return (spans, dimension) float32, rows of length 1 in the order of the spans."""
        windows = cut(spans, len(waveform))
        sums: dict[int, NDArray[np.float32]] = {}
        for group in batch(windows, self.batch_seconds):
            budget.check()
            for window, vector in zip(group, self._encode(waveform, group), strict=True):
                sums[window.row] = sums.get(window.row, np.float32(0)) + _normalise(vector, spans[window.row])
        rows = [_normalise(sums[row], span) for row, span in enumerate(spans)]
        return np.stack(rows) if rows else np.empty((0, self._dimension), np.float32)

    def close(self) -> None:
        """Give back the memory."""
        self.model = None
        torch.cuda.empty_cache()

    @property
    def _dimension(self) -> int:
        return int(self.model.mods.embedding_model.fc.conv.out_channels)

    def _encode(self, waveform: Waveform, windows: Sequence[Window]) -> NDArray[np.float32]:
        """Encode windows of one length, (windows, dimension); where memory runs out, in two halves."""
        try:
            return self._encode_at_once(waveform, windows)
        except torch.OutOfMemoryError as e:
            if len(windows) == 1:
                seconds = windows[0].length / SAMPLE_RATE
                raise OutOfMemory(
                    f"a window of {seconds:.1f} s alone does not fit on {self.device}: free memory on the device"
                ) from e
        # Outside of the handler, where the exception no longer keeps the tensors of the failed batch alive.
        half = len(windows) // 2
        return np.concatenate([self._encode(waveform, windows[:half]), self._encode(waveform, windows[half:])])

    def _encode_at_once(self, waveform: Waveform, windows: Sequence[Window]) -> NDArray[np.float32]:
        sound = np.stack([waveform[window.start : window.start + window.length] for window in windows])
        with torch.inference_mode():
            vectors = self.model.encode_batch(torch.from_numpy(sound)).squeeze(1).cpu().numpy()
        flop = flops.ecapa(self.shape, len(windows), windows[0].length // HOP + 1)
        metrics.note_work(items=len(windows), batches=1, flop=flop)
        return vectors


def _normalise(vector: NDArray[np.float32], span: Span) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise EngineError(
            f"the voice vector of {span.start:.2f}-{span.end:.2f} s has length {length}: check the sound there"
        )
    return vector / np.float32(length)


def _name(device: str) -> str:
    """Name the device as speechbrain wants it: with an index."""
    return "cuda:0" if device == "cuda" else device


def _check_device(model: Any, asked: str) -> str:
    found = str(next(model.mods.embedding_model.parameters()).device.type)
    if found != asked:
        raise DeviceError(f"the voice model was asked to be on {asked} and is on {found}: check the driver and torch")
    return found


def _shape_of(network: Any) -> flops.ConvolutionShape:
    """Count the weights of its convolutions, by what they see."""
    modules = [(name, each) for name, each in network.named_modules() if isinstance(each, torch.nn.Conv1d)]
    weights = [(bool(_OF_THE_WINDOW.search(name)), each.weight.numel()) for name, each in modules]
    return flops.ConvolutionShape(
        per_frame=sum(count for whole, count in weights if not whole),
        per_window=sum(count for whole, count in weights if whole),
    )
