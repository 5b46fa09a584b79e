"""The decoded audio of every video, kept as FLAC under the digest of its samples."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

import av
import numpy as np

from whosaid.errors import ConfigurationError, MediaError
from whosaid.media.decoding import Samples, decode_samples, to_waveform
from whosaid.types import SAMPLE_RATE, Audio, Waveform

RESERVE: Final = 256 * 2**20
"""Bytes that stay free on a disk whatever is written."""

_BLOCK: Final = SAMPLE_RATE * 10  # samples handed to the encoder at once


@dataclass(frozen=True, slots=True)
class AudioLibrary:
    """A store of recordings by content: the same audio is kept once, whatever it was fetched as."""

    root: Path

    def add(self, samples: Samples) -> Audio:
        """Keep samples and return what finds them again; what is there already is not written again.

        ConfigurationError where the disk is full: the next video would fail as well.
        """
        audio = Audio(sha256=_sha256(samples), duration=len(samples) / SAMPLE_RATE)
        if not self.path(audio).exists():
            self._write(samples, self.path(audio))
        return audio

    def read(self, audio: Audio) -> Waveform:
        """Return the recording, bit by bit as it was added; MediaError where it is missing or damaged."""
        file = self.path(audio)
        if not file.exists():
            raise MediaError(f"audio {audio.sha256[:12]} is not in {self.root}; run again with fetch_audio refreshed")
        samples = decode_samples(file, audio.duration)
        if _sha256(samples) != audio.sha256:
            raise MediaError(f"{file} is damaged; delete it and run again with fetch_audio refreshed")
        return to_waveform(samples)

    def path(self, audio: Audio) -> Path:
        """Return where a recording is kept, whether it is there or not."""
        return self.root / audio.sha256[:2] / f"{audio.sha256}.flac"

    def _write(self, samples: Samples, file: Path) -> None:
        require_space(self.root, samples.nbytes)
        file.parent.mkdir(parents=True, exist_ok=True)
        with _renamed_into(file) as partial:
            _encode(samples, partial)


def require_space(folder: Path, size: int) -> None:
    """Create a folder and pass where `size` bytes fit into it beside the reserve; ConfigurationError."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size + RESERVE:
        need = (size + RESERVE) / 2**20
        raise ConfigurationError(f"{folder} has {free / 2**20:.0f} MiB free of {need:.0f} MiB needed; free some space")


@contextmanager
def _renamed_into(file: Path) -> Generator[Path]:
    """Lend a partial file that takes its name when it is whole, and is gone where it never is."""
    handle, name = mkstemp(prefix=".partial-", suffix=file.suffix, dir=file.parent)
    os.close(handle)
    try:
        yield Path(name)
        Path(name).replace(file)
    except OSError as e:
        raise ConfigurationError(f"{file} cannot be written: {e.strerror}; check the disk") from e
    finally:
        Path(name).unlink(missing_ok=True)


def _encode(samples: Samples, file: Path) -> None:
    with av.open(str(file), "w", format="flac") as container:
        _mux(_frames(samples), container)


def _mux(frames: Iterator[av.AudioFrame], container: Any) -> None:  # PyAV's stubs leave packets without a type
    stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono", format="s16")
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _frames(samples: Samples) -> Iterator[av.AudioFrame]:
    for start in range(0, len(samples), _BLOCK):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + _BLOCK], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = start
        yield frame


def _sha256(samples: Samples) -> str:
    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<i2").data).hexdigest()
