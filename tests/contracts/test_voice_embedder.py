"""What every voice embedder does: the real ECAPA-TDNN on the demo's weights and the scripted one.

speechbrain is imported by the tests that run, never while tests are collected: hypothesis then looks into every
loaded module, and some of speechbrain's warn or fail when they are looked into.
"""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from whosaid.budget import limited
from whosaid.engines import Engines, Host
from whosaid.errors import BudgetError, DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.media.decoding import decode
from whosaid.types import SAMPLE_RATE, Span, Waveform
from whosaid.voices import SHORTEST_SPAN, Ecapa, ScriptedVoices, VoiceEmbedder, VoiceSpec
from whosaid.weights import Weights, digest_of

DEMO = Path(__file__).parents[2] / "deployments" / "demo"
WEIGHTS = DEMO / "weights"
ECAPA = Ecapa(model="ecapa", revision=digest_of(WEIGHTS / "ecapa"), device="cpu")
SPANS = (Span(0.6, 3.1), Span(4.1, 4.5), Span(9.0, 17.5), Span(20.0, 21.5), Span(20.7, 22.2))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    torch.set_num_threads(1)
    with Engines(Weights(WEIGHTS, offline=True), "cpu") as engines:
        yield Host(engines.weights, engines, "cpu")


@pytest.fixture(scope="module")
def recording() -> Waveform:
    return decode(DEMO / "channel" / "long-walks-with-grace-lowe.opus")


@pytest.fixture(scope="module", params=[ECAPA, ScriptedVoices(dimension=16)], ids=["ecapa", "scripted"])
def spec(request: pytest.FixtureRequest) -> VoiceSpec:
    return request.param


@pytest.fixture(scope="module")
def embedder(spec: VoiceSpec, host: Host) -> Iterator[VoiceEmbedder]:
    with host.engines.lease(spec) as engine:
        yield engine


@pytest.fixture
def ecapa(host: Host) -> Any:
    return ECAPA.load(host)


def test_vectors_are_float32_of_length_one(embedder: VoiceEmbedder, recording: Waveform) -> None:
    """Every span, short and long ones in any order, has a row of length 1."""
    vectors = embedder.embed(recording, SPANS)
    assert vectors.shape[0] == len(SPANS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_rows_follow_the_spans(embedder: VoiceEmbedder, recording: Waveform) -> None:
    """Turning the spans round turns the rows round: no span's vector depends on its place or its batch."""
    vectors = embedder.embed(recording, SPANS)
    assert embedder.embed(recording, SPANS[::-1])[::-1] == pytest.approx(vectors, abs=1e-4)


def test_no_spans_give_no_rows(embedder: VoiceEmbedder, recording: Waveform) -> None:
    """Without spans the result is empty and has the dimension of the model."""
    some = embedder.embed(recording, SPANS[:1])
    assert embedder.embed(recording, []).shape == (0, some.shape[1])


@pytest.mark.parametrize("span", [Span(5.0, 5.0), Span(5.0, 5.2), Span(1e6, 1e6 + 2)], ids=["empty", "short", "beyond"])
def test_spans_without_a_voice_are_refused(embedder: VoiceEmbedder, recording: Waveform, span: Span) -> None:
    """A span too short to hear a voice in, or outside of the recording, is an error that names it."""
    with pytest.raises(EngineError, match=f"{span.start:.2f}-{span.end:.2f} s"):
        embedder.embed(recording, [SPANS[0], span])


def test_the_shortest_span_is_accepted_anywhere(embedder: VoiceEmbedder, recording: Waveform) -> None:
    """Rounding to samples refuses no span of the shortest allowed length."""
    starts = (np.arange(40) + 0.3) / SAMPLE_RATE + 3.0
    spans = [Span(float(start), float(start) + SHORTEST_SPAN) for start in starts]
    assert len(embedder.embed(recording, spans)) == len(spans)


def test_device_is_told(embedder: VoiceEmbedder) -> None:
    """An engine says where it is."""
    assert embedder.device == "cpu"


def test_dimension_is_that_of_the_published_model(ecapa: Any, recording: Waveform) -> None:
    """The demo's vectors have the 192 dimensions of ECAPA-TDNN for VoxCeleb, so that both fit the same column."""
    assert ecapa.embed(recording, SPANS).shape == (len(SPANS), 192)


def test_a_voice_is_nearer_to_itself_than_to_another(ecapa: Any, recording: Waveform) -> None:
    """Sentences of one speaker are all more alike than sentences of two."""
    said = json.loads((DEMO / "channel" / "long-walks-with-grace-lowe.json").read_text())
    long = [each for each in said if each["end_time"] - each["start_time"] > 3]
    vectors = ecapa.embed(recording, [Span(each["start_time"], each["end_time"]) for each in long])
    same = np.array([[one["speaker"] == other["speaker"] for other in long] for one in long])
    likeness = vectors @ vectors.T
    assert likeness[same].min() > 0.5 > likeness[~same].max()


def test_what_is_no_number_is_refused(ecapa: Any, recording: Waveform) -> None:
    """A sound that is not a number gives no vector, and no zero in place of one."""
    broken = recording.copy()
    broken[SAMPLE_RATE * 2] = np.nan
    with pytest.raises(EngineError, match=r"0\.60-3\.10 s has length nan"):
        ecapa.embed(broken, SPANS)


def test_full_memory_halves_the_batch(ecapa: Any, recording: Waveform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only two windows fit on the device, the same vectors come out, on the same device."""
    spans = [Span(start, start + 1.0) for start in range(9)]
    whole, encode = ecapa.embed(recording, spans), ecapa.model.encode_batch
    sizes: list[int] = []

    def fit_two(sound: torch.Tensor) -> torch.Tensor:
        if len(sound) > 2:
            raise torch.OutOfMemoryError
        sizes.append(len(sound))
        return encode(sound)

    monkeypatch.setattr(ecapa.model, "encode_batch", fit_two)
    assert ecapa.embed(recording, spans) == pytest.approx(whole, abs=1e-4)
    assert sum(sizes) == len(spans)


def test_memory_too_small_for_one_window_is_an_error(
    ecapa: Any, recording: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that does not fit alone gives a typed error, not another device."""

    def fit_none(_: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(ecapa.model, "encode_batch", fit_none)
    with pytest.raises(OutOfMemory, match="alone does not fit on cpu"):
        ecapa.embed(recording, SPANS)


def test_model_on_another_device_is_an_error(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library leaves the model on the CPU though CUDA was asked for, loading fails."""
    from speechbrain.inference.classifiers import EncoderClassifier

    load = EncoderClassifier.from_hparams
    monkeypatch.setattr(Host, "device", lambda *_: "cuda")
    monkeypatch.setattr(EncoderClassifier, "from_hparams", lambda **given: load(**given | {"run_opts": {}}))
    with pytest.raises(DeviceError, match="asked to be on cuda and is on cpu"):
        ECAPA.load(host)


class Trap:
    """A pickle that writes a file when it is read as more than weights."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


def test_checkpoint_with_code_in_it_is_refused_unread(tmp_path: Path) -> None:
    """Weights are read as weights: a pickle that would run something is an error, and nothing has run."""
    folder, mark = tmp_path / "ecapa", tmp_path / "was-here"
    shutil.copytree(WEIGHTS / "ecapa", folder)
    (folder / "embedding_model.ckpt").write_bytes(pickle.dumps(Trap(mark), protocol=2))
    spec = ECAPA.model_copy(update={"revision": digest_of(folder)})
    with Engines(Weights(tmp_path, offline=True), "cpu") as engines, pytest.raises(WeightsError, match="do not load"):
        spec.load(Host(engines.weights, engines, "cpu"))
    assert not mark.exists()


def test_missing_weights_are_a_configuration_error(tmp_path: Path) -> None:
    """Without the folder the error says what is missing."""
    with Engines(Weights(tmp_path, offline=True), "cpu") as engines, pytest.raises(WeightsError, match="ecapa"):
        ECAPA.load(Host(engines.weights, engines, "cpu"))


def test_time_that_is_used_up_ends_the_work(ecapa: Any, recording: Waveform) -> None:
    """A model that has used up its time for a recording stops between two batches, as a typed error."""
    with limited(0), pytest.raises(BudgetError):
        ecapa.embed(recording, SPANS)
