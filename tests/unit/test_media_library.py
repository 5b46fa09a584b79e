import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.media_site import tone
from whosaid.errors import ConfigurationError, MediaError
from whosaid.media import library as library_module
from whosaid.media.decoding import to_samples
from whosaid.media.library import AudioLibrary
from whosaid.media.recording import Recording
from whosaid.types import Audio


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(-32_768, 32_768, count, dtype=np.int16)


@pytest.mark.parametrize("count", [1, 15, 4_096, 160_000, 160_001, 400_123])
def test_recordings_come_back_bit_by_bit(tmp_path: Path, count: int) -> None:
    """What is read is what was added, at any length: also a single sample, also full-scale noise."""
    library = AudioLibrary(tmp_path)
    samples = noise(count)
    audio = library.add(samples)
    assert audio.duration == count / 16_000
    assert np.array_equal(to_samples(library.read(audio)), samples)


def test_same_audio_is_kept_once(tmp_path: Path) -> None:
    """Adding what is there returns the same value and does not touch the file."""
    library = AudioLibrary(tmp_path)
    audio = library.add(tone(1.0))
    written = library.path(audio).stat()
    assert library.add(tone(1.0)) == audio
    assert library.path(audio).stat().st_mtime_ns == written.st_mtime_ns
    assert library.add(tone(1.0, hertz=441)) != audio


def test_missing_audio_names_its_remedy(tmp_path: Path) -> None:
    """A cached result may outlive its audio: reading says what to refresh."""
    with pytest.raises(MediaError, match="fetch_audio refreshed"):
        AudioLibrary(tmp_path).read(Audio("0" * 64, 1.0))


def test_damaged_audio_is_not_handed_out(tmp_path: Path) -> None:
    """A file that holds other samples than its name says is refused."""
    library = AudioLibrary(tmp_path)
    audio, other = library.add(tone(1.0)), library.add(tone(1.0, hertz=300))
    shutil.copy(library.path(other), library.path(audio))
    with pytest.raises(MediaError, match="damaged"):
        library.read(audio)


def test_full_disk_stops_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little space is an error of the machine with both figures, and leaves nothing behind."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(library_module.shutil, "disk_usage", lambda _: usage(0, 0, library_module.RESERVE))
    with pytest.raises(ConfigurationError, match="256 MiB free of 256 MiB needed"):
        AudioLibrary(tmp_path).add(tone(1.0))
    assert not list(tmp_path.iterdir())


def test_failed_write_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that breaks off is a typed error; the next reader finds nothing rather than half a file."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(library_module, "_encode", fail)
    with pytest.raises(ConfigurationError, match="No space left"):
        AudioLibrary(tmp_path).add(tone(1.0))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_recording_is_decoded_once_by_whoever_asks_first(tmp_path: Path) -> None:
    """Stages and threads share one waveform; after its release it is read again."""

    class Counted(AudioLibrary):
        def read(self, audio: Audio) -> np.ndarray:
            reads.append(audio)
            return super().read(audio)

    reads: list[Audio] = []
    library = Counted(tmp_path)
    recording = Recording(library.add(tone(1.0)), library)
    assert reads == []
    with ThreadPoolExecutor(8) as pool:
        waveforms = list(pool.map(lambda _: recording.waveform, range(16)))
    assert len(reads) == 1
    assert all(waveform is waveforms[0] for waveform in waveforms)
    recording.release()
    assert np.array_equal(recording.waveform, waveforms[0])
    assert len(reads) == 2
