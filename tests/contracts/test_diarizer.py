"""What every diarizer does: pyannote and the clustering one on the demo's weights, and the scripted one.

The engines are imported by the tests that run, never while tests are collected (see test_voice_embedder).
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
from whosaid.diarization import Clustering, DiarizationSpec, Diarizer, Pyannote, ScriptedDiarization
from whosaid.engines import Engines, Host
from whosaid.errors import BudgetError, DeviceError, EngineError, OutOfMemory, WeightsError
from whosaid.media.decoding import decode
from whosaid.types import SAMPLE_RATE, Turn, Waveform
from whosaid.voices import Ecapa
from whosaid.weights import Weights, digest_of

DEMO = Path(__file__).parents[2] / "deployments" / "demo"
WEIGHTS = DEMO / "weights"
ECAPA = Ecapa(model="ecapa", revision=digest_of(WEIGHTS / "ecapa"), device="cpu")
PYANNOTE = Pyannote(model="diarization", revision=digest_of(WEIGHTS / "diarization"), device="cpu")
CLUSTERING = Clustering(voices=ECAPA, device="cpu")
SCRIPTED = ScriptedDiarization(turns=((9.0, 14.0, "guest"), (0.5, 8.0, "host"), (14.5, 1e4, "host")))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    torch.set_num_threads(1)
    with Engines(Weights(WEIGHTS, offline=True), "cpu") as engines:
        yield Host(engines.weights, engines, "cpu")


@pytest.fixture(scope="module")
def interview() -> Waveform:
    """The first 40 s of a conversation of two."""
    return decode(DEMO / "channel" / "long-walks-with-grace-lowe.opus")[: 40 * SAMPLE_RATE]


@pytest.fixture(scope="module", params=[PYANNOTE, CLUSTERING, SCRIPTED], ids=["pyannote", "clustering", "scripted"])
def spec(request: pytest.FixtureRequest) -> DiarizationSpec:
    return request.param


@pytest.fixture(scope="module")
def diarizer(spec: DiarizationSpec, host: Host) -> Iterator[Diarizer]:
    with host.engines.lease(spec) as engine:
        yield engine


@pytest.fixture(params=[PYANNOTE, CLUSTERING], ids=["pyannote", "clustering"])
def listener(request: pytest.FixtureRequest, host: Host) -> Iterator[Diarizer]:
    """A diarizer that listens, unlike the scripted one."""
    with host.engines.lease(request.param) as engine:
        yield engine


@pytest.fixture
def pyannote(host: Host) -> Any:
    return PYANNOTE.load(host)


def test_turns_lie_in_order_within_the_recording(diarizer: Diarizer, interview: Waveform) -> None:
    """Turns are in time order, none is empty, and none reaches beyond the recording, overlapping ones neither."""
    diarization = diarizer.diarize(interview)
    assert diarization.turns
    for turns in (diarization.turns, diarization.overlapping):
        assert list(turns) == sorted(turns, key=lambda turn: turn.start)
        assert all(0 <= turn.start < turn.end <= len(interview) / SAMPLE_RATE for turn in turns)


def test_two_people_are_two_labels_by_first_appearance(diarizer: Diarizer, interview: Waveform) -> None:
    """A conversation of two has SPEAKER_00, who is heard first, and SPEAKER_01; no label is without a turn."""
    diarization = diarizer.diarize(interview)
    assert diarization.labels == ("SPEAKER_00", "SPEAKER_01")
    assert {turn.label for turn in diarization.overlapping} <= set(diarization.labels)


def test_the_same_recording_gives_the_same_turns(diarizer: Diarizer, interview: Waveform) -> None:
    """A rerun changes nothing, or the stage cache would not be worth its name."""
    assert diarizer.diarize(interview) == diarizer.diarize(interview)


@pytest.mark.parametrize("seconds", [0, 0.0005, 0.05, 12])
def test_silence_has_no_turns(diarizer: Diarizer, seconds: float) -> None:
    """Where nobody speaks the diarization is empty: no error, however short the silence."""
    assert diarizer.diarize(np.zeros(int(seconds * SAMPLE_RATE), np.float32)).turns == ()


def test_recording_is_left_as_it_was(diarizer: Diarizer, interview: Waveform) -> None:
    """The decoded waveform is shared between stages: nobody writes to it."""
    before = interview.copy()
    diarizer.diarize(interview)
    assert np.array_equal(interview, before)


def test_device_is_told(diarizer: Diarizer) -> None:
    """An engine says where it is."""
    assert diarizer.device == "cpu"


def test_music_is_nobody(listener: Diarizer) -> None:
    """Music and noise without speech have no turns."""
    assert listener.diarize(decode(DEMO / "channel" / "music-only.opus")).turns == ()


def test_turns_follow_the_voices(listener: Diarizer, interview: Waveform) -> None:
    """In the middle of what each of two people says alone there is one label for the one, another for the other."""
    turns = listener.diarize(interview).turns
    heard = {(speaker, label_at(turns, middle)) for speaker, middle in long_sentences()}
    assert len(heard) == len({speaker for speaker, _ in heard}) == len({label for _, label in heard}) == 2


def long_sentences() -> list[tuple[str, float]]:
    """Who speaks in the middle of each sentence of 3 s and more within the first 40 s."""
    said = json.loads((DEMO / "channel" / "long-walks-with-grace-lowe.json").read_text())
    spans = [(each["speaker"], each["start_time"], each["end_time"]) for each in said]
    return [(speaker, (start + end) / 2) for speaker, start, end in spans if end - start > 3 and end < 40]


def label_at(turns: tuple[Turn, ...], time: float) -> str:
    return next(turn.label for turn in turns if turn.start <= time < turn.end)


def test_full_memory_halves_the_batch(pyannote: Any, interview: Waveform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a batch of four is the largest that fits, the same turns come out, on the same device."""
    whole, forward = pyannote.diarize(interview), pyannote.pipeline._segmentation.model.forward

    def fit_four(sound: torch.Tensor) -> torch.Tensor:
        if len(sound) > 4:
            raise torch.OutOfMemoryError
        return forward(sound)

    monkeypatch.setattr(pyannote.pipeline._segmentation.model, "forward", fit_four)
    assert pyannote.diarize(interview) == whole
    assert pyannote.pipeline.segmentation_batch_size == 4


def test_memory_too_small_for_one_chunk_is_an_error(
    pyannote: Any, interview: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk that does not fit alone gives a typed error, not another device."""

    def fit_none(_: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(pyannote.pipeline._segmentation.model, "forward", fit_none)
    with pytest.raises(OutOfMemory, match="alone does not fit on cpu"):
        pyannote.diarize(interview)


def test_failing_pipeline_is_an_error_of_the_video(
    pyannote: Any, interview: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks inside pyannote is translated; one turn for the whole file is never made up."""

    def fail(_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("the driver went away")

    monkeypatch.setattr(pyannote.pipeline._segmentation.model, "forward", fail)
    with pytest.raises(EngineError, match="the driver went away"):
        pyannote.diarize(interview)


def test_model_on_another_device_is_an_error(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library leaves a model on the CPU though CUDA was asked for, loading fails."""
    from pyannote.audio import Pipeline

    monkeypatch.setattr(Host, "device", lambda *_: "cuda")
    monkeypatch.setattr(Pipeline, "to", lambda self, _: self)
    with pytest.raises(DeviceError, match="asked to be on cuda and is on cpu"):
        PYANNOTE.load(host)


def test_missing_weights_name_the_diarizer_that_needs_none(tmp_path: Path) -> None:
    """Without the gated weights the error tells of the other spec; nobody switches to it silently."""
    with Engines(Weights(tmp_path, offline=True), "cpu") as engines, pytest.raises(WeightsError, match="`clustering`"):
        PYANNOTE.load(Host(engines.weights, engines, "cpu"))


class Trap:
    """A pickle that writes a file when it is read as more than weights."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


def test_checkpoint_with_code_in_it_is_refused_unread(tmp_path: Path) -> None:
    """Weights are read as weights: a pickle that would run something is an error, and nothing has run."""
    folder, mark = tmp_path / "diarization", tmp_path / "was-here"
    shutil.copytree(WEIGHTS / "diarization", folder)
    (folder / "segmentation" / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(mark), protocol=2))
    spec = PYANNOTE.model_copy(update={"revision": digest_of(folder)})
    with Engines(Weights(tmp_path, offline=True), "cpu") as engines, pytest.raises(WeightsError, match="does not load"):
        spec.load(Host(engines.weights, engines, "cpu"))
    assert not mark.exists()


def test_nothing_is_reported_to_the_makers_of_pyannote(pyannote: Any) -> None:
    """pyannote's telemetry is off once a pipeline is loaded."""
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert pyannote.pipeline
    assert not is_metrics_enabled()


def test_time_that_is_used_up_ends_the_work(listener: Diarizer, interview: Waveform) -> None:
    """A model that has used up its time for a recording stops between two batches, as a typed error."""
    with limited(0), pytest.raises(BudgetError):
        listener.diarize(interview)
