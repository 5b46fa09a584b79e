"""The voice vectors of a recording: one for each turn that is long enough to have one."""

from __future__ import annotations

from whosaid.types import Diarization, VoiceVectors, Waveform
from whosaid.voices import SHORTEST_SPAN, VoiceEmbedder


def embed_turns(embedder: VoiceEmbedder, waveform: Waveform, diarization: Diarization, model_key: str) -> VoiceVectors:
    """Embed all turns of a recording in one call; turns shorter than `SHORTEST_SPAN` have no vector."""
    long_enough = tuple(i for i, turn in enumerate(diarization.turns) if turn.duration >= SHORTEST_SPAN)
    vectors = embedder.embed(waveform, [diarization.turns[i] for i in long_enough])
    return VoiceVectors(model_key, long_enough, vectors)
