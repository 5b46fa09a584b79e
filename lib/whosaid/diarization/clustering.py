"""Diarization from parts that need no gated weights: Silero VAD, voice vectors of short windows, clustering.

One voice at a time: where two speak at once, the louder one has the turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Self

import numpy as np

from whosaid.diarization import Clustering
from whosaid.diarization.grouping import assign, group
from whosaid.diarization.turns import Stretch, make_diarization
from whosaid.engines import Engines, Host
from whosaid.types import Diarization, Seconds, Span, Waveform
from whosaid.vad import find_speech
from whosaid.voices import SHORTEST_SPAN, VoiceEmbedder

COARSE: Final[tuple[Seconds, Seconds]] = (1.5, 0.75)  # window and hop that find the voices
FINE: Final[tuple[Seconds, Seconds]] = (1.0, 0.2)  # window and hop that place their borders
MOST_WINDOWS: Final = 5_000  # clustered; the distances of more, an hour and over, would fill the memory


@dataclass(slots=True)
class ClusteringDiarizer:
    """Finds the voices in coarse windows, then gives every fine window to the nearest of them."""

    spec: Clustering
    engines: Engines
    device: str

    @classmethod
    def load(cls, spec: Clustering, host: Host) -> Self:
        """Return the diarizer of a spec; the voice embedder is leased for each recording."""
        with host.engines.lease(spec.voices) as embedder:
            return cls(spec, host.engines, embedder.device)

    def diarize(self, waveform: Waveform) -> Diarization:
        """Return the turns of a recording, none where nobody speaks."""
        speech = [span for span in find_speech(waveform) if span.duration >= SHORTEST_SPAN]
        if not speech:
            return Diarization(())
        with self.engines.lease(self.spec.voices) as embedder:
            return make_diarization(self._separate(embedder, waveform, speech))

    def close(self) -> None:
        """Nothing is held: the voice embedder belongs to the engines."""

    def _separate(self, embedder: VoiceEmbedder, waveform: Waveform, speech: Sequence[Span]) -> list[Stretch]:
        coarse = [window for span in speech for window in slide(span, *COARSE)]
        thinned = coarse[:: len(coarse) // MOST_WINDOWS + 1]
        least = round(self.spec.shortest_voice / COARSE[1])
        voices = group(embedder.embed(waveform, thinned), self.spec.threshold, least)
        fine = [slide(span, *FINE) for span in speech]
        vectors = embedder.embed(waveform, [window for windows in fine for window in windows])
        ends = np.cumsum([len(windows) for windows in fine])[:-1]
        labelled = zip(speech, fine, np.split(vectors, ends), strict=True)
        return [each for span, windows, rows in labelled for each in label(span, windows, assign(rows, voices))]


def slide(span: Span, length: Seconds, hop: Seconds) -> list[Span]:
    """Slide a window over a span, the last one flush with its end; a shorter span is one window."""
    if span.duration <= length:
        return [span]
    starts = [*np.arange(span.start, span.end - length, hop), span.end - length]
    return [Span(float(start), float(start) + length) for start in starts]


def label(span: Span, windows: Sequence[Span], voices: Sequence[int]) -> Iterable[Stretch]:
    """Cut a span halfway between the middles of windows of two voices; neighbours of one voice are one stretch."""
    start = span.start
    for voice, run in groupby(range(len(windows)), key=lambda index: voices[index]):
        last = max(run)
        following = windows[last + 1].middle if last + 1 < len(windows) else None
        end = span.end if following is None else (windows[last].middle + following) / 2
        yield Stretch(start, end, voice)
        start = end
