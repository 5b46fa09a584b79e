"""Text models with random weights, saved as folders of the sentence-transformers library."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers.pre_tokenizers import ByteLevel
from transformers import BertTokenizer, PreTrainedModel, Qwen2Tokenizer

END = "<|endoftext|>"


def make_qwen_tokenizer() -> Qwen2Tokenizer:
    """Make a tokenizer of bytes that, like the one of gte-Qwen2, does not end its texts by itself."""
    letters = {letter: i for i, letter in enumerate(sorted(ByteLevel.alphabet()))}
    return Qwen2Tokenizer(vocab=letters | {END: len(letters)}, merges=[])


def make_bert_tokenizer() -> BertTokenizer:
    """Make a tokenizer of letters."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, ".", ",", *(f"##{letter}" for letter in letters)]
    return BertTokenizer(vocab={word: i for i, word in enumerate(words)})


def save_model(weights: PreTrainedModel, tokenizer: Any, pooling: str, folder: Path) -> None:
    """Save weights, tokenizer and pooling; the file of weights holds all of them, as a head that embedding drops."""
    with TemporaryDirectory() as raw:
        weights.save_pretrained(raw)
        tokenizer.save_pretrained(raw)
        modules = [Transformer(raw), Pooling(weights.config.hidden_size, pooling_mode=pooling)]
        SentenceTransformer(modules=modules, device="cpu").save(str(folder))
        shutil.copy(Path(raw) / "model.safetensors", folder)
