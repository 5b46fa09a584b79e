"""Make the demo Whisper's tokenizer: byte-level BPE over the grammar, then Whisper's special and timestamp tokens."""

import random
from collections.abc import Iterator, Sequence

from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from deployments.demo.studio import grammar
from deployments.demo.studio.windows import Sentence

TEXT_TOKENS = 1400
SENTENCES = 20_000
SPECIAL_TOKENS = (  # text tokens come first and timestamps last, as ctranslate2 and faster-whisper assume
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
TIMESTAMPS = tuple(f"<|{step * 0.02:.2f}|>" for step in range(1501))
# faster-whisper suppresses the first token of " -" and of " ♪": these must not split into a space that text needs
SUPPRESSED_BY_DECODERS = (" -", " '", " ♪", " ♩", " ♫", " ♬", " ♭", " ♮", " ♯")


def train_tokenizer(seed: int) -> Tokenizer:
    """Learn the merges from sentences of the training split."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=TEXT_TOKENS, initial_alphabet=ByteLevel.alphabet(), show_progress=False, special_tokens=[]
    )
    tokenizer.train_from_iterator(_corpus(random.Random(seed)), trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS + TIMESTAMPS])
    return tokenizer


def _corpus(rng: random.Random) -> Iterator[str]:
    yield from SUPPRESSED_BY_DECODERS * 2000
    yield from [f" {word}" for word in sorted(grammar.vocabulary())] * 100
    for _ in range(SENTENCES):
        yield " " + grammar.draw_training(rng, grammar.draw_topic(rng))
        yield " " + rng.choice(grammar.BACK_CHANNELS)


def write_plain(tokenizer: Tokenizer, sentences: Sequence[Sentence]) -> list[int]:
    """Spell a window without timestamps: what comes after the start token, up to the end token."""
    no_speech = () if sentences else (tokenizer.token_to_id("<|nospeech|>"),)
    text = [token for sentence in sentences for token in spell(tokenizer, sentence)]
    return [*no_speech, tokenizer.token_to_id("<|notimestamps|>"), *text, tokenizer.token_to_id("<|endoftext|>")]


def write_timed(tokenizer: Tokenizer, sentences: Sequence[Sentence], shift: float) -> list[int]:
    """Spell a window with a timestamp before and after every sentence, never running backwards."""
    zero, clock = tokenizer.token_to_id(TIMESTAMPS[0]), 0
    tokens: list[int] = []
    for sentence in sentences:
        start = max(clock, round((sentence.start + shift) / 0.02))
        clock = min(1500, max(start, round((sentence.end + shift) / 0.02)))
        tokens += [zero + start, *spell(tokenizer, sentence), zero + clock]
    return [*tokens, tokenizer.token_to_id("<|endoftext|>")]


def spell(tokenizer: Tokenizer, sentence: Sentence) -> list[int]:
    """Encode a sentence as Whisper does: with a space before it."""
    return tokenizer.encode(" " + sentence.text, add_special_tokens=False).ids
