"""Keep the utterances that the voice models train on: training voices only, sorted by who is heard."""

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from deployments.demo.studio.grammar import BACK_CHANNELS, draw_topic, draw_training
from deployments.demo.studio.speech import Samples, Voice, say, training_voices

VoiceBank: TypeAlias = dict[str, list[Samples]]

SEED = 7
SPEAKERS = 240
UTTERANCES = 9  # of each speaker
BACK_CHANNEL_SHARE = 0.2


def open_voice_bank(path: Path) -> VoiceBank:
    """Read the bank, speaking it first where the file is not there yet."""
    if not path.exists():
        _write(path, _speak(random.Random(SEED)))
    return _read(path)


def draw_speakers(rng: random.Random, bank: VoiceBank, count: int) -> list[str]:
    """Draw speakers whose variants differ: espeak's pitch and accent alone make no other person."""
    tellable = {_variant(identity): identity for identity in rng.sample(sorted(bank), len(bank))}
    return rng.sample(sorted(tellable.values()), count)


def _variant(identity: str) -> str:
    """Read the vocal tract out of accent+variant/pitch."""
    return identity.partition("+")[2].partition("/")[0]


def _speak(rng: random.Random) -> Iterator[tuple[str, Samples]]:
    voices = _voices_by_speaker()
    for speaker in rng.sample(sorted(voices), SPEAKERS):
        for _ in range(UTTERANCES):
            yield speaker, say(_draw_sentence(rng), rng.choice(voices[speaker]))


def _voices_by_speaker() -> dict[str, list[Voice]]:
    speakers: dict[str, list[Voice]] = defaultdict(list)
    for voice in training_voices():
        speakers[voice.identity].append(voice)
    return speakers


def _draw_sentence(rng: random.Random) -> str:
    if rng.random() < BACK_CHANNEL_SHARE:
        return rng.choice(BACK_CHANNELS)
    return draw_training(rng, draw_topic(rng))


def _write(path: Path, spoken: Iterator[tuple[str, Samples]]) -> None:
    """Store 16-bit samples, one array an utterance, named identity/number."""
    arrays = {f"{speaker}/{number}": (sound * 32767).astype("<i2") for number, (speaker, sound) in enumerate(spoken)}
    np.savez(path, allow_pickle=False, **arrays)


def _read(path: Path) -> VoiceBank:
    bank: VoiceBank = defaultdict(list)
    with np.load(path, allow_pickle=False) as stored:
        for name in stored.files:
            bank[name.rpartition("/")[0]].append(stored[name].astype(np.float32) / 32768)
    return bank
