"""Text embedding of passages of mixed length: ours against eight threads, one text at a time, and unsorted batches.

On a GPU also with random weights in the shape of gte-Qwen2-1.5B, and against the most that the chip can do.
`python -m tests.benchmarks.embed 2000 1` runs it alone, with that many passages and pairs.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import torch
from rich.console import Console
from sentence_transformers import SentenceTransformer as Model
from transformers import Qwen2Config, Qwen2Model

from blocks.settings import DEFAULT_HOME, Environment
from deployments.demo.home import furnish
from tests.benchmarks.pairs import Ratio, compare
from tests.random_models import make_qwen_tokenizer, save_model
from whosaid.engines import Engines
from whosaid.profiles import BALANCED, DEMO
from whosaid.text import Role, SentenceTransformer, throughput
from whosaid.text.sentence_transformers import SentenceTransformerEmbedder
from whosaid.weights import Weights, digest_of

WORDS: Final = ["sleep", "food", "walk", "light", "breath", "morning", "evening", "tea", "coffee", "bread", "water"]
PASSAGES: Final = {"cpu": 400, "cuda": 2_000}  # on two cores of a CPU, 400 take ten seconds
PAIRS: Final = {"cpu": 2, "cuda": 5}
THREADS: Final = 8
GTE_SHAPE: Final = Qwen2Config(
    hidden_size=1536, intermediate_size=8960, num_hidden_layers=28, num_attention_heads=12, num_key_value_heads=2
)


def make_passages(count: int, longest: int) -> list[str]:
    """Make passages of 5 words to `longest`, in random order."""
    draw = random.Random(7)
    return [" ".join(draw.choices(WORDS, k=draw.randint(5, longest))) for _ in range(count)]


def run(home: Path, passages: int | None = None, pairs: int | None = None) -> Generator[Ratio]:
    """Compare on the real all-MiniLM-L6-v2, and on a GPU on the shape of gte-Qwen2-1.5B too."""
    with load(Weights(home / "models"), DEMO.text.model_copy(update={"batch_tokens": 32_768})) as embedder:
        device = embedder.device
        texts = make_passages(passages or PASSAGES[device], longest=250)
        yield from compare_ways("MiniLM", embedder, texts, pairs or PAIRS[device])
    if device == "cuda":
        with random_gte(GTE_SHAPE) as embedder:
            texts = make_passages(passages or PASSAGES[device], longest=60)  # its random tokenizer cuts into letters
            yield from compare_ways("gte-Qwen2-1.5B", embedder, texts, pairs or PAIRS[device])
            yield compare_with_peak("gte-Qwen2-1.5B", embedder, texts, throughput.peak_of_gpu(chip()))


@contextmanager
def load(weights: Weights, spec: SentenceTransformer) -> Generator[SentenceTransformerEmbedder]:
    """Lend the engine of a spec."""
    with Engines(weights) as engines, engines.lease(spec) as embedder:
        assert isinstance(embedder, SentenceTransformerEmbedder)
        yield embedder


@contextmanager
def random_gte(shape: Qwen2Config) -> Generator[SentenceTransformerEmbedder]:
    """Lend the engine of random weights in the shape of gte-Qwen2-1.5B, set up as its profile says."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shape.vocab_size = 300
        save_model(Qwen2Model(shape).bfloat16(), make_qwen_tokenizer(), "lasttoken", root / "gte")
        changes = {"model": "gte", "revision": digest_of(root / "gte"), "dimension": shape.hidden_size}
        with load(Weights(root), BALANCED.text.model_copy(update=changes)) as embedder:
            yield embedder


def compare_ways(
    name: str, embedder: SentenceTransformerEmbedder, texts: Sequence[str], pairs: int
) -> Generator[Ratio]:
    """Compare ours with three ways of calling the library, on the same model in memory."""
    peer, ours = embedder._model, partial(embedder.embed, texts, Role.passage)
    embedder.embed(texts[:32], Role.passage)  # what the first calls cost is nobody's
    others: dict[str, Callable[[], object]] = {
        f"{THREADS} threads on one model": partial(embed_by_threads, peer, texts),
        "one text at a time": partial(embed_singly, peer, texts),
        "batches of 32 in order of arrival": partial(embed_by_arrival, peer, texts),
    }
    for other, theirs in others.items():
        yield compare(f"embed {len(texts)}, {name} on {embedder.device}", ours, other, theirs, pairs)


def embed_by_threads(peer: Model, texts: Sequence[str]) -> list[object]:
    """Let every thread embed its share, in the library's own batches."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(partial(encode, peer), [list(texts[i::THREADS]) for i in range(THREADS)]))


def embed_singly(peer: Model, texts: Sequence[str]) -> list[object]:
    """Call the library once a text."""
    return [encode(peer, [text]) for text in texts]


def embed_by_arrival(peer: Model, texts: Sequence[str]) -> list[object]:
    """Call the library on 32 texts after the other."""
    return [encode(peer, texts[i : i + 32]) for i in range(0, len(texts), 32)]


def encode(peer: Model, texts: Sequence[str]) -> object:
    """Return vectors as numbers of this process."""
    return peer.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)


def compare_with_peak(name: str, embedder: SentenceTransformerEmbedder, texts: Sequence[str], peak: float) -> Ratio:
    """Compare the time of a pass with the time that its arithmetic takes at the peak: the ratio is the share of it.

    A token takes two operations per weight in the layers; those of attention itself are left out.
    """
    tokens = sum(map(len, embedder._tokenize(texts, Role.passage)))
    weights = sum(each.numel() for each in embedder._model.parameters()) - 300 * embedder.spec.dimension
    least = 2 * weights * tokens / peak
    times = sorted(timed(partial(embedder.embed, texts, Role.passage)) for _ in range(5))
    shares = [least / seconds for seconds in times]
    title = f"embed {len(texts)}, {name} on {embedder.device}, {tokens / median(times):.0f} tokens/s"
    other = f"the chip's peak of {peak / 1e12:.0f} TFLOP/s"
    return Ratio(title, other, median(shares), min(shares), max(shares), median(times), least)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def chip() -> str:
    """Return the name of the GPU."""
    return torch.cuda.get_device_name()


def main(passages: int, pairs: int) -> None:
    """Run this benchmark alone."""
    home = (Environment().home or DEFAULT_HOME).resolve()
    furnish(home)
    for ratio in run(home, passages, pairs):
        Console().print(ratio)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
