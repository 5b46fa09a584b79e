"""Text vectors by the sentence-transformers library."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer as Model
from transformers.utils import logging as transformers_logging

from whosaid.engines import Device, Host
from whosaid.errors import DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.text import Role, SentenceTransformer
from whosaid.types import Vectors


@dataclass(slots=True)
class SentenceTransformerEmbedder:
    """Embeds in batches of texts of like length, so that little of a batch is padding."""

    spec: SentenceTransformer
    device: str
    _model: Model

    @classmethod
    def load(cls, spec: SentenceTransformer, host: Host) -> Self:
        """Load the pinned weights; WeightsError where they are not what the spec says, DeviceError where not there."""
        model = _load(host.weights.locate(spec.model, spec.revision), host.device(spec.device))
        model.max_seq_length = min(spec.max_tokens, model.max_seq_length or spec.max_tokens)
        if (found := model.get_embedding_dimension()) != spec.dimension:
            raise WeightsError(
                f"{spec.model} makes vectors of {found} places, not {spec.dimension}: correct the profile"
            )
        return cls(spec, _device_of(model, host.device(spec.device)), model.eval())

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return (texts, dimension) float32, rows of length 1 in the order of the texts.

        EngineError where a vector is not a number or zero, OutOfMemory where one text alone does not fit.
        """
        prompt = dict(self.spec.prompts).get(role, "")
        vectors = np.empty((len(texts), self.spec.dimension), dtype=np.float32)
        for batch in self._batches([prompt + text for text in texts]):
            vectors[batch] = self._encode([texts[i] for i in batch], prompt)
        return _normalize(vectors)

    def close(self) -> None:
        """Give back the memory; the embedder cannot be used any more."""
        del self._model
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield indices, shortest texts first: at most `batch_size` and `batch_tokens`, padding counted."""
        batch: list[int] = []
        lengths = self._lengths(texts)
        for i in sorted(range(len(texts)), key=lambda i: lengths[i]):
            full = len(batch) == self.spec.batch_size or (len(batch) + 1) * lengths[i] > self.spec.batch_tokens
            if batch and full:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        tokens: Any = self._model.tokenizer(list(texts), truncation=True, max_length=self._model.max_seq_length)
        return [len(ids) for ids in tokens["input_ids"]]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        """Embed one batch; where it does not fit, its halves, on the same device."""
        try:
            return self._forward(texts, prompt)
        except torch.OutOfMemoryError as e:
            if len(texts) == 1:
                raise OutOfMemory(
                    f"{self.spec.model} has no room for one text of {len(texts[0])} characters on {self.device}: "
                    "lower max_tokens, or free memory on the device"
                ) from e
        torch.cuda.empty_cache()  # here and not in the handler, whose traceback keeps the batch alive
        middle = len(texts) // 2
        return np.concatenate([self._encode(texts[:middle], prompt), self._encode(texts[middle:], prompt)])

    def _forward(self, texts: list[str], prompt: str) -> Vectors:
        try:
            encode: Any = self._model.encode  # pyright: ignore[reportUnknownMemberType] untyped keyword arguments
            return encode(texts, prompt=prompt, batch_size=len(texts), show_progress_bar=False)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, IndexError) as e:
            raise EngineError(
                f"{self.spec.model} failed on {len(texts)} texts ({e}): check the model and the device"
            ) from e


def _load(folder: Path, device: Device) -> Model:
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("a GPU is there, but this torch cannot use it: install a torch built for CUDA, or use cpu")
    transformers_logging.disable_progress_bar()
    try:
        return Model(str(folder), device=device, local_files_only=True, model_kwargs={"dtype": _dtype(device)})
    except torch.OutOfMemoryError as e:
        raise OutOfMemory(f"the weights in {folder} do not fit on {device}: free memory, or use a smaller model") from e
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as e:
        raise WeightsError(
            f"the weights in {folder} cannot be loaded ({e}): delete the folder and fetch it again"
        ) from e


def _dtype(device: Device) -> torch.dtype:
    """Return half precision where the device computes in it; bfloat16 first, whose range cannot overflow."""
    if device == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _device_of(model: Model, asked: Device) -> str:
    """Return where the parameters are; DeviceError where that is not where they were asked to be."""
    found = {parameter.device.type for parameter in model.parameters()}
    if found != {asked}:
        raise DeviceError(
            f"the text model is on {', '.join(sorted(found))}, asked for is {asked}: check memory and driver"
        )
    return asked


def _normalize(vectors: Vectors) -> Vectors:
    """Scale rows to length 1 in float32: half precision leaves them up to a hundredth off."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if bad.size:
        raise EngineError(
            f"text {bad[0]} got a vector that is not a number or zero: the weights or the device are broken"
        )
    return vectors / lengths
