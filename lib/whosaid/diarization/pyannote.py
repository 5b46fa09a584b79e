"""pyannote.audio pipelines on a decoded waveform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any, Final, Self

import torch

from whosaid import budget
from whosaid.diarization import Pyannote
from whosaid.diarization.checkpoints import load_pipeline
from whosaid.diarization.turns import Stretch, make_diarization
from whosaid.engines import Device, Host
from whosaid.errors import DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.types import SAMPLE_RATE, Diarization, Seconds, Waveform

_BROKEN: Final = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, UnpicklingError)
"""How a folder that holds no whole pipeline shows, wherever in it the fault lies."""


@dataclass(slots=True)
class PyannoteDiarizer:
    """Gives the exclusive turns, made for joining with words, and beside them the overlapping ones."""

    pipeline: Any  # pyannote.audio.Pipeline, whose parts are set at run time
    device: str

    @classmethod
    def load(cls, spec: Pyannote, host: Host) -> Self:
        """Load the pipeline of a spec; WeightsError with the remedy where the weights are gated or missing."""
        folder, device = _locate(spec, host), host.device(spec.device)
        try:
            pipeline: Any = load_pipeline(folder)
        except _BROKEN as e:
            raise WeightsError(f"the pipeline {spec.model} in {folder} does not load ({e}): restore the folder") from e
        pipeline.to(torch.device(device))
        pipeline.segmentation_batch_size = pipeline.embedding_batch_size = spec.batch_size
        return cls(pipeline, _check_device(pipeline, device))

    def diarize(self, waveform: Waveform) -> Diarization:
        """Return the turns of a recording, none where nobody speaks."""
        if not len(waveform):
            return Diarization(())
        output = self._apply(waveform)
        end = len(waveform) / SAMPLE_RATE
        return make_diarization(
            _stretches(output.exclusive_speaker_diarization, end), _stretches(output.speaker_diarization, end)
        )

    def close(self) -> None:
        """Give back the memory."""
        self.pipeline = None
        torch.cuda.empty_cache()

    def _apply(self, waveform: Waveform) -> Any:
        """Run the pipeline; where memory runs out, again with half the batch."""
        file = {"uri": "recording", "waveform": torch.from_numpy(waveform)[None], "sample_rate": SAMPLE_RATE}
        try:
            return self.pipeline(file, hook=lambda *_, **__: budget.check())
        except torch.OutOfMemoryError as e:
            if self.pipeline.segmentation_batch_size == 1:
                raise OutOfMemory(f"one chunk alone does not fit on {self.device}: free memory on the device") from e
        except (RuntimeError, ValueError, IndexError) as e:
            raise EngineError(f"pyannote failed on this recording ({e}): try the clustering diarizer") from e
        # Outside of the handler, where the exception no longer keeps the tensors of the failed batch alive.
        half = self.pipeline.segmentation_batch_size // 2
        self.pipeline.segmentation_batch_size = self.pipeline.embedding_batch_size = half
        return self._apply(waveform)


def _locate(spec: Pyannote, host: Host) -> Any:
    try:
        return host.weights.locate(spec.model, spec.revision)
    except WeightsError as e:
        raise WeightsError(f"{e}; or choose the diarizer `clustering`, which needs no gated weights") from e


def _stretches(annotation: Any, end: Seconds) -> Iterable[Stretch]:
    """Read (start, end, label) in time order, within the recording: the last chunk is padded beyond it."""
    for segment, _, label in annotation.itertracks(yield_label=True):
        yield Stretch(max(0.0, segment.start), min(end, segment.end), label)


def _check_device(pipeline: Any, asked: Device) -> str:
    """Return where every model of the pipeline is; DeviceError where that is not where it was asked to be."""
    for part in (pipeline._segmentation.model, pipeline._embedding.model_):
        found = str(next(part.parameters()).device.type)
        if found != asked:
            raise DeviceError(f"{type(part).__name__} was asked to be on {asked} and is on {found}: check the driver")
    return asked
