"""Cut a recording into the clips that a recogniser decodes at once: speech found by Silero VAD, joined in place.

faster-whisper's own joining drops the pauses and then maps the times back; clips that stay contiguous need no map,
and keep the pauses that tell the model where a sentence ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from faster_whisper.vad import VadOptions, get_speech_timestamps

from whosaid.types import SAMPLE_RATE, Seconds, Span, Waveform

SHORTEST_PAUSE: Final = 160  # milliseconds; speech is not cut at a shorter one
MARGIN: Final[Seconds] = 0.4  # of sound before and after speech, where there is so much


@dataclass(frozen=True, slots=True)
class Clip(Span):
    """A stretch to decode at once, and where in it somebody speaks."""

    speech: tuple[Span, ...]


def find_clips(waveform: Waveform, longest: Seconds) -> tuple[Clip, ...]:
    """Return clips in time order that hold all speech and do not overlap, none longer than `longest` seconds."""
    spoken = longest - 2 * MARGIN
    options = VadOptions(max_speech_duration_s=spoken, min_silence_duration_ms=SHORTEST_PAUSE, speech_pad_ms=0)
    found = get_speech_timestamps(waveform, options)
    speech = [Span(each["start"] / SAMPLE_RATE, each["end"] / SAMPLE_RATE) for each in found]
    return tuple(add_margins(tuple(join_speech(speech, spoken)), len(waveform) / SAMPLE_RATE))


def join_speech(speech: Sequence[Span], longest: Seconds) -> Iterator[Clip]:
    """Join neighbours, pauses included, up to `longest` seconds; part them where the pause is widest.

    Looking for it in the second half of what fits keeps the clips long, and so few.
    """
    rest = list(speech)
    while rest:
        count = _count_fitting(rest, longest)
        if count < len(rest):
            count = _find_widest_pause(rest[: count + 1], rest[0].start + longest / 2)
        yield Clip(rest[0].start, rest[count - 1].end, tuple(rest[:count]))
        del rest[:count]


def add_margins(clips: Sequence[Clip], duration: Seconds) -> Iterator[Clip]:
    """Widen clips by `MARGIN` on both sides, or by half of the pause where two clips would run into each other."""
    middles = [(before.end + after.start) / 2 for before, after in pairwise(clips)]
    for clip, earliest, latest in zip(clips, [0.0, *middles], [*middles, duration], strict=False):
        yield Clip(max(earliest, clip.start - MARGIN), min(latest, clip.end + MARGIN), clip.speech)


def fit_words(words: Sequence[Span], clip: Clip) -> tuple[Span, ...]:
    """Return the spans of words in order, within the clip, and without the pauses that the aligner gave them."""
    return tuple(cut_pauses(word, clip.speech) for word in in_order(words, clip))


def cut_pauses(word: Span, speech: Sequence[Span]) -> Span:
    """Return the part of a word in the stretch of speech that it shares most with.

    Attention runs ahead of the sound: a word that lies in a pause belongs to where the speech goes on.
    """
    touched = [span for span in speech if span.start <= word.end and word.start <= span.end]
    if not touched:
        following = next((span.start for span in speech if span.start > word.end), speech[-1].end)
        return Span(following, following)
    best = max(touched, key=word.overlap)
    return Span(max(word.start, best.start), min(word.end, best.end))


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


def _count_fitting(speech: Sequence[Span], longest: Seconds) -> int:
    fitting = sum(1 for span in speech if span.end - speech[0].start <= longest)
    return max(1, fitting)


def _find_widest_pause(speech: Sequence[Span], earliest: Seconds) -> int:
    """Return how many spans come before the widest pause, of those that begin at `earliest` or later."""
    pauses = [(before.gap(after), count) for count, (before, after) in enumerate(pairwise(speech), start=1)]
    late = [pause for pause in pauses if speech[pause[1] - 1].end >= earliest]
    return max(late or pauses[-1:])[1]
