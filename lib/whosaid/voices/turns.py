"""The voice vectors of a recording: one for every window of every turn that is long enough to have one."""

from __future__ import annotations

from whosaid.types import SAMPLE_RATE, Diarization, Span, VoiceVectors, Waveform
from whosaid.voices import SHORTEST_SPAN, VoiceEmbedder
from whosaid.voices.windows import cut


def embed_turns(embedder: VoiceEmbedder, waveform: Waveform, diarization: Diarization, model_key: str) -> VoiceVectors:
    """Embed the windows of all turns in one call; turns shorter than `SHORTEST_SPAN` have none."""
    turns = [turn for turn in diarization.turns if turn.duration >= SHORTEST_SPAN]
    windows = [
        Span(window.start / SAMPLE_RATE, (window.start + window.length) / SAMPLE_RATE)
        for window in cut(turns, len(waveform))
    ]
    return VoiceVectors(model_key, tuple(windows), embedder.embed(waveform, windows))
