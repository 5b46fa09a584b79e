"""Compose training windows for Whisper: several voices, pauses, overlaps, noise, and windows without speech."""

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from deployments.demo.studio import grammar
from deployments.demo.studio.speech import SAMPLE_RATE, Samples, say, training_voices

SPEECHLESS_SHARE = 0.06
FRAMES_PER_SECOND = 100
VOICES = training_voices()


@dataclass(frozen=True, slots=True)
class Sentence:
    """Place a sentence in a window, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Style:
    """Say how a window is filled: its length, how much of it is spoken, and how often voices run into each other."""

    seconds: float
    least_spoken: float
    overlaps: float


STYLES = {
    "short": Style(seconds=7.0, least_spoken=0.0, overlaps=0.0),
    "middle": Style(seconds=14.0, least_spoken=8.0, overlaps=0.1),
    "long": Style(seconds=30.0, least_spoken=3.0, overlaps=0.15),
}


def compose(rng: random.Random, style: Style) -> tuple[Samples, list[Sentence]]:
    """Fill one window with sentences of training voices over a little noise."""
    length = int(style.seconds * SAMPLE_RATE)
    sound = colour(rng, length) * 10 ** rng.uniform(-4.0, -2.3)
    if rng.random() < SPEECHLESS_SHARE:
        return sound * rng.choice((1.0, 10.0)) + hum(rng, length), []
    sentences = _speak_into(sound, rng, style)
    end = sentences[-1].end + rng.uniform(0.05, 0.8) if sentences else style.seconds
    return sound[: int(end * SAMPLE_RATE)], sentences


def colour(rng: random.Random, length: int) -> Samples:
    """Make room noise of unit level: white, or darker by a running mean."""
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(length + 16).astype(np.float32)
    width = rng.choice((1, 4, 16))
    return np.convolve(noise, np.ones(width, np.float32) / np.sqrt(width), "same")[:length].astype(np.float32)


def hum(rng: random.Random, length: int) -> Samples:
    """Make a few notes in a row, or now and then nothing."""
    time = np.arange(length, dtype=np.float32) / SAMPLE_RATE
    note = rng.choice((0.2, 0.5, 1.0))
    steps = np.random.default_rng(rng.getrandbits(32)).integers(0, 24, int(length / SAMPLE_RATE / note) + 1)
    frequency = 110 * 2 ** (steps[(time / note).astype(int)] / 12)
    level = rng.choice((0.0, 0.02, 0.1))
    return (level * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def _speak_into(sound: Samples, rng: random.Random, style: Style) -> list[Sentence]:
    voices = rng.sample(VOICES, rng.choice((1, 2, 3)))
    target = rng.uniform(style.least_spoken, style.seconds)
    sentences: list[Sentence] = []
    clock = rng.uniform(0.0, 0.5)
    while not sentences or clock < target:
        text = _choose_text(rng)
        speech = say(text, rng.choice(voices)) * 10 ** rng.uniform(-0.3, 0.2)
        if clock + len(speech) / SAMPLE_RATE > style.seconds:
            break
        sentences.append(_mix(sound, speech, text, clock))
        clock = max(0.0, sentences[-1].end + _pause(rng, style))
    return sentences


def _choose_text(rng: random.Random) -> str:
    if rng.random() < 0.15:
        return rng.choice(grammar.BACK_CHANNELS)
    return grammar.draw_training(rng, grammar.draw_topic(rng))


def _pause(rng: random.Random, style: Style) -> float:
    """Draw the seconds until the next sentence; below zero the voices overlap."""
    if rng.random() < style.overlaps:
        return rng.uniform(-0.45, 0.0)
    return rng.choice((rng.uniform(0.08, 0.5), rng.uniform(0.3, 1.2)))


def _mix(sound: Samples, speech: Samples, text: str, clock: float) -> Sentence:
    start = int(clock * SAMPLE_RATE)
    sound[start : start + len(speech)] += speech[: len(sound) - start]
    return Sentence(text, clock, clock + len(speech) / SAMPLE_RATE)


def write_shard(path: Path, style: Style, count: int, seed: int) -> None:
    """Write `count` windows: features (count, 80, frames) float16, frames in use, and the sentences as JSON."""
    rng, extract = random.Random(seed), FeatureExtractor()
    frames = int(style.seconds * FRAMES_PER_SECOND)
    features = np.zeros((count, 80, frames), np.float16)  # zero is what faster-whisper pads with
    sentences: list[list[Sentence]] = []
    for row in features:
        sound, spoken = compose(rng, style)
        mel = extract(np.clip(sound, -1, 1))[:, :-1][:, :frames]
        row[:, : mel.shape[1]] = mel
        sentences.append(spoken)
    np.save(path.with_suffix(".tmp.npy"), features)
    path.with_suffix(".json").write_text(json.dumps([[asdict(s) for s in spoken] for spoken in sentences]))
    path.with_suffix(".tmp.npy").rename(path)


def main() -> None:
    """Write shards of windows until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("style", choices=STYLES)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--windows", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seed, options.seed + options.shards):
        write_shard(options.folder / f"{options.style}-{seed:03}.npy", STYLES[options.style], options.windows, seed)


if __name__ == "__main__":
    main()
