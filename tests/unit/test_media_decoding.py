from pathlib import Path

import av
import numpy as np
import pytest

from tests.media_site import tone, write_media
from whosaid.errors import MediaError
from whosaid.media import decoding
from whosaid.media.decoding import decode, decode_samples, to_samples, to_waveform

FORMATS = [
    ("a.opus", "libopus", 48_000, 1),
    ("a.mp3", "libmp3lame", 44_100, 2),
    ("a.m4a", "aac", 44_100, 2),
    ("a.flac", "flac", 16_000, 1),
    ("a.wav", "pcm_s16le", 8_000, 1),
    ("a.mkv", "libopus", 48_000, 2),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
def test_any_format_becomes_mono_at_16_khz(tmp_path: Path, name: str, codec: str, rate: int, channels: int) -> None:
    """Whatever the container, codec, rate and channels: the same tone, as long, at the same pitch and loudness."""
    waveform = decode(write_media(tmp_path / name, tone(2.0), codec, rate, channels))
    assert waveform.dtype == np.float32
    assert waveform.shape == pytest.approx((32_000,), abs=1_600)
    middle = waveform[8_000:24_000]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == pytest.approx(440, abs=1)
    assert np.abs(middle).max() == pytest.approx(16_000 / 32_768, rel=0.15)


def test_sixteen_bits_survive_the_way_through_float() -> None:
    """Every 16-bit sample is found again after float32; what is louder than full scale is clipped, not wrapped."""
    samples = np.arange(-32_768, 32_768).astype(np.int16)
    assert np.array_equal(to_samples(to_waveform(samples)), samples)
    assert to_samples(np.array([2.0, -2.0], dtype=np.float32)).tolist() == [32_767, -32_768]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"\n <!DOCTYPE html><html><body>Please log in</body></html>", "is a web page"),
        (b"\xef\xbb\xbf<html>", "is a web page"),
        (b"no media at all " * 200, "no media file or is corrupt"),
        (bytes(range(256)) * 200, "no media file or is corrupt"),
    ],
)
def test_what_is_no_media_is_refused_by_its_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    """An empty file, a web page and noise are refused in one line that says which it is."""
    file = tmp_path / "a.opus"
    file.write_bytes(content)
    with pytest.raises(MediaError, match=cause) as refusal:
        decode_samples(file)
    assert "\n" not in str(refusal.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is a typed error, not the operating system's."""
    with pytest.raises(MediaError, match="cannot be read"):
        decode_samples(tmp_path / "gone.opus")


def test_file_cut_after_the_header_is_refused(tmp_path: Path) -> None:
    """A container that claims more than it holds is cut short."""
    whole = write_media(tmp_path / "whole.flac", tone(5.0), "flac", 16_000).read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match="cut short"):
        decode_samples(tmp_path / "cut.flac")


def test_file_shorter_than_the_listing_claims_is_refused(tmp_path: Path) -> None:
    """A file that is sound in itself but holds less than 90 % of what was listed is cut short; at 90 % it is whole."""
    file = write_media(tmp_path / "a.wav", tone(9.0), "pcm_s16le", 16_000)
    assert len(decode_samples(file, claimed=10.0)) == 9 * 16_000
    with pytest.raises(MediaError, match=r"ends after 9\.0 s of 10\.1 s"):
        decode_samples(file, claimed=10.1)


def test_corruption_inside_is_survived_while_little_is_lost(tmp_path: Path) -> None:
    """A damaged stretch costs its packets; a file that is mostly damaged is refused."""
    whole = write_media(tmp_path / "a.mp3", tone(20.0), "libmp3lame", 44_100).read_bytes()
    little = bytearray(whole)
    little[50_000:51_000] = bytes(1_000)
    (tmp_path / "little.mp3").write_bytes(little)
    assert len(decode_samples(tmp_path / "little.mp3")) > 18 * 16_000
    much = bytearray(whole)
    much[20_000:-20_000] = bytes(len(whole) - 40_000)
    (tmp_path / "much.mp3").write_bytes(much)
    with pytest.raises(MediaError):
        decode_samples(tmp_path / "much.mp3", claimed=20.0)


def test_video_without_audio_is_refused(tmp_path: Path) -> None:
    """A file with pictures alone has nothing to transcribe."""
    with av.open(str(tmp_path / "silent.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10, width=32, height=32)
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no audio stream"):
        decode_samples(tmp_path / "silent.mkv")


def test_stream_without_audio_is_refused(tmp_path: Path) -> None:
    """A header alone is an error, not an empty recording."""
    whole = write_media(tmp_path / "a.wav", tone(1.0), "pcm_s16le", 16_000).read_bytes()
    (tmp_path / "header.wav").write_bytes(whole[: whole.index(b"data") + 8])
    with pytest.raises(MediaError, match=r"without any audio|cut short"):
        decode_samples(tmp_path / "header.wav")


def test_fetched_file_cannot_name_other_files(tmp_path: Path) -> None:
    """A playlist under the name of a media file does not open what it lists."""
    write_media(tmp_path / "secret.mp3", tone(2.0), "libmp3lame", 44_100)
    for name, text in {
        "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.mp3\n#EXT-X-ENDLIST\n",
        "a.mp3": "ffconcat version 1.0\nfile secret.mp3\n",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError):
            decode_samples(tmp_path / name)


def test_endless_file_is_refused_before_it_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding stops at the longest recording that is taken."""
    monkeypatch.setattr(decoding, "LONGEST", 3)
    with pytest.raises(MediaError, match="longer than"):
        decode_samples(write_media(tmp_path / "a.flac", tone(5.0), "flac", 16_000))
