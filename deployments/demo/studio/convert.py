"""Convert the trained demo Whisper for ctranslate2, as faster-whisper reads it."""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer
from transformers import GenerationConfig, PreTrainedTokenizerFast, WhisperForConditionalGeneration

from deployments.demo.studio.whisper import Student

WEIGHTS = Path(__file__).parents[1] / "weights" / "whisper"
ALIGNMENT_HEADS = [[0, 2], [1, 3]]  # layer and head, measured: their attention follows the speech most closely


class OwnTokenizerConverter(TransformersConverter):
    """Read the tokenizer from its one file: ours has no slow twin that a checkpoint would carry."""

    def load_tokenizer(self, tokenizer_class: type, model_name_or_path: str, **kwargs: Any) -> PreTrainedTokenizerFast:
        """Wrap tokenizer.json."""
        return wrap_tokenizer(Path(model_name_or_path) / "tokenizer.json")


def wrap_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """Give transformers our tokenizer."""
    start, end = "<|startoftranscript|>", "<|endoftext|>"
    return PreTrainedTokenizerFast(
        tokenizer_file=str(path), bos_token=start, eos_token=end, unk_token=end, pad_token=end
    )


def load_student(checkpoint: Path) -> WhisperForConditionalGeneration:
    """Take the Whisper out of a checkpoint and leave its CTC head behind."""
    tokenizer = Tokenizer.from_file(str(checkpoint.with_name("tokenizer.json")))
    student = Student(tokenizer)
    student.load_state_dict(torch.load(checkpoint, map_location="cpu")["student"])
    return student.whisper.eval()


def convert(checkpoint: Path, into: Path, heads: list[list[int]]) -> None:
    """Write model.bin (float16), config.json, vocabulary.json and tokenizer.json."""
    whisper = load_student(checkpoint)
    # The end may come first: on a window without speech this model is trained to say nothing.
    whisper.generation_config = GenerationConfig(suppress_tokens=[], begin_suppress_tokens=[], alignment_heads=heads)
    with tempfile.TemporaryDirectory() as folder:
        whisper.save_pretrained(folder)
        shutil.copy(checkpoint.with_name("tokenizer.json"), folder)
        converter = OwnTokenizerConverter(folder, copy_files=["tokenizer.json"])
        converter.convert(str(into), quantization="float16", force=True)


def main() -> None:
    """Convert a checkpoint into the demo's weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--into", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    convert(options.checkpoint, options.into, ALIGNMENT_HEADS)


if __name__ == "__main__":
    main()
