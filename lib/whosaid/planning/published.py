"""What stages take where no run of this machine says it: estimates, each with where its figure is from. Pure.

No GPU was at hand to measure on. Figures of others are scaled from their GPU to the one that is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from whosaid import flops
from whosaid.asr import FasterWhisper
from whosaid.diarization import Clustering
from whosaid.errors import ConfigurationError
from whosaid.planning.rates import FINDING_SPEECH
from whosaid.planning.simulation import Cost, Overhead
from whosaid.profiles import DEMO, Profile
from whosaid.text import OpenAi, SentenceTransformer

CPU: Final = "cpu"
TOKENS: Final = 3.0
"""Tokens in a second of speech: 12.6 characters, as measured on the demo's conversations, of 4.2 to a token."""

OVERHEAD: Final = Overhead(video=0.6, before=0.01, slot=0.05, after=0.05)
"""Measured with Prefect 3.8 and a server on SQLite, on two cores."""

_WHISPER: Final = 17 / (13 * 60)
"""Large-v2, half precision, batches of 8, on an RTX 3070 Ti (README of faster-whisper 1.2, "Benchmark")."""
_WHISPER_PEAK: Final = 43.5e12  # FLOP/s of that GPU, by NVIDIA's white paper of its architecture
_DISTILLED: Final = 26.1 / 52.0
"""Distil-large-v3 against large-v3, on an RTX 2080 Ti (a user's benchmark of turbo v3, reported to faster-whisper)."""
_WHISPER_GAIN: Final = 0.5
"""Exponent by which more FLOP/s make it faster, an assumption: decoding word by word waits for memory, not for sums."""

_PYANNOTE: Final = 0.0176
"""The pipeline 3.1 on an RTX 3090 (e6quisitory/pyannote-benchmark), where an H100 takes 0.0115 and a 4090 0.0146."""
_PYANNOTE_PEAK: Final = 71e12
_PYANNOTE_GAIN: Final = 0.2  # the exponent that those three GPUs show

_CPU_WHISPER: Final = 66 / (13 * 60) / 244
"""For a million parameters: small, single precision, batches of 8, eight threads of a Core i7-12700K (README)."""
_CPU_PYANNOTE: Final = 0.82
"""Community-1 on an Apple M2 Max, without its GPU (benchmarks of the project diarize)."""

_TEXT_SHARE: Final = 0.4  # of the peak in half precision, an assumption for big batches of a billion parameters
_VOICE_FLOP: Final = 2 * 13e6 * 100
"""Of ECAPA-TDNN of 1,024 channels for a second: two operations for each of 13 million weights, 100 frames."""
_VOICE_SHARE: Final = 0.1  # of the peak in single precision, an assumption: small layers, features made on the CPU
_CPU_PEAK: Final = 8 * 40e9  # FLOP/s of eight threads, an assumption
_MONOLOGUE: Final = 3 / 5  # seconds in windows for a second of speech, while a monologue is looked for
_VOICES: Final = 2.0  # and when turns are embedded
_PARAMETERS: Final[Mapping[str, float]] = {  # millions in the layers, without embeddings, which are looked up
    "sentence-transformers/all-MiniLM-L6-v2": 11,
    "BAAI/bge-small-en-v1.5": 21,
    "BAAI/bge-base-en-v1.5": 85,
    "Qwen/Qwen3-Embedding-0.6B": 440,
    "Alibaba-NLP/gte-Qwen2-1.5B-instruct": 1310,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """What a stage takes, and where that is from."""

    cost: Cost
    origin: str
    measured: bool = False  # by runs of this machine


_HERE: Final = "measured on one core"
_HOST: Final[Mapping[str, Figure]] = {
    "check_access": Figure(Cost(constant=2.0), "an assumption: two seconds for a look at a page"),
    "fetch_audio": Figure(Cost(rate=0.01, constant=3.0), "an assumption: 3 s, 4 MB/s, and decoding as measured here"),
    "purify_labels": Figure(Cost(rate=1e-4), _HERE),
    "identify_speakers": Figure(Cost(constant=0.01), _HERE),
    "attribute": Figure(Cost(rate=1e-4), _HERE),
    "cut_passages": Figure(Cost(rate=1e-5), _HERE),
    "publish": Figure(Cost(rate=2e-4, constant=0.1), _HERE),
}

_DEMO: Final[Mapping[str, Cost]] = {
    "transcribe": Cost(rate=0.021),
    "find_monologue": Cost(rate=0.0081, ahead=0.4),
    "diarize": Cost(rate=0.031),
    "embed_voices": Cost(rate=0.0051),
    "embed_passages": Cost(rate=0.0014),
}
"""Of the demo's engines on the demo's conversations, on one core."""


def figures_of(profile: Profile, device: str) -> dict[str, Figure]:
    """Return what every stage takes on the GPU of a name in `flops.PEAKS`, or on the CPU."""
    if isinstance(profile.diarization, Clustering):
        told = {**_HOST, **{stage: Figure(cost, _HERE) for stage, cost in _DEMO.items()}}
        return told if profile.text == DEMO.text else {**told, "embed_passages": text_figure(profile, device)}
    engines = _on_cpu(profile) if device == CPU else _on_gpu(profile, _peak(device), device)
    return {**_HOST, **engines, "embed_passages": text_figure(profile, device)}


def text_figure(profile: Profile, device: str) -> Figure:
    """Return what embedding the passages takes: by arithmetic, or at a service."""
    match profile.text:
        case OpenAi():
            return Figure(Cost(rate=0.0003, constant=1.0, ahead=1.0), "an assumption: a second and 10,000 tokens/s")
        case SentenceTransformer(model=model) if model in _PARAMETERS:
            peak = _CPU_PEAK if device == CPU else _peak(device).half
            second = 2 * _PARAMETERS[model] * 1e6 * TOKENS  # two operations for each weight and token
            origin = f"by arithmetic, at {_TEXT_SHARE:.0%} of the peak of {peak / 1e12:.3g} TFLOP/s"
            return Figure(Cost(rate=second / (_TEXT_SHARE * peak), constant=0.2), origin)
        case other:
            raise ConfigurationError(f"no figures for {other}: plan by a run of this machine, or with another model")


def _on_gpu(profile: Profile, peak: flops.Peak, device: str) -> dict[str, Figure]:
    whisper = _WHISPER * _size(profile.asr) * (_WHISPER_PEAK / peak.half) ** _WHISPER_GAIN
    pyannote = _PYANNOTE * (_PYANNOTE_PEAK / peak.half) ** _PYANNOTE_GAIN
    told = f"published, scaled to {device}"
    return {
        "transcribe": Figure(Cost(rate=whisper, constant=0.5), f"faster-whisper's README, {told}"),
        "diarize": Figure(Cost(rate=pyannote, constant=0.5), f"a benchmark of pyannote 3.1, {told}"),
        **_voices(peak.single),
    }


def _on_cpu(profile: Profile) -> dict[str, Figure]:
    millions = 756 if _size(profile.asr) < 1 else 1550
    whisper = Figure(Cost(rate=_CPU_WHISPER * millions), "faster-whisper's README, by parameters, eight threads")
    diarization = Figure(Cost(rate=_CPU_PYANNOTE), "a benchmark of pyannote community-1, on a laptop")
    return {"transcribe": whisper, "diarize": diarization, **_voices(_CPU_PEAK)}


def _size(asr: object) -> float:
    """Return what a recogniser takes against large-v2 and large-v3; ConfigurationError where nobody says."""
    match asr:
        case FasterWhisper(model=model) if "distil-whisper-large-v3" in model:
            return _DISTILLED
        case FasterWhisper(model=model) if "large-v" in model:
            return 1.0
        case other:
            raise ConfigurationError(f"no figures for {other}: plan by a run of this machine")


def _voices(peak: float) -> dict[str, Figure]:
    second = _VOICE_FLOP / (_VOICE_SHARE * peak)
    origin = f"by arithmetic, at {_VOICE_SHARE:.0%} of the peak of {peak / 1e12:.3g} TFLOP/s"
    looking = second * _MONOLOGUE
    return {
        "find_monologue": Figure(
            Cost(rate=FINDING_SPEECH + looking, ahead=FINDING_SPEECH / (FINDING_SPEECH + looking)),
            f"{origin}; finding speech {_HERE}",
        ),
        "embed_voices": Figure(Cost(rate=second * _VOICES, constant=0.2), origin),
    }


def _peak(device: str) -> flops.Peak:
    if (peak := flops.peak_of_gpu(device)) is None:
        raise ConfigurationError(f"no GPU {device!r} in the table: choose one of {', '.join(flops.PEAKS)}, or {CPU}")
    return peak
