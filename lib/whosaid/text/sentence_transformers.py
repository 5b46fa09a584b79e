"""Text vectors by the sentence-transformers library."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, Self

import numpy as np
import torch
from sentence_transformers import SentenceTransformer as Model
from tokenizers import Tokenizer

from whosaid import budget, flops, metrics
from whosaid.engines import Host
from whosaid.errors import EngineError, OutOfMemory
from whosaid.text import Role, SentenceTransformer
from whosaid.text.ahead import Ahead
from whosaid.text.batching import Budget, pad, sort_longest_first
from whosaid.text.loading import least_rate, load_model, load_tokenizer, shape_of
from whosaid.text.normalizing import normalize
from whosaid.text.throughput import ENOUGH
from whosaid.types import Vectors

CPU_TOKENS: Final = 2_048  # a batch that leaves the cache takes a CPU nearly three times as long
logger = logging.getLogger("whosaid.text")


@dataclass(slots=True)
class SentenceTransformerEmbedder:
    """Tokenises for any thread at any time; computes for one at a time, in batches of texts of like length."""

    spec: SentenceTransformer
    device: str
    dtype: str
    _model: Model
    _tokenizer: Tokenizer
    _budget: Budget
    _shape: flops.TransformerShape
    _least_rate: float  # tokens/s
    _warm: bool = False  # the first call also waits for libraries to start
    _ahead: Ahead[list[list[int]]] = field(default_factory=Ahead[list[list[int]]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, spec: SentenceTransformer, host: Host) -> Self:
        """Load the pinned weights; WeightsError where they are not what the spec says, DeviceError where not there."""
        device = host.device(spec.device)
        model = load_model(host.weights.locate(spec.model, spec.revision), spec, device)
        dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
        budget = Budget(spec.batch_size, min(spec.batch_tokens, CPU_TOKENS) if device == "cpu" else spec.batch_tokens)
        logger.info("%s is on %s in %s", spec.model, device, dtype)
        tokenizer, shape = load_tokenizer(model, spec), shape_of(model)
        return cls(spec, device, dtype, model, tokenizer, budget, shape, least_rate(shape.weights, device))

    def prepare(self, texts: Sequence[str], role: Role) -> None:
        """Tokenise texts ahead of `embed`, whatever the device is doing."""
        self._ahead.put(texts, role, self._tokenize(texts, role))

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return (texts, dimension) float32, rows of length 1 in the order of the texts.

        EngineError where a vector is not a number or zero, OutOfMemory where one text alone does not fit.
        """
        tokens = self._ahead.take(texts, role) or self._tokenize(texts, role)
        with metrics.waiting():
            self._lock.acquire()
        try:
            return normalize(self._compute(tokens))
        finally:
            self._lock.release()

    def close(self) -> None:
        """Give back the memory; the embedder cannot be used any more."""
        del self._model
        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def _tokenize(self, texts: Sequence[str], role: Role) -> list[list[int]]:
        """Return the token ids of each text after the prompt of its role, warning of what is cut."""
        prompt = dict(self.spec.prompts).get(role, "")
        encodings: list[Any] = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        if cut := sum(bool(each.overflowing) for each in encodings):
            logger.warning(
                "%s reads no more than %d tokens: the ends of %d of %d texts are not in their vectors; "
                "use shorter texts, or a model that reads more",
                *(self.spec.model, self._model.max_seq_length, cut, len(texts)),
            )
        return [each.ids for each in encodings]

    def _compute(self, rows: list[list[int]]) -> Vectors:
        """Embed rows of tokens in batches, longest first."""
        metrics.note_device(f"{self.device} {self.dtype}")
        vectors = np.empty((len(rows), self.spec.dimension), dtype=np.float32)
        start, order, done = perf_counter(), sort_longest_first(rows), 0
        while done < len(order):
            budget.check()
            batch = order[done : done + self._budget.count(len(rows[order[done]]))]
            if (found := self._try([rows[i] for i in batch])) is not None:
                self._note_batch([len(rows[i]) for i in batch])
                vectors[batch] = found
                done += len(batch)
        self._note_rate(sum(map(len, rows)), perf_counter() - start)
        return vectors

    def _try(self, rows: list[list[int]]) -> Vectors | None:
        """Embed one batch; where it does not fit, None, and later batches are half of it, on the same device."""
        try:
            return self._forward(rows)
        except torch.OutOfMemoryError as e:
            if len(rows) == 1:
                raise OutOfMemory(
                    f"{self.spec.model} has no room for one text of {len(rows[0])} tokens on {self.device}: "
                    "lower max_tokens, or free memory on the device"
                ) from e
        torch.cuda.empty_cache()  # here and not in the handler, whose traceback keeps the batch alive
        self._budget.shrink(len(rows), len(rows[0]))
        return None

    def _forward(self, rows: list[list[int]]) -> Vectors:
        padding: Any = self._model.tokenizer.pad_token_id
        try:
            ids, mask = (torch.from_numpy(each).to(self.device) for each in pad(rows, padding or 0))
            with torch.inference_mode():
                out = self._model.forward({"input_ids": ids, "attention_mask": mask})
            return out["sentence_embedding"].float().cpu().numpy()
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, IndexError) as e:
            raise EngineError(
                f"{self.spec.model} failed on {len(rows)} texts ({e}): check the model and the device"
            ) from e

    def _note_batch(self, lengths: Sequence[int]) -> None:
        flop = flops.transformer(self._shape, lengths)
        metrics.note_work(items=len(lengths), batches=1, tokens=sum(lengths), flop=flop)

    def _note_rate(self, tokens: int, seconds: float) -> None:
        rate, where = tokens / max(seconds, 1e-9), f"{self.device} in {self.dtype}"
        logger.info("%s: %d tokens in %.2f s, %.0f tokens/s on %s", self.spec.model, tokens, seconds, rate, where)
        if self._warm and tokens >= ENOUGH and rate < self._least_rate:
            logger.warning(
                "%s gives %.0f tokens/s on %s, where at least %.0f are to be expected: see what else uses the device, "
                "or raise batch_tokens",
                *(self.spec.model, rate, where, self._least_rate),
            )
        self._warm = True
