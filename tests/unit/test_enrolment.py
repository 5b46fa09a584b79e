"""A voiceprint is one voice, heard for long enough; anything else is refused with the evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from whosaid.errors import EnrolmentError
from whosaid.types import Span, Vectors, VoiceVectors
from whosaid.voices.enrolment import HeardClip, add, is_same, join, make_voiceprint, self_similarity

DIMENSION = 32
ADA, BOB = np.eye(DIMENSION, dtype=np.float32)[:2]


def windows(direction: Vectors, count: int, noise: float = 0.05, seed: int = 0) -> Vectors:
    rows = direction + np.random.default_rng(seed).normal(0, noise, (count, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def clip(vectors: Vectors, name: str = "a.wav", turns: int = 3, length: float = 3.0) -> HeardClip:
    spans = tuple(Span(i * 10.0, i * 10.0 + length) for i in range(len(vectors)))
    return HeardClip(name, turns, VoiceVectors("model", spans, vectors))


def between(cosine: float) -> Vectors:
    """Return Ada's voice as it sounds elsewhere: at that cosine to hers."""
    return (cosine * ADA + np.sqrt(1 - cosine**2) * BOB).astype(np.float32)


def test_a_voiceprint_is_the_mean_direction() -> None:
    """One centroid of length 1, with what it is made of."""
    made = make_voiceprint("Ada", [clip(windows(ADA, 6)), clip(windows(ADA, 2, seed=1), "b.wav", 1)])
    assert made.centroids.shape == (1, DIMENSION)
    assert np.linalg.norm(made.centroids[0]) == pytest.approx(1)
    assert made.centroids[0] @ ADA > 0.99
    assert (made.speaker, made.model_key, made.clips) == ("Ada", "model", ("a.wav", "b.wav"))
    assert (made.windows, made.seconds) == (8, 24.0)


def test_a_voice_that_sounds_in_two_ways_has_two_centroids() -> None:
    """Two microphones: closer than two people, farther than one recording."""
    made = make_voiceprint("Ada", [clip(windows(ADA, 5, 0.02)), clip(windows(between(0.6), 5, 0.02))])
    assert made.centroids.shape == (2, DIMENSION)
    assert {round(float(each @ ADA), 1) for each in made.centroids} == {1.0, 0.6}


@pytest.mark.parametrize(
    ("vectors", "turns", "says"),
    [
        (windows(ADA, 0), 0, "no speech is heard"),
        (windows(ADA, 3), 3, "9.0 s of speech in 3 stretches.*add 6.0 s of the same voice"),
        (windows(ADA, 6), 2, "18.0 s of speech in 2 stretches.*add 1 stretch of"),
        (windows(ADA, 1), 1, "add 12.0 s and 2 stretches"),
        (np.concatenate([windows(ADA, 6), windows(BOB, 2)]), 3, r"18.0 s, another for 6.0 s in a.wav at 60.0-63.0 s"),
        (np.eye(DIMENSION, dtype=np.float32)[:9], 3, "two voices|no voice is heard throughout"),
        (windows(ADA, 8, 0.4), 3, "two voices|no voice is heard throughout"),
    ],
)
def test_what_is_no_voiceprint_is_refused(vectors: Vectors, turns: int, says: str) -> None:
    """Silence, too little, too few stretches, two voices, no voice at all: each says what it is."""
    with pytest.raises(EnrolmentError, match=says) as refused:
        make_voiceprint("Ada", [clip(vectors, turns=turns)])
    assert "\n" not in str(refused.value)


def test_the_second_voice_is_told_with_its_likeness() -> None:
    """How long, where, and how alike: what one needs to find it."""
    with pytest.raises(EnrolmentError, match=r"cosine -?0\.\d+, 0\.5 is one voice") as refused:
        make_voiceprint("Ada", [clip(windows(ADA, 6)), clip(windows(BOB, 3), "bob.wav")])
    assert "bob.wav at 0.0-3.0 s, bob.wav at 10.0-13.0 s" in str(refused.value)


def test_self_similarity_leaves_the_window_out() -> None:
    """Two windows at right angles are nothing like each other, though each is half of their mean."""
    apart = join([clip(np.stack([ADA, BOB]))])
    assert self_similarity(apart) == pytest.approx([0, 0], abs=1e-6)
    assert self_similarity(join([clip(np.stack([ADA, ADA]))])) == pytest.approx([1, 1])


def test_adding_averages_what_is_alike_by_seconds() -> None:
    """Three times as many seconds weigh three times as much."""
    long, short = (make_voiceprint("Ada", [clip(windows(ADA, n, 0.0), f"{n}.wav")]) for n in (18, 6))
    tilted = replace(short, centroids=between(0.8)[None])
    both = add(long, tilted)
    expected = 3 * ADA + between(0.8)
    assert both.centroids[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert (both.windows, both.seconds, both.clips) == (24, 72.0, ("18.wav", "6.wav"))


def test_adding_keeps_what_sounds_otherwise_apart() -> None:
    """Another microphone becomes a mode; another voice, or the same clip, is refused."""
    ada = make_voiceprint("Ada", [clip(windows(ADA, 6, 0.0))])
    elsewhere = replace(ada, centroids=between(0.6)[None], clips=("b.wav",))
    assert len(add(ada, elsewhere).centroids) == 2
    with pytest.raises(EnrolmentError, match="another voice than that of Ada"):
        add(ada, replace(elsewhere, centroids=BOB[None]))
    with pytest.raises(EnrolmentError, match=r"a\.wav is in the voiceprint"):
        add(ada, replace(elsewhere, clips=("a.wav",)))


def test_the_same_sound_is_known_again() -> None:
    """Equal vectors are the same sound, under whatever name; other windows of the same voice are not."""
    one = make_voiceprint("Ada", [clip(windows(ADA, 6))])
    assert is_same(one, make_voiceprint("Ada", [clip(windows(ADA, 6), "copy.wav")]))
    assert not is_same(one, make_voiceprint("Ada", [clip(windows(ADA, 6, seed=1))]))
