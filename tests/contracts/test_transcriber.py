"""What every transcriber does: faster-whisper on the demo's weights and the scripted one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from whosaid.asr import AsrSpec, FasterWhisper, ScriptedAsr, Transcriber
from whosaid.asr.faster_whisper import FasterWhisperTranscriber
from whosaid.budget import limited
from whosaid.engines import Engines, Host
from whosaid.errors import BudgetError, DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.media.decoding import decode
from whosaid.types import SAMPLE_RATE, Transcript, TranscriptOrigin, Waveform
from whosaid.weights import Weights, digest_of

DEMO = Path(__file__).parents[2] / "deployments" / "demo"
CHANNEL, WEIGHTS = DEMO / "channel", DEMO / "weights"
DEMO_WHISPER = FasterWhisper(
    model="whisper", revision=digest_of(WEIGHTS / "whisper"), window=12.0, workers=2, device="cpu"
)
SCRIPT = ScriptedAsr(words=("One,", "two", "three."))
EPISODE = "light-in-the-morning"
SILENCES = {
    "nothing": np.zeros(0, np.float32),
    "an instant": np.zeros(1, np.float32),
    "five seconds": np.zeros(5 * SAMPLE_RATE, np.float32),
}


@dataclass(frozen=True)
class Spoken:
    """An utterance of a reference, seconds."""

    start: float
    end: float
    words: str


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Engines(Weights(WEIGHTS, offline=True), "cpu") as engines:
        yield Host(engines.weights, engines, "cpu")


@pytest.fixture(scope="module", params=[DEMO_WHISPER, SCRIPT], ids=["faster-whisper", "scripted"])
def spec(request: pytest.FixtureRequest) -> AsrSpec:
    return request.param


@pytest.fixture(scope="module")
def transcriber(spec: AsrSpec, host: Host) -> Iterator[Transcriber]:
    with host.engines.lease(spec) as engine:
        yield engine


@pytest.fixture(scope="module")
def whisper(host: Host) -> FasterWhisperTranscriber:
    return FasterWhisperTranscriber.load(DEMO_WHISPER, host)


@pytest.fixture(scope="module")
def recording() -> Waveform:
    return decode(CHANNEL / f"{EPISODE}.opus")


@pytest.fixture(scope="module")
def reference() -> tuple[Spoken, ...]:
    entries = json.loads((CHANNEL / f"{EPISODE}.json").read_text())
    return tuple(Spoken(entry["start_time"], entry["end_time"], entry["words"]) for entry in entries)


def plain(text: str) -> list[str]:
    """Return the words in lower case, without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def heard(transcript: Transcript) -> list[str]:
    return plain(" ".join(word.text for word in transcript.words))


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_silence_has_no_words(transcriber: Transcriber, silence: Waveform) -> None:
    """No speech is an empty transcript, never an error."""
    assert transcriber.transcribe(silence) == Transcript((), "en")


def test_words_are_in_time_order_within_the_recording(transcriber: Transcriber, recording: Waveform) -> None:
    """Words begin after the one before has ended, and none ends behind the last sample."""
    words = transcriber.transcribe(recording).words
    assert words
    assert all(earlier.end <= later.start for earlier, later in pairwise(words))
    assert words[-1].end <= len(recording) / SAMPLE_RATE


def test_words_are_text_with_a_probability(transcriber: Transcriber, recording: Waveform) -> None:
    """Each word is one word, blanks removed, with a probability between 0 and 1; the origin is told."""
    transcript = transcriber.transcribe(recording)
    assert all(word.text.split() == [word.text] for word in transcript.words)
    assert all(0 <= word.probability <= 1 for word in transcript.words)
    assert (transcript.language, transcript.origin) == ("en", TranscriptOrigin.asr)


def test_threads_hear_the_same_as_one_alone(transcriber: Transcriber, recording: Waveform) -> None:
    """Recordings transcribed at the same time do not reach into each other."""
    pieces = [recording[: second * SAMPLE_RATE] for second in (20, 35, 9, 28)]
    alone = [transcriber.transcribe(piece) for piece in pieces]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(transcriber.transcribe, pieces)) == alone


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, SAMPLE_RATE), np.float32),
        np.zeros(SAMPLE_RATE, np.int16),
        np.zeros(SAMPLE_RATE, np.float64),
        np.full(SAMPLE_RATE, np.nan, np.float32),
    ],
    ids=["stereo", "integers", "doubles", "not numbers"],
)
def test_what_is_no_waveform_is_refused(transcriber: Transcriber, wrong: NDArray[Any]) -> None:
    """Samples of another shape or kind would be heard as noise: they are an error."""
    with pytest.raises(EngineError, match="decode it anew"):
        transcriber.transcribe(wrong)


def test_a_sentence_never_trained_on_is_recognised(
    whisper: FasterWhisperTranscriber, recording: Waveform, reference: tuple[Spoken, ...]
) -> None:
    """The first sentence of the first episode comes out word by word."""
    first = reference[0]
    words = heard(whisper.transcribe(recording[: int((first.end + 0.2) * SAMPLE_RATE)]))
    assert words == plain(first.words)


def test_words_lie_where_they_are_spoken(
    whisper: FasterWhisperTranscriber, recording: Waveform, reference: tuple[Spoken, ...]
) -> None:
    """Nearly all words fall into their utterance, give or take a third of a second, to the end of the recording."""
    words = whisper.transcribe(recording).words
    strays = [
        word for word in words if not any(s.start - 0.3 <= word.start and word.end <= s.end + 0.3 for s in reference)
    ]
    assert len(strays) <= 0.05 * len(words)
    assert words[-1].middle > reference[-1].start


def test_music_has_no_words(whisper: FasterWhisperTranscriber) -> None:
    """Notes without a voice are no speech."""
    assert whisper.transcribe(decode(CHANNEL / "music-only.opus")).words == ()


def test_batch_size_changes_neither_words_nor_fingerprint(
    whisper: FasterWhisperTranscriber, recording: Waveform
) -> None:
    """How many clips are decoded at once is a matter of speed."""
    one = DEMO_WHISPER.model_copy(update={"batch_size": 1})
    transcripts = [replace(whisper, spec=spec).transcribe(recording) for spec in (one, DEMO_WHISPER)]
    assert heard(transcripts[0]) == heard(transcripts[1])
    assert one.fingerprint == DEMO_WHISPER.fingerprint
    assert DEMO_WHISPER.model_copy(update={"beam_size": 1}).fingerprint != DEMO_WHISPER.fingerprint


class Scarce:
    """A device with room for a few clips only: it stands for memory that is used by others."""

    def __init__(self, plenty: Any, room: int) -> None:
        self.plenty, self.room, self.encoded = plenty, room, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plenty, name)

    def encode(self, features: NDArray[np.float32]) -> Any:
        if len(features) > self.room:
            raise RuntimeError("CUDA failed with error out of memory")
        self.encoded += len(features)
        return self.plenty.encode(features)


def test_half_the_batch_when_memory_runs_out(whisper: FasterWhisperTranscriber, recording: Waveform) -> None:
    """Scarce memory costs time, not words."""
    scarce = replace(whisper, model=Scarce(whisper.model, room=1))
    assert heard(scarce.transcribe(recording)) == heard(whisper.transcribe(recording))


def test_a_loop_is_decoded_again(whisper: FasterWhisperTranscriber, recording: Waveform) -> None:
    """Where the text compresses too well the clip is decoded a second time; words that were no loop stay the same."""
    suspicious = whisper.spec.model_copy(update={"compression_ratio_threshold": 0.0})
    calm, wary = (replace(whisper, model=Scarce(whisper.model, 16), spec=spec) for spec in (whisper.spec, suspicious))
    assert heard(calm.transcribe(recording)) == heard(wary.transcribe(recording))
    assert wary.model.encoded == 2 * calm.model.encoded


def test_no_room_for_one_clip_is_out_of_memory(whisper: FasterWhisperTranscriber, recording: Waveform) -> None:
    """Where one clip does not fit there is no answer, and never another device."""
    with pytest.raises(OutOfMemory, match="free memory on the device"):
        replace(whisper, model=Scarce(whisper.model, room=0)).transcribe(recording)


def test_failure_of_the_model_is_an_engine_error(
    whisper: FasterWhisperTranscriber, recording: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ctranslate2 raises does not leave the adapter."""
    monkeypatch.setattr(Scarce, "encode", partial(_fail, "cuBLAS failed"))
    with pytest.raises(EngineError, match="cuBLAS failed"):
        replace(whisper, model=Scarce(whisper.model, room=1)).transcribe(recording)


def _fail(message: str, *_: object) -> None:
    raise RuntimeError(message)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    """A folder that ctranslate2 cannot read is a WeightsError with a remedy."""
    shutil.copytree(WEIGHTS / "whisper", tmp_path / "whisper")
    (tmp_path / "whisper" / "model.bin").write_bytes(b"\x06\0\0\0")
    spec = DEMO_WHISPER.model_copy(update={"revision": digest_of(tmp_path / "whisper")})
    with Engines(Weights(tmp_path, offline=True), "cpu") as engines, pytest.raises(WeightsError, match="restore"):
        spec.load(Host(engines.weights, engines, "cpu"))


def test_a_model_on_another_device_is_refused(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that ignores the device is caught after the load."""
    monkeypatch.setattr(Host, "device", lambda *_: "cuda")
    monkeypatch.setattr("whosaid.asr.faster_whisper.WhisperModel", _open_on_cpu)
    with pytest.raises(DeviceError, match="asked to be on cuda and is on cpu"):
        DEMO_WHISPER.load(host)


def _open_on_cpu(folder: str, device: str, **options: Any) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(folder, "cpu", **options)


def test_time_that_is_used_up_ends_the_work(whisper: FasterWhisperTranscriber, recording: Waveform) -> None:
    """A model that has used up its time for a recording stops between two batches, as a typed error."""
    with limited(0), pytest.raises(BudgetError):
        whisper.transcribe(recording)
