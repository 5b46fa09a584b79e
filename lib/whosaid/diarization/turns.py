"""Makes a diarization of labelled stretches: labels by first appearance, turns in time order. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from whosaid.types import Diarization, Seconds, Turn


class Stretch(NamedTuple):
    """A labelled stretch as an engine gives it; the label may be anything."""

    start: Seconds
    end: Seconds
    label: Hashable


def make_diarization(exclusive: Iterable[Stretch], overlapping: Iterable[Stretch] = ()) -> Diarization:
    """Return a diarization whose labels are SPEAKER_00, SPEAKER_01, … in order of first appearance.

    Empty stretches are left out. Who is only heard over others is numbered last.
    """
    apart, together = _in_order(exclusive), _in_order(overlapping)
    voices = dict.fromkeys(stretch.label for stretch in (*apart, *together))
    names = {voice: f"SPEAKER_{number:02d}" for number, voice in enumerate(voices)}
    return Diarization(_name(apart, names), _name(together, names))


def _in_order(stretches: Iterable[Stretch]) -> list[Stretch]:
    return sorted((each for each in stretches if each.end > each.start), key=lambda each: (each.start, each.end))


def _name(stretches: Iterable[Stretch], names: dict[Hashable, str]) -> tuple[Turn, ...]:
    return tuple(Turn(each.start, each.end, names[each.label]) for each in stretches)
