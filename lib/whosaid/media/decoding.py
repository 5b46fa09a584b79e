"""Media files of any kind as 16 kHz mono samples, decoded once, frame by frame (PyAV)."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

from whosaid.errors import MediaError
from whosaid.types import SAMPLE_RATE, Seconds, Waveform

Samples: TypeAlias = NDArray[np.int16]
"""(samples,) int16, mono, `SAMPLE_RATE` samples a second."""

WHOLE: Final = 0.9
"""The part of its claimed duration from which a file counts as whole."""

LONGEST: Final[Seconds] = 24 * 3600
"""What a file may decode to: a few kilobytes can claim weeks of silence."""

# Formats that are lists of other files or addresses (HLS, concat) are left out: a fetched file must name no others.
_FORMATS: Final = (
    "aac,ac3,aiff,amr,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,mp3,mpeg,mpegts,ogg,rm,w64,wav,wv,ape,tta"
)
_FULL_SCALE: Final = 32768  # of 16 bits; a power of two, so that samples survive the way to float32 and back
_log = logging.getLogger("whosaid.media")


def decode(file: Path, claimed: Seconds | None = None) -> Waveform:
    """Return the waveform of a media file; MediaError where it has no audio, is corrupt or is cut short."""
    return to_waveform(decode_samples(file, claimed))


def read_rate(file: Path) -> int:
    """Return how many samples a second the audio of a media file was encoded with; MediaError."""
    _refuse_pages(file)
    with _opened(file) as container:
        return _audio_stream(container, file).sample_rate


def decode_samples(file: Path, claimed: Seconds | None = None) -> Samples:
    """Return the samples of a media file, whose length the listing or the container claims; MediaError."""
    _refuse_pages(file)
    buffer = bytearray()  # grows in place; four hours are 460 MB here and several times that as a list of arrays
    with _opened(file) as container:
        stream = _audio_stream(container, file)
        expected = claimed or _duration(container, stream)
        for chunk in _chunks(container, stream, file):
            buffer.extend(chunk.data)
            _refuse_endless(len(buffer), file)
    samples = np.frombuffer(buffer, dtype=np.int16)
    verify_duration(len(samples) / SAMPLE_RATE, expected, file)
    return samples


def to_waveform(samples: Samples) -> Waveform:
    """Return samples as float32 in [-1, 1)."""
    waveform = samples.astype(np.float32)
    waveform /= _FULL_SCALE
    return waveform


def to_samples(waveform: Waveform) -> Samples:
    """Return a waveform in 16 bits, clipped at full scale; the inverse of `to_waveform`."""
    return np.clip(np.rint(waveform * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def verify_duration(decoded: Seconds, expected: Seconds | None, file: Path) -> None:
    """Pass a decoding that is as long as was claimed; MediaError for nothing at all or for less than `WHOLE` of it."""
    if decoded == 0:
        raise MediaError(f"{file.name} holds an audio stream without any audio: it is corrupt; fetch it again")
    if expected and decoded < WHOLE * expected:
        raise MediaError(f"{file.name} ends after {decoded:.1f} s of {expected:.1f} s: it is cut short; fetch it again")


def _refuse_pages(file: Path) -> None:
    try:
        with file.open("rb") as content:
            head = content.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    except OSError as e:
        raise MediaError(f"{file} cannot be read: {e.strerror}; fetch it again") from e
    if not head:
        raise MediaError(f"{file.name} is empty; fetch it again")
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise MediaError(f"{file.name} is a web page in place of media; check its address")


@contextmanager
def _opened(file: Path) -> Generator[InputContainer]:
    try:
        with av.open(str(file), metadata_errors="ignore", options={"format_whitelist": _FORMATS}) as container:
            yield container
    except FFmpegError as e:
        raise MediaError(f"{file.name} is no media file or is corrupt: {e.strerror}; fetch it again") from e


def _audio_stream(container: InputContainer, file: Path) -> AudioStream:
    if not container.streams.audio:
        raise MediaError(f"{file.name} has no audio stream; there is nothing to transcribe in it")
    return container.streams.audio[0]


def _duration(container: InputContainer, stream: AudioStream) -> Seconds | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _chunks(container: InputContainer, stream: AudioStream, file: Path) -> Iterator[Samples]:
    """Yield resampled audio in order; a packet that cannot be decoded is left out, as players do, and counted."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    spoilt = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except InvalidDataError:
            spoilt += 1
            continue
        for frame in frames:
            yield from (part.to_ndarray()[0] for part in resampler.resample(frame))
    yield from (part.to_ndarray()[0] for part in resampler.resample(None))
    if spoilt:
        _log.warning("%s: %d packets could not be decoded and are left out", file.name, spoilt)


def _refuse_endless(size: int, file: Path) -> None:
    if size > LONGEST * SAMPLE_RATE * 2:
        raise MediaError(f"{file.name} is longer than {LONGEST / 3600:.0f} hours; cut it into parts")
