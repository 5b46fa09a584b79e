"""One voice or two: the split of mixed labels, and the gate that lets monologues pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from whosaid.types import Diarization, Span, Turn, VoiceVectors
from whosaid.voices.monologue import MonologueRule, judge, lay_windows
from whosaid.voices.purity import PurityRule, find_second_voice, purify

RULE = PurityRule(same_voice=0.5, shortest_voice=4.0)
DIMENSION = 32
HOST, GUEST = np.eye(DIMENSION)[0], np.eye(DIMENSION)[1]


def heard(*voices: tuple[np.ndarray, int], seconds: float = 2.0, noise: float = 0.1, seed: int = 0) -> VoiceVectors:
    """Make windows one after the other: so many of each voice, with as much noise in every dimension."""
    directions = np.concatenate([np.tile(voice, (count, 1)) for voice, count in voices])
    rows = directions + np.random.default_rng(seed).normal(0, noise, directions.shape)
    spans = tuple(Span(i * seconds, (i + 1) * seconds) for i in range(len(rows)))
    return VoiceVectors("m", spans, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


@pytest.mark.parametrize("seed", range(10))
def test_one_voice_is_not_taken_for_two(seed: int) -> None:
    """Noise alone, as large as the voice itself is likely to scatter, makes no second voice."""
    assert find_second_voice(heard((HOST, 40), noise=0.15, seed=seed), RULE) is None


@pytest.mark.parametrize("guests", [2, 5, 20])
def test_two_voices_are_told_apart(guests: int) -> None:
    """The windows of the voice heard less are returned, also where it is heard little."""
    second = find_second_voice(heard((HOST, 25), (GUEST, guests)), RULE)
    assert second is not None
    assert second.tolist() == [False] * 25 + [True] * guests


def test_less_than_the_shortest_voice_is_no_proof() -> None:
    """A cough of two seconds is no second voice."""
    assert find_second_voice(heard((HOST, 25), (GUEST, 1)), RULE) is None


def test_short_windows_prove_nothing_but_are_told_apart() -> None:
    """Windows below a second do not make a second voice; where there is one they go to the nearer."""
    assert find_second_voice(heard((HOST, 10), (GUEST, 10), seconds=0.5), RULE) is None
    long, short = heard((HOST, 5), (GUEST, 5)), heard((GUEST, 2), seconds=0.5)
    both = VoiceVectors("m", (*long.spans, *short.spans), np.concatenate([long.vectors, short.vectors]))
    second = find_second_voice(both, RULE)
    assert second is not None
    assert second[-2:].tolist() == second[5:7].tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_windows_are_one_voice(count: int) -> None:
    """Nothing can be compared."""
    assert find_second_voice(heard((HOST, count)), RULE) is None


def labelled(*turns: tuple[float, float, str]) -> tuple[Turn, ...]:
    return tuple(Turn(*turn) for turn in turns)


def test_a_label_of_two_voices_is_split_between_their_windows() -> None:
    """A turn that holds both is cut halfway between the windows where the voice changes."""
    voices = heard((HOST, 4), (GUEST, 3))
    assert purify(Diarization(labelled((0, 14, "SPEAKER_00"))), voices, RULE) == Diarization(
        labelled((0, 8, "SPEAKER_00"), (8, 14, "SPEAKER_01"))
    )


def test_a_part_that_is_another_labels_voice_joins_it() -> None:
    """A guest whose windows went to the host's label goes back to the guest's own label."""
    voices = heard((HOST, 4), (GUEST, 3), (GUEST, 5))
    mixed = Diarization(labelled((0, 14, "SPEAKER_00"), (14, 24, "SPEAKER_01")))
    assert purify(mixed, voices, RULE).turns == labelled(
        (0, 8, "SPEAKER_00"), (8, 14, "SPEAKER_01"), (14, 24, "SPEAKER_01")
    )


def test_three_voices_in_a_label_become_three_labels() -> None:
    """What is split off, and what is left, is looked at again."""
    third = np.eye(DIMENSION)[2]
    voices = heard((HOST, 6), (GUEST, 5), (third, 4))
    turns = purify(Diarization(labelled((0, 30, "SPEAKER_00"))), voices, RULE).turns
    assert [(turn.start, turn.end) for turn in turns] == [(0, 12), (12, 22), (22, 30)]
    assert {turn.label for turn in turns} == {"SPEAKER_00", "SPEAKER_01", "SPEAKER_02"}


def test_turns_as_heard_follow_the_split() -> None:
    """The layer with overlaps has the same labels at the same times; other labels stay as they were."""
    voices = heard((HOST, 4), (GUEST, 3))
    before = Diarization(labelled((0, 14, "SPEAKER_00")), labelled((0, 14, "SPEAKER_00"), (3, 5, "SPEAKER_07")))
    assert purify(before, voices, RULE).overlapping == labelled(
        (0, 8, "SPEAKER_00"), (8, 14, "SPEAKER_01"), (3, 5, "SPEAKER_07")
    )


def test_pure_labels_stay_as_they_are() -> None:
    """Nothing to split gives the very same diarization, also where nobody speaks or no turn has a vector."""
    diarization = Diarization(labelled((0, 8, "SPEAKER_00"), (8, 14, "SPEAKER_01"), (14, 14.1, "SPEAKER_02")))
    assert purify(diarization, heard((HOST, 4), (GUEST, 3)), RULE) == diarization
    assert purify(Diarization(()), heard((HOST, 0)), RULE) == Diarization(())
    assert purify(diarization, heard((HOST, 0)), RULE) == diarization


GATE = MonologueRule()


def gate(speech: Sequence[Span], host_until: float, guest_until: float) -> bool:
    """Say whether a recording passes in which the guest speaks between two moments."""
    windows = lay_windows(speech, GATE)
    rows = [GUEST if host_until <= window.middle < guest_until else HOST for window in windows]
    vectors = np.array(rows, np.float32).reshape(-1, DIMENSION)
    return judge(speech, VoiceVectors("m", windows, vectors), GATE).diarization is not None


SPEECH = (Span(0, 70), Span(71, 100), Span(110, 240))


def test_a_monologue_passes_with_its_speech_as_turns() -> None:
    """All of the speech is one voice's."""
    assert gate(SPEECH, 0, 0)
    windows = lay_windows(SPEECH, GATE)
    told = judge(SPEECH, VoiceVectors("m", windows, np.tile(HOST, (len(windows), 1)).astype(np.float32)), GATE)
    assert told.diarization == Diarization(labelled(*((span.start, span.end, "SPEAKER_00") for span in SPEECH)))
    assert told.agreement == pytest.approx(1)


@pytest.mark.parametrize(("begin", "end"), [(35, 240), (0, 35), (120, 132), (230, 240), (90, 97)])
def test_a_second_voice_anywhere_does_not_pass(begin: float, end: float) -> None:
    """Be it that the host opens, closes, or is interrupted for some seconds in the middle."""
    assert not gate(SPEECH, begin, end)


def test_windows_lie_over_the_whole_of_the_speech() -> None:
    """From the first moment to the last, none outside of speech, none farther apart than the hop."""
    windows = lay_windows(SPEECH, GATE)
    assert windows[0].start == 0
    assert windows[-1].end == 240
    for span in SPEECH:
        inside = [window for window in windows if span.start <= window.start and window.end <= span.end]
        starts = [window.start for window in inside]
        assert (starts[0], inside[-1].end) == (span.start, span.end)
        assert max(np.diff(starts)) <= GATE.hop
    assert sum(span.overlap(window) for span in SPEECH for window in windows) == pytest.approx(
        sum(window.duration for window in windows)
    )


def test_what_cannot_be_judged_takes_the_full_path() -> None:
    """A gate that is off, too little speech, none at all: nothing is compared and nothing passes."""
    assert lay_windows(SPEECH, MonologueRule(enabled=False)) == ()
    assert lay_windows((Span(0, 12),), GATE) == ()
    assert lay_windows((), GATE) == ()
    assert judge((), VoiceVectors("m", (), np.zeros((0, 0), np.float32)), GATE).diarization is None
