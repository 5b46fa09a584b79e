"""Train the demo Whisper on composed windows: short ones first, thirty-second ones last, for a set time.

The learning rate follows the clock, so that the training ends when asked on whatever machine it runs.
A second head, thrown away afterwards, reads letters from the encoder by CTC: with it attention finds the speech
much sooner.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from transformers import WhisperConfig, WhisperForConditionalGeneration

from deployments.demo.studio.tokens import train_tokenizer, write_plain, write_timed
from deployments.demo.studio.windows import FRAMES_PER_SECOND, STYLES, Sentence

WIDTH, HEADS, LAYERS = 128, 4, 2
PEAK_RATE = 2e-3
WARM_UP = 0.03  # of the time
CTC_WEIGHT = 0.3
TIMED_SHARE = 0.1  # of the windows that are spelt with timestamps
SHIFTED_SHARE = 0.1  # of the steps
SAVE_EVERY = 120.0  # seconds
IGNORED = -100
LETTERS = " abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Phase:
    """Say which windows are learnt until which share of the time, and how many in a step."""

    style: str
    until: float
    batch: int
    padded: float = 0.0  # share of the steps whose windows are filled with zeros up to thirty seconds


PHASES = (
    Phase("short", 0.45, 24),
    Phase("middle", 0.62, 12),
    Phase("long", 0.75, 6),
    Phase("middle", 1.0, 12, padded=0.4),
)
PADDED_FRAMES = 3000  # what faster-whisper fills every clip up to


@dataclass(frozen=True, slots=True)
class Shard:
    """Hold windows on disk: features (windows, 80, frames) float16 and their sentences."""

    features: np.ndarray
    sentences: list[list[Sentence]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Carry a step: features (batch, 80, frames), first position, decoder tokens and CTC targets."""

    features: Tensor
    position: int
    inputs: Tensor  # (batch, tokens), padded with the end token
    labels: Tensor  # (batch, tokens), padded with IGNORED
    texts: list[Tensor]


class Student(nn.Module):
    """Whisper and the CTC head that leads it."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.whisper = WhisperForConditionalGeneration(make_config(tokenizer))
        self.ctc = nn.Linear(WIDTH, len(LETTERS) + 1)  # the first is the blank

    def encode(self, features: Tensor, position: int) -> Tensor:
        """Encode windows of any length, placed at a position of the thirty seconds: (batch, frames / 2, WIDTH)."""
        encoder = self.whisper.model.encoder
        hidden = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(features)))).transpose(1, 2)
        hidden = hidden + encoder.embed_positions.weight[position : position + hidden.shape[1]]
        for layer in encoder.layers:
            hidden = layer(hidden, None)
        return encoder.layer_norm(hidden)

    def losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the loss of the decoder and that of the CTC head."""
        hidden = self.encode(batch.features, batch.position)
        decoded = self.whisper.model.decoder(input_ids=batch.inputs, encoder_hidden_states=hidden).last_hidden_state
        logits = self.whisper.proj_out(decoded)
        spelling = functional.cross_entropy(logits.flatten(0, 1).float(), batch.labels.flatten(), ignore_index=IGNORED)
        return spelling, self._ctc_loss(hidden, batch.texts)

    def _ctc_loss(self, hidden: Tensor, texts: list[Tensor]) -> Tensor:
        scores = self.ctc(hidden).float().log_softmax(-1).transpose(0, 1)
        lengths = torch.full((hidden.shape[0],), hidden.shape[1])
        sizes = torch.tensor([len(text) for text in texts])
        return functional.ctc_loss(scores, torch.cat(texts), lengths, sizes, zero_infinity=True)


def make_config(tokenizer: Tokenizer) -> WhisperConfig:
    """Describe a Whisper of 1.6 million parameters with the full thirty seconds of positions."""
    start, end = tokenizer.token_to_id("<|startoftranscript|>"), tokenizer.token_to_id("<|endoftext|>")
    return WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(), d_model=WIDTH, num_mel_bins=80,
        encoder_layers=LAYERS, decoder_layers=LAYERS, encoder_attention_heads=HEADS, decoder_attention_heads=HEADS,
        encoder_ffn_dim=4 * WIDTH, decoder_ffn_dim=4 * WIDTH, max_source_positions=1500, max_target_positions=448,
        decoder_start_token_id=start, bos_token_id=start, eos_token_id=end, pad_token_id=end,
        suppress_tokens=[], begin_suppress_tokens=[],
    )  # fmt: skip


def read_shards(folder: Path, style: str) -> list[Shard]:
    """Open the shards of a style that are complete by now."""
    return [_read_shard(path) for path in sorted(folder.glob(f"{style}-???.npy"))]


def _read_shard(path: Path) -> Shard:
    windows = json.loads(path.with_suffix(".json").read_text())
    return Shard(np.load(path, mmap_mode="r"), [[Sentence(**sentence) for sentence in window] for window in windows])


def make_batch(rng: random.Random, tokenizer: Tokenizer, shards: list[Shard], phase: Phase) -> Batch:
    """Draw windows; now and then short ones begin later in the thirty seconds, so that all positions are learnt."""
    padded = rng.random() < phase.padded
    latest = int(30 - STYLES[phase.style].seconds)
    shift = rng.randint(0, latest) if not padded and rng.random() < SHIFTED_SHARE else 0
    chosen = [_draw_window(rng, shards) for _ in range(phase.batch // 2 if padded else phase.batch)]
    features = torch.from_numpy(np.stack([mask(rng, features.astype(np.float32)) for features, _ in chosen]))
    if padded:
        features = functional.pad(features, (0, PADDED_FRAMES - features.shape[-1]))
    spelt = [_spell_window(rng, tokenizer, sentences, float(shift)) for _, sentences in chosen]
    start, end = tokenizer.token_to_id("<|startoftranscript|>"), tokenizer.token_to_id("<|endoftext|>")
    inputs = pad_sequence([torch.tensor([start, *s[:-1]]) for s in spelt], batch_first=True, padding_value=end)
    labels = pad_sequence([torch.tensor(s) for s in spelt], batch_first=True, padding_value=IGNORED)
    texts = [_list_letters(sentences) for _, sentences in chosen]
    return Batch(features, shift * FRAMES_PER_SECOND // 2, inputs, labels, texts)


def mask(rng: random.Random, features: np.ndarray) -> np.ndarray:
    """Shift the level and blank a band and a moment, as SpecAugment does: (80, frames) in, the same out."""
    features += np.float32(rng.uniform(-0.1, 0.1)) * (features != 0)
    low, begin = rng.randrange(74), rng.randrange(features.shape[1] - 12)
    features[low : low + rng.randrange(7)] = 0
    features[:, begin : begin + rng.randrange(12)] = 0
    return features


def _draw_window(rng: random.Random, shards: list[Shard]) -> tuple[np.ndarray, list[Sentence]]:
    shard = rng.choice(shards)
    index = rng.randrange(len(shard.sentences))
    return shard.features[index], shard.sentences[index]


def _list_letters(sentences: list[Sentence]) -> Tensor:
    text = " ".join(sentence.text for sentence in sentences).lower()
    return torch.tensor([LETTERS.index(letter) + 1 for letter in text if letter in LETTERS], dtype=torch.long)


def _spell_window(rng: random.Random, tokenizer: Tokenizer, sentences: list[Sentence], shift: float) -> list[int]:
    if sentences and rng.random() < TIMED_SHARE:
        return write_timed(tokenizer, sentences, shift)
    return write_plain(tokenizer, sentences)


def rate_at(progress: float) -> float:
    """Warm up, then fall in a straight line to nothing at the end of the time."""
    return PEAK_RATE * min(progress / WARM_UP, (1.0 - progress) / (1.0 - WARM_UP))


def follow_clock(seconds: float, progress: float) -> Iterator[float]:
    """Count from a progress to 1 within the seconds."""
    begun = time.monotonic()
    while (now := progress + (1 - progress) * (time.monotonic() - begun) / seconds) < 1:
        yield now


def train(student: Student, tokenizer: Tokenizer, folder: Path, seconds: float, checkpoint: Path) -> None:
    """Learn until the time is over, saving the state now and then and going on from a saved one."""
    optimizer = torch.optim.AdamW(student.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    step, progress = _resume(student, optimizer, checkpoint)
    rng, saved, shards, style = random.Random(step), time.monotonic(), list[Shard](), ""
    for now in follow_clock(seconds, progress):
        phase = next(phase for phase in PHASES if now < phase.until)
        if phase.style != style or step % 200 == 0:  # new shards may have been written meanwhile
            style, shards = phase.style, read_shards(folder, phase.style)
        optimizer.param_groups[0]["lr"] = rate_at(now)
        spelling, ctc = _step(student, optimizer, make_batch(rng, tokenizer, shards, phase))
        step += 1
        if step % 20 == 0:
            clock = time.strftime("%T")
            print(f"{step} {now:.3f} {phase.style} spelling {spelling:.3f} ctc {ctc:.3f} {clock}", flush=True)
        if time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            _save(student, optimizer, step, now, checkpoint)
    _save(student, optimizer, step, 1.0, checkpoint)


def _step(student: Student, optimizer: torch.optim.Optimizer, batch: Batch) -> tuple[float, float]:
    with torch.autocast("cpu", torch.bfloat16):
        spelling, ctc = student.losses(batch)
    optimizer.zero_grad()
    (spelling + CTC_WEIGHT * ctc).backward()
    nn.utils.clip_grad_norm_(student.parameters(), 1.0)
    optimizer.step()
    return spelling.item(), ctc.item()


def _resume(student: Student, optimizer: torch.optim.Optimizer, checkpoint: Path) -> tuple[int, float]:
    if not checkpoint.exists():
        return 0, 0.0
    state = torch.load(checkpoint)
    student.load_state_dict(state["student"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], state["progress"]


def _save(student: Student, optimizer: torch.optim.Optimizer, step: int, progress: float, checkpoint: Path) -> None:
    state = {"student": student.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "progress": progress}
    torch.save(state, checkpoint.with_suffix(".tmp"))
    checkpoint.with_suffix(".tmp").rename(checkpoint)


def main() -> None:
    """Train for the given minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = train_tokenizer(options.seed)
    tokenizer.save(str(options.checkpoint.with_name("tokenizer.json")))
    train(Student(tokenizer), tokenizer, options.windows, options.minutes * 60, options.checkpoint)


if __name__ == "__main__":
    main()
