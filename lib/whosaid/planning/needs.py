"""What a run takes beside time: disk, memory, money, the patience of a site. Pure.

Bytes for an hour of audio were measured on the demo's conversations, in which somebody speaks all the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from whosaid.doctor.models import weights_on_gpu
from whosaid.planning.path import LOOKS
from whosaid.planning.plan import Workload
from whosaid.profiles import Profile
from whosaid.text import OpenAi, pricing
from whosaid.types import SAMPLE_RATE

AUDIO: Final = 65.1e6  # bytes for an hour: FLAC, 16 kHz, mono
RESULTS: Final = 5.2e6  # results of the stages, without the vectors of passages
ROWS: Final = 2.1e6  # of the archive, without the vectors of passages
INDEXED: Final = 1.5  # times the rows, with their indexes: an estimate, small archives being mostly empty pages
VECTOR: Final = 4  # bytes a dimension
KEPT_AS_TEXT: Final = 4 / 3  # base64, of results
KEPT_TWICE: Final = 2.2  # in the table and in the index over it, with what both add
CHARACTERS: Final = 45_400  # said in an hour
PROCESS: Final = 3.1e9  # resident, of the demo with its small models on the CPU
WAVEFORM: Final = SAMPLE_RATE * 4 * 3600  # bytes for an hour that is worked on


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes, US dollars, and questions to a site."""

    audio: float
    results: float
    archive: float
    gpu_memory: float  # of the weights alone
    unknown: tuple[str, ...]  # models whose size is not known
    memory: float
    usd: float
    looks: int
    passages: int

    @property
    def disk(self) -> float:
        """Return the bytes on disk, of all together."""
        return self.audio + self.results + self.archive


def find_needs(workload: Workload, profile: Profile, passages_an_hour: float | None = None) -> Needs:
    """Return what a workload takes; `passages_an_hour` as an archive has them, else by the rule that cuts them."""
    hours = workload.hours
    passages = hours * (passages_an_hour or CHARACTERS / _passage_length(profile))
    vectors = passages * profile.text.dimension * VECTOR
    weights, unknown = weights_on_gpu(profile)
    longest = min(profile.videos_in_flight, workload.videos) * hours / workload.videos
    return Needs(
        audio=hours * AUDIO,
        results=hours * RESULTS + vectors * KEPT_AS_TEXT,
        archive=hours * ROWS * INDEXED + vectors * KEPT_TWICE,
        gpu_memory=weights,
        unknown=unknown,
        memory=PROCESS + WAVEFORM * longest,
        usd=_price(profile, hours),
        looks=LOOKS * workload.videos,
        passages=round(passages),
    )


def _passage_length(profile: Profile) -> float:
    """Return the characters of a passage, midway between the least and the most that the rule allows."""
    return (profile.passages.min_chars + profile.passages.max_chars) / 2


def _price(profile: Profile, hours: float) -> float:
    if not isinstance(profile.text, OpenAi):
        return 0.0
    tokens = pricing.estimate_tokens(round(hours * CHARACTERS))
    return pricing.cost(tokens, profile.text.usd_per_million_tokens)
