"""Unknown voices are linked across recordings, and their numbers stay."""

from __future__ import annotations

import numpy as np
import pytest

from whosaid.types import Calibration, Vectors
from whosaid.voices.linking import centroids_of, link, number

DIMENSION = 64
RULE = Calibration("model", threshold=0.5)


def voices(who: list[int], noise: float = 0.05, seed: int = 0) -> Vectors:
    rows = np.eye(DIMENSION)[who] + np.random.default_rng(seed).normal(0, noise, (len(who), DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def groups(found: list[int]) -> set[frozenset[int]]:
    return {frozenset(i for i, each in enumerate(found) if each == voice) for voice in set(found)}


def strangers(count: int) -> Vectors:
    rows = np.random.default_rng(9).normal(size=(count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("rule", [RULE, Calibration("model", threshold=4.0, cohort=strangers(200))])
def test_a_voice_is_found_in_all_of_its_recordings(rule: Calibration) -> None:
    """By cosines, and by scores that are normalised with a cohort."""
    who = [0, 1, 2, 0, 1, 0]
    found = link([1, 1, 1, 2, 2, 3], voices(who), np.arange(1.0, 7.0), rule)
    assert groups(found) == groups(who)


def test_two_labels_of_one_recording_are_two_voices() -> None:
    """However alike they are: the diarizer heard both at once."""
    assert len(set(link([1, 1, 1], voices([0, 0, 0], 0.0), np.ones(3), RULE))) == 3
    found = link([1, 1, 2], voices([0, 0, 0], 0.01), np.array([9.0, 5.0, 1.0]), RULE)
    assert found[0] != found[1]
    assert found[2] in found[:2]


def test_nothing_to_link_is_no_trouble() -> None:
    """An archive in which everybody has a name."""
    assert link([], np.zeros((0, 0), np.float32), np.zeros(0), RULE) == []
    assert number([], [], centroids_of([], np.zeros((0, 8), np.float32), np.zeros(0)), {}, RULE) == []


def numbered(found: list[int], had: list[int | None], remembered: dict[int, Vectors] | None = None) -> list[int | None]:
    """Return the number of each label."""
    vectors = voices(found)
    centroids = centroids_of(found, vectors, np.ones(len(found)))
    numbers = number(found, had, centroids, remembered or {}, RULE)
    return [numbers[voice] for voice in found]


def test_numbers_stay_and_new_voices_have_none() -> None:
    """What had a number keeps it, whatever came before it in this run."""
    assert numbered([0, 1, 2, 1], [7, None, 3, 5]) == [7, 5, 3, 5]
    assert numbered([0, 1], [None, 2]) == [None, 2]


def test_voices_that_turn_out_to_be_one_keep_the_lowest_number() -> None:
    """And a voice that turns out to be two leaves the number to where most of its labels are."""
    assert numbered([0, 0, 0], [9, 4, 9]) == [4, 4, 4]
    assert numbered([0, 1, 1], [4, 4, 4]) == [None, 4, 4]


def test_a_voice_is_known_again_when_its_rows_were_replaced() -> None:
    """A republished video comes without numbers; the voice has its own again, and nobody else's."""
    remembered = {3: voices([0])[0], 8: voices([5])[0], 9: voices([1], seed=2)[0]}
    assert numbered([0, 1, 2], [None, None, None], remembered) == [3, 9, None]
    assert numbered([0, 1], [3, None], {3: voices([1])[0]}) == [3, None]


def test_one_remembered_number_goes_to_one_voice() -> None:
    """The most alike takes it."""
    near, far = voices([0], 0.01)[0], (0.8 * np.eye(DIMENSION)[0] + 0.6 * np.eye(DIMENSION)[1]).astype(np.float32)
    assert number([0, 1], [None, None], np.stack([far, near]), {2: voices([0], 0.0)[0]}, RULE) == [None, 2]


def test_thousands_of_labels_are_linked() -> None:
    """5,000 labels of 300 voices, each its own group."""
    who = np.random.default_rng(1).integers(0, 300, 5000)
    base = strangers_in(192, 300)
    rows = base[who] + np.random.default_rng(2).normal(0, 0.03, (5000, 192))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = link(range(5000), rows, np.random.default_rng(3).random(5000) + 1, RULE)
    assert len(set(found)) == len(set(zip(found, who.tolist(), strict=True))) == len(set(who.tolist()))


def strangers_in(dimension: int, count: int) -> Vectors:
    rows = np.random.default_rng(4).normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
