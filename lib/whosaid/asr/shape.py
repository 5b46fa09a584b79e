"""Reads the sizes of a Whisper off its weights as ctranslate2 keeps them: the library itself does not tell them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from whosaid.flops import WhisperShape

VERSION: Final = 6  # of the file format, which ctranslate2 has written since 2021


def read_shape(folder: Path) -> WhisperShape | None:
    """Return the sizes of the model in a folder; None where its file is of another form, or names them otherwise."""
    try:
        with (folder / "model.bin").open("rb") as file:
            return _shape(dict(_variables(file)))
    except (KeyError, OSError, UnicodeDecodeError, ValueError, struct.error):
        return None


def _shape(sizes: dict[str, tuple[int, ...]]) -> WhisperShape:
    width, mels, _ = sizes["encoder/conv1/weight"]
    return WhisperShape(
        mels=mels,
        positions=sizes["encoder/position_encodings/encodings"][0],
        width=width,
        inner=sizes["encoder/layer_0/ffn/linear_0/weight"][0],
        encoder_layers=_count_layers("encoder", sizes),
        decoder_layers=_count_layers("decoder", sizes),
        vocabulary=sizes["decoder/embeddings/weight"][0],
    )


def _count_layers(part: str, sizes: dict[str, tuple[int, ...]]) -> int:
    return len({name.split("/")[1] for name in sizes if name.startswith(f"{part}/layer_")})


def _variables(file: BinaryIO) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and the sizes of each array, passing over its numbers; ValueError for another format."""
    (version,) = _read(file, "<I")
    if version != VERSION:
        raise ValueError(f"version {version}")
    _text(file)
    _, count = _read(file, "<II")
    for _ in range(count):
        name = _text(file)
        (rank,) = _read(file, "<B")
        sizes = _read(file, f"<{rank}I")
        _, length = _read(file, "<BI")
        file.seek(length, 1)
        yield name, sizes


def _text(file: BinaryIO) -> str:
    (length,) = _read(file, "<H")
    return file.read(length).rstrip(b"\0").decode()


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
