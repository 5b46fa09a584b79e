"""Makes a voiceprint of what is heard in clips, or says what speaks against it. Pure.

Two voices in one voiceprint resemble everyone a little, and a hundred vectors compared by maximum accept everyone:
the clips must hold one voice, and that voice is one direction, or two where it sounds in two ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from whosaid.errors import EnrolmentError
from whosaid.types import Seconds, Span, Vectors, Voiceprint, VoiceVectors
from whosaid.voices.purity import CLEAR, Mask, PurityRule, direction, find_second_voice

LEAST_SPEECH: Final[Seconds] = 15.0
LEAST_STRETCHES: Final = 3
"""So that a voiceprint is not that of one sentence and its melody."""

TWO_VOICES: Final = PurityRule(shortest_voice=3.0)
"""A single window of another voice is enough to refuse the clips."""

TWO_MODES: Final = PurityRule(same_voice=0.7, shortest_voice=LEAST_SPEECH / 2)
"""One voice that sounds in two ways, each heard for long enough: two rooms, or two microphones."""

MOST_MODES: Final = 3
SAME: Final = 0.9999
"""Cosine from which two centroids are made of the same sound."""

_PLACES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class HeardClip:
    """The voice in a clip: windows of its speech, or the turns of a label of the archive."""

    name: str  # as it is kept with the voiceprint
    stretches: int  # of speech, or turns
    voices: VoiceVectors  # times from the start of the recording

    @property
    def seconds(self) -> Seconds:
        return sum(span.duration for span in self.voices.spans)


def make_voiceprint(speaker: str, clips: Sequence[HeardClip]) -> Voiceprint:
    """Return the voiceprint of the one voice in the clips; EnrolmentError, with the evidence, if there is none."""
    names = [clip.name for clip in clips]
    require_speech(names, sum(clip.seconds for clip in clips), sum(clip.stretches for clip in clips))
    voices = join(clips)
    _refuse_second_voice(clips, voices)
    similarity = self_similarity(voices)
    if similarity.mean() < TWO_VOICES.same_voice:
        raise EnrolmentError(
            f"{', '.join(names)}: no voice is heard throughout (mean cosine of the windows {similarity.mean():.2f}, "
            f"{TWO_VOICES.same_voice} is needed), so it is music, noise or many people: choose clips of one person"
        )
    seconds = _seconds(voices)
    centroids = np.stack([direction(voices.vectors[mode], seconds[mode]) for mode in _modes(voices)])
    return Voiceprint(
        speaker=speaker,
        model_key=voices.model_key,
        centroids=centroids.astype(np.float32),
        windows=len(voices.spans),
        seconds=float(seconds.sum()),
        clips=tuple(clip.name for clip in clips),
    )


def join(clips: Sequence[HeardClip]) -> VoiceVectors:
    """Return what is heard in all clips, in their order; the times are each clip's own."""
    heard = [clip.voices for clip in clips if clip.voices.spans]
    spans = tuple(span for voices in heard for span in voices.spans)
    return VoiceVectors(heard[0].model_key, spans, np.concatenate([voices.vectors for voices in heard]))


def self_similarity(voices: VoiceVectors) -> NDArray[np.float64]:
    """Return the cosine of each clear window to the rest of its mode, (windows,): leave one out."""
    seconds = _seconds(voices)
    found = [_leave_one_out(voices.vectors[mode], seconds[mode]) for mode in _modes(voices)]
    return np.concatenate(found)


def add(former: Voiceprint, new: Voiceprint) -> Voiceprint:
    """Return a voiceprint of both: each new centroid is averaged into the former one that it resembles, by seconds.

    One that resembles none becomes a mode of its own. EnrolmentError where it is another voice altogether, or heard
    in the same clips.
    """
    if known := sorted(set(former.clips) & set(new.clips)):
        raise EnrolmentError(f"{', '.join(known)} is in the voiceprint of {former.speaker} already: name other clips")
    likeness = float((former.centroids @ new.centroids.T).max())
    if likeness < TWO_VOICES.same_voice:
        raise EnrolmentError(
            f"the clips are another voice than that of {former.speaker} (cosine {likeness:.2f}, "
            f"{TWO_VOICES.same_voice} is needed): check the clips, or replace the voiceprint with --again"
        )
    return replace(
        former,
        centroids=_merge(former, new),
        windows=former.windows + new.windows,
        seconds=former.seconds + new.seconds,
        clips=former.clips + new.clips,
    )


def is_same(former: Voiceprint, new: Voiceprint) -> bool:
    """Say whether both are made of the same sound."""
    if former.centroids.shape != new.centroids.shape:
        return False
    return bool((np.sum(former.centroids * new.centroids, axis=1) >= SAME).all())


def _merge(former: Voiceprint, new: Voiceprint) -> Vectors:
    modes = list(former.centroids)
    for centroid in new.centroids:
        likeness = np.stack(modes) @ centroid
        nearest = int(likeness.argmax())
        if likeness[nearest] < TWO_MODES.same_voice and len(modes) < MOST_MODES:
            modes.append(centroid)
            continue
        weights = np.array([former.seconds / len(former.centroids), new.seconds / len(new.centroids)])
        modes[nearest] = direction(np.stack([modes[nearest], centroid]), weights).astype(np.float32)
    return np.stack(modes)


def require_speech(names: Sequence[str], seconds: Seconds, stretches: int) -> None:
    """Pass clips that hold speech enough for a voiceprint; EnrolmentError, with what is missing, for others."""
    of = ", ".join(names)
    if not stretches:
        raise EnrolmentError(f"{of}: no speech is heard, only silence, noise or music: choose other clips")
    if seconds < LEAST_SPEECH or stretches < LEAST_STRETCHES:
        raise EnrolmentError(
            f"{of}: {seconds:.1f} s of speech in {_stretches(stretches)}, and a voiceprint takes {LEAST_SPEECH:.0f} s "
            f"in {LEAST_STRETCHES}: add {_lack(seconds, stretches)} of the same voice"
        )


def _lack(seconds: Seconds, stretches: int) -> str:
    lacking = [f"{LEAST_SPEECH - seconds:.1f} s"] if seconds < LEAST_SPEECH else []
    lacking += [_stretches(LEAST_STRETCHES - stretches)] if stretches < LEAST_STRETCHES else []
    return " and ".join(lacking)


def _stretches(count: int) -> str:
    return f"{count} stretch" if count == 1 else f"{count} stretches"


def _refuse_second_voice(clips: Sequence[HeardClip], voices: VoiceVectors) -> None:
    second = find_second_voice(voices, TWO_VOICES)
    if second is None:
        return
    seconds = _seconds(voices)
    first, other = (direction(voices.vectors[part], seconds[part]) for part in (~second, second))
    raise EnrolmentError(
        f"two voices are heard: one for {seconds[~second].sum():.1f} s, another for {seconds[second].sum():.1f} s in "
        f"{_places(clips, second)} (cosine {float(first @ other):.2f}, {TWO_VOICES.same_voice} is one voice): "
        "choose clips of one person"
    )


def _places(clips: Sequence[HeardClip], second: Mask) -> str:
    """Tell where a second voice is heard: the first few stretches."""
    held = [(clip.name, span) for clip in clips for span in clip.voices.spans]
    stretches = list[tuple[str, Span]]()
    for (name, span), is_second in zip(held, second, strict=True):
        if is_second and stretches and stretches[-1][0] == name and span.start - stretches[-1][1].end < CLEAR:
            stretches[-1] = (name, Span(stretches[-1][1].start, span.end))
        elif is_second:
            stretches.append((name, span))
    told = [f"{name} at {span.start:.1f}-{span.end:.1f} s" for name, span in stretches[:_PLACES_SHOWN]]
    return ", ".join(told) + (", …" if len(stretches) > _PLACES_SHOWN else "")


def _modes(voices: VoiceVectors) -> tuple[Mask, ...]:
    """Return the windows of each mode; one mode unless two are told apart."""
    second = find_second_voice(voices, TWO_MODES)
    return (np.ones(len(voices.spans), bool),) if second is None else (~second, second)


def _leave_one_out(vectors: Vectors, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    weighted = vectors * seconds[:, None]
    rest = weighted.sum(axis=0) - weighted
    lengths = np.maximum(np.linalg.norm(rest, axis=1), 1e-9)
    found = np.sum(rest * vectors, axis=1) / lengths
    clear = seconds >= CLEAR
    return found[clear] if clear.any() else found


def _seconds(voices: VoiceVectors) -> NDArray[np.float64]:
    return np.array([span.duration for span in voices.spans])
