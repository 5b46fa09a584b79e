"""Score voices against each other as names are given, to set the demo's threshold for names.

    python -m deployments.demo.studio.naming --weights DIRECTORY

One voice of each variant of espeak-ng, none of them of the cast: an accent or a pitch alone makes no other person.
"""

import argparse
import random
from collections import defaultdict
from itertools import product
from pathlib import Path

import numpy as np

from deployments.demo.studio.grammar import draw_topic, draw_training
from deployments.demo.studio.speech import SAMPLE_RATE, Voice, say, training_voices
from whosaid.calibration import Comparison, Sample, compare
from whosaid.engines import Engines
from whosaid.trials import Trial, scores_of
from whosaid.types import Span
from whosaid.voices import Ecapa, VoiceEmbedder
from whosaid.weights import Weights, digest_of

SECONDS = 20.0  # on either side of a trial
SEED = 21
SHOWN = 5


def main() -> None:
    """Print the scores of one voice and of two, and the pairs that sound most alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    weights = parser.parse_args().weights
    spec = Ecapa(model="ecapa", revision=digest_of(weights / "ecapa"))
    with Engines(Weights(weights, offline=True)) as engines, engines.lease(spec) as embedder:
        spoken = [_speak(voice, embedder, random.Random(SEED)) for voice in _one_of_each_variant(random.Random(SEED))]
    trials = compare(_pair(spoken), spec.model_key, np.zeros((0, 0), np.float32))
    for genuine in (True, False):
        scores = scores_of(trials, genuine=genuine)
        print(f"genuine {genuine}: {len(scores)} from {min(scores):.3f} to {max(scores):.3f}")
    for trial in _most_alike(trials):
        print(f"{trial.voice} {trial.speaker} {trial.score:.3f}")


def _one_of_each_variant(rng: random.Random) -> list[Voice]:
    variants: dict[str, list[Voice]] = defaultdict(list)
    for voice in training_voices():
        variants[voice.variant].append(voice)
    return [rng.choice(variants[name]) for name in sorted(variants)]


def _speak(voice: Voice, embedder: VoiceEmbedder, rng: random.Random) -> tuple[Sample, Sample]:
    """Return what is heard of a voice in two recordings."""
    return _record(voice, embedder, rng), _record(voice, embedder, rng)


def _record(voice: Voice, embedder: VoiceEmbedder, rng: random.Random) -> Sample:
    sentences, seconds = [], 0.0
    while seconds < SECONDS:
        sentences.append(say(draw_training(rng, draw_topic(rng)), voice))
        seconds += len(sentences[-1]) / SAMPLE_RATE
    ends = np.cumsum([len(each) for each in sentences]) / SAMPLE_RATE
    spans = [Span(max(0.0, end - len(each) / SAMPLE_RATE), end) for end, each in zip(ends, sentences, strict=True)]
    vectors = embedder.embed(np.concatenate(sentences), spans)
    return Sample(voice.identity, vectors, np.array([span.duration for span in spans]))


def _pair(spoken: list[tuple[Sample, Sample]]) -> list[Comparison]:
    return [Comparison(one[0], other[1], genuine=one is other) for one, other in product(spoken, repeat=2)]


def _most_alike(trials: list[Trial]) -> list[Trial]:
    return sorted((trial for trial in trials if not trial.genuine), key=lambda trial: -trial.score)[:SHOWN]


if __name__ == "__main__":
    main()
