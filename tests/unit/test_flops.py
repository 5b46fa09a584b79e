"""The formulae of models' work against PyTorch's own count of what they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import WhisperConfig, WhisperForConditionalGeneration

from deployments.demo.home import furnish
from whosaid import flops, metrics
from whosaid.asr.shape import read_shape
from whosaid.engines import Engines
from whosaid.flops import Peak, WhisperShape
from whosaid.media.decoding import decode
from whosaid.profiles import DEMO
from whosaid.text import Role
from whosaid.types import SAMPLE_RATE, Span
from whosaid.weights import Weights

EPISODE = Path(__file__).parents[2] / "deployments" / "demo" / "channel" / "light-in-the-morning.opus"
NOISE = np.random.default_rng(1).normal(0, 0.1, 8 * SAMPLE_RATE).astype(np.float32)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    home = tmp_path_factory.mktemp("home")
    furnish(home)
    with Engines(Weights(home / "models"), "cpu") as engines:
        yield engines


def counted() -> FlopCounterMode:
    return FlopCounterMode(display=False)


def test_a_text_model_notes_the_work_that_it_does(engines: Engines) -> None:
    """all-MiniLM-L6-v2 on texts of one length, of which none is padded: within 10 % of the count."""
    texts = ["how many hours of sleep do we need every night of the week " * 8] * 3
    with engines.lease(DEMO.text) as embedder, metrics.stopwatch() as watch, counted() as counter:
        embedder.embed(texts, Role.passage)
    assert watch.work.flop == pytest.approx(counter.get_total_flops(), rel=0.1)
    assert (watch.work.items, watch.work.batches) == (3, 1)
    assert watch.work.tokens > 3 * 100


def test_a_voice_model_notes_the_work_that_it_does(engines: Engines) -> None:
    """ECAPA-TDNN on windows of two lengths: within 10 % of the count."""
    spans = [Span(0.0, 3.0), Span(3.0, 6.0), Span(6.0, 6.5)]
    with engines.lease(DEMO.voices) as embedder, metrics.stopwatch() as watch, counted() as counter:
        embedder.embed(NOISE, spans)
    assert watch.work.flop == pytest.approx(counter.get_total_flops(), rel=0.1)
    assert (watch.work.items, watch.work.batches) == (3, 2)


@pytest.mark.parametrize("tokens", [4, 100, 220])
def test_whisper_takes_what_the_formula_says(tokens: int) -> None:
    """A Whisper of random weights in another implementation: encoder, and decoder over so many tokens."""
    shape = WhisperShape(80, 1500, 64, 256, 2, 3, 500)
    config = WhisperConfig(
        d_model=shape.width,
        encoder_ffn_dim=shape.inner,
        decoder_ffn_dim=shape.inner,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        vocab_size=shape.vocabulary,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
        attn_implementation="eager",  # what a fused attention does is not counted on a CPU
    )
    model = WhisperForConditionalGeneration(config).eval()
    with torch.inference_mode():
        with counted() as counter:
            encoded = model.model.encoder(torch.zeros(1, shape.mels, 2 * shape.positions))
        assert flops.whisper_encoder(shape) == pytest.approx(counter.get_total_flops(), rel=0.01)
        with counted() as counter:
            model(encoder_outputs=encoded, decoder_input_ids=torch.zeros(1, tokens, dtype=torch.long))
        assert flops.whisper_decoder(shape, tokens) == pytest.approx(counter.get_total_flops(), rel=0.1)


def test_beams_repeat_all_but_the_encoding() -> None:
    """The keys and values of the encoding are computed once."""
    shape = WhisperShape(80, 1500, 64, 256, 2, 3, 500)
    once = 3 * 4 * 1500 * 64 * 64
    five, one = (flops.whisper_decoder(shape, 10, beams) - once for beams in (5, 1))
    assert five == pytest.approx(5 * one)


def test_a_transcriber_notes_its_work(engines: Engines) -> None:
    """At least one window encoded where somebody speaks."""
    waveform = decode(EPISODE)[: 20 * SAMPLE_RATE]
    with engines.lease(DEMO.asr) as transcriber, metrics.stopwatch() as watch:
        heard = transcriber.transcribe(waveform)
    shape = read_shape(engines.weights.locate(DEMO.asr.model, DEMO.asr.revision))
    assert shape is not None
    assert watch.work.flop > 2 * flops.whisper_encoder(shape)
    assert (watch.work.items, watch.work.batches) == (len(heard.words), 1)


def test_the_sizes_of_a_whisper_are_read_off_its_weights(engines: Engines) -> None:
    """Those that the demo's model was made with."""
    folder = engines.weights.locate(DEMO.asr.model, DEMO.asr.revision)
    assert read_shape(folder) == WhisperShape(80, 1500, 128, 512, 3, 3, 2910)


@pytest.mark.parametrize(
    "content", [b"", b"\x05\0\0\0", b"\x06\0\0\0\xff\xff", b"\x06\0\0\0\x01\0\0\x03\0\0\0\0\0\0\0"]
)
def test_other_files_tell_no_sizes(tmp_path: Path, content: bytes) -> None:
    """Empty, of another version, cut short, without arrays."""
    (tmp_path / "model.bin").write_bytes(content)
    assert read_shape(tmp_path) is None
    assert read_shape(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("name", "half"),
    [("NVIDIA H200", 989e12), ("NVIDIA GeForce RTX 4090", 165e12), ("NVIDIA L40S", 362e12), ("Tesla T4", 65e12)],
)
def test_a_gpu_is_found_by_its_name(name: str, half: float) -> None:
    """Whole words of the driver's name: L40S is not L4."""
    peak = flops.peak_of_gpu(name)
    assert peak is not None
    assert peak.half == half


def test_the_share_of_the_peak_is_by_precision() -> None:
    """Half precision unless the device says single."""
    peak = Peak(989e12, 67e12)
    assert flops.PEAKS["H200"] == peak
    assert flops.share_of_peak(2 * peak.half, 4, "NVIDIA H200 x 2", "cuda") == pytest.approx(0.5)
    assert flops.share_of_peak(peak.half, 1, "NVIDIA H200", "cuda bfloat16") == pytest.approx(1)
    assert flops.share_of_peak(peak.single, 2, "NVIDIA H200", "cuda float32") == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("flop", "seconds", "machine", "device"),
    [
        (0, 1, "NVIDIA H200", "cuda"),
        (1e12, 0, "NVIDIA H200", "cuda"),
        (1e12, 1, "NVIDIA of next year", "cuda"),
        (1e12, 1, "NVIDIA H200", "cpu float32"),
        (1e12, 1, "", ""),
    ],
)
def test_no_share_is_made_up(flop: float, seconds: float, machine: str, device: str) -> None:
    """Nothing counted, no time, an unknown GPU, processors."""
    assert flops.share_of_peak(flop, seconds, machine, device) is None
