"""Cut a recording into the clips that a recogniser decodes at once: speech found by Silero VAD, joined in place.

faster-whisper's own joining drops the pauses and then maps the times back; clips that stay contiguous need no map,
and keep the pauses that tell the model where a sentence ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from faster_whisper.vad import VadOptions, get_speech_timestamps

from whosaid.types import SAMPLE_RATE, Seconds, Span, Waveform

SHORTEST_PAUSE: Final = 160  # milliseconds; speech is not cut at a shorter one


def find_clips(waveform: Waveform, longest: Seconds) -> tuple[Span, ...]:
    """Return spans in time order that hold all speech and do not overlap, none longer than `longest` seconds."""
    options = VadOptions(max_speech_duration_s=longest, min_silence_duration_ms=SHORTEST_PAUSE)
    found = get_speech_timestamps(waveform, options)
    return join_spans((Span(each["start"] / SAMPLE_RATE, each["end"] / SAMPLE_RATE) for each in found), longest)


def join_spans(spans: Iterable[Span], longest: Seconds) -> tuple[Span, ...]:
    """Join neighbours, pauses included, as long as the result is at most `longest` seconds."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.end - joined[-1].start <= longest:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def in_order(words: Sequence[Span], within: Span) -> tuple[Span, ...]:
    """Return the spans of words moved, where needed, so that they lie within the clip and never run backwards.

    The aligner rounds clips up to whole seconds, so that last words may end behind their clip.
    """
    ordered: list[Span] = []
    clock = within.start
    for word in words:
        start = min(max(word.start, clock), within.end)
        clock = min(max(word.end, start), within.end)
        ordered.append(Span(start, clock))
    return tuple(ordered)
