"""What a profile needs of its models: weights on this disk or leave to fetch them, and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from whosaid.asr import FasterWhisper
from whosaid.diarization import Clustering, Pyannote
from whosaid.doctor import Finding, Subject, miss, ok, warn
from whosaid.engines import Spec
from whosaid.errors import WeightsError
from whosaid.profiles import Profile
from whosaid.text import OpenAi, SentenceTransformer
from whosaid.voices import Ecapa
from whosaid.weights import Weights

Weighted: TypeAlias = FasterWhisper | Pyannote | Ecapa | SentenceTransformer

# By the models' cards, in millions: estimates, for how much memory the weights take.
_PARAMETERS: Final = {
    "Systran/faster-distil-whisper-large-v3": 756,
    "Systran/faster-whisper-large-v3": 1550,
    "pyannote/speaker-diarization-community-1": 8,
    "speechbrain/spkrec-ecapa-voxceleb": 21,
    "sentence-transformers/all-MiniLM-L6-v2": 23,
    "BAAI/bge-small-en-v1.5": 33,
    "BAAI/bge-base-en-v1.5": 109,
    "Qwen/Qwen3-Embedding-0.6B": 596,
    "Alibaba-NLP/gte-Qwen2-1.5B-instruct": 1780,
}
_HALF: Final = (FasterWhisper, SentenceTransformer)  # kept in 2 bytes a parameter on a GPU, others in 4


def engine_specs(profile: Profile) -> Iterator[Spec]:
    """Yield the engines of a profile, a clustering's voice model among them."""
    yield from (profile.asr, profile.diarization, profile.voices, profile.text)
    if isinstance(profile.diarization, Clustering):
        yield profile.diarization.voices


def weighted(profile: Profile) -> tuple[Weighted, ...]:
    """Return the engines that have weights, each set of weights once."""
    found = [spec for spec in engine_specs(profile) if isinstance(spec, Weighted)]
    return tuple({(spec.model, spec.revision): spec for spec in found}.values())


def weights_on_gpu(profile: Profile) -> tuple[float, tuple[str, ...]]:
    """Return the bytes that the weights take by their parameters, and the models whose parameters are not known."""
    found = weighted(profile)
    known = (spec for spec in found if spec.model in _PARAMETERS)
    need = sum(_PARAMETERS[spec.model] * 1e6 * (2 if isinstance(spec, _HALF) else 4) for spec in known)
    return need, tuple(spec.model for spec in found if spec.model not in _PARAMETERS)


def check_weights(subject: Subject) -> Iterable[Finding]:
    """Say of each model whether its pinned weights are here, or can be fetched."""
    return [_find(spec, subject) for spec in weighted(subject.profile)]


def _find(spec: Weighted, subject: Subject) -> Finding:
    name, root = f"weights of {spec.model}", subject.home / "models"
    try:
        folder = Weights(root, offline=True).locate(spec.model, spec.revision)
    except WeightsError as e:
        if spec.revision.startswith("sha256:"):
            detail, _, remedy = str(e).rpartition(": ")
            return miss(name, detail, remedy)
        return _absent(name, spec, subject)
    if broken := _unfinished(root, spec.model):
        return miss(name, f"{broken} of its files were never fetched whole", "fetch them again: start a run online")
    return ok(name, f"in {folder}")


def _absent(name: str, spec: Weighted, subject: Subject) -> Finding:
    if not isinstance(spec, Pyannote):
        return warn(name, "not here: the first run fetches them", "stay online, or put the folder into models")
    if subject.hub_token or subject.saved("whosaid-hub-token"):
        detail = "not here, and gated; a hub token is given, and the first run shows if it may fetch them"
        return warn(name, detail, "accept the conditions of the model with the account of the token")
    remedy = "accept the model's conditions and set WHOSAID_HUB_TOKEN, or take the clustering diarizer by overrides"
    return miss(name, "not here, and gated: no hub token is given", remedy)


def _unfinished(root: Path, model: str) -> int:
    """Count the downloads that broke off: the hub's library takes a folder with files missing for a whole one."""
    blobs = root / ".hub" / f"models--{model.replace('/', '--')}" / "blobs"
    return len(list(blobs.glob("*.incomplete")))


def check_openai(subject: Subject) -> Iterable[Finding]:
    """Say whether there is a key where the text model is a service's; whether it is good is not asked."""
    text: Any = subject.profile.text
    if not isinstance(text, OpenAi):
        return ()
    if subject.openai_key or subject.saved("whosaid-openai-key"):
        return (ok("OpenAI key", "given; whether the service takes it is not asked"),)
    remedy = "set WHOSAID_OPENAI_API_KEY, or save the block whosaid-openai-key/default"
    return (miss("OpenAI key", f"none, and {text.model} needs one", remedy),)
