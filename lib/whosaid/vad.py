"""Voice activity: where in a recording somebody speaks, by the Silero model that faster-whisper carries."""

from __future__ import annotations

from typing import Any, Final

from faster_whisper.vad import VadOptions, get_speech_timestamps

from whosaid.errors import EngineError
from whosaid.types import SAMPLE_RATE, Span, Waveform

SPEECH: Final = VadOptions(min_silence_duration_ms=300, min_speech_duration_ms=100, speech_pad_ms=30)


def find_speech(waveform: Waveform) -> tuple[Span, ...]:
    """Return the stretches of speech in time order; EngineError where the model fails on the recording."""
    try:
        found: list[dict[str, Any]] = get_speech_timestamps(waveform, SPEECH) if len(waveform) else []
    except RuntimeError as e:
        raise EngineError(f"voice activity detection failed on this recording ({e}): check its sound") from e
    return tuple(Span(each["start"] / SAMPLE_RATE, each["end"] / SAMPLE_RATE) for each in found)
