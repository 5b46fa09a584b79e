"""Simulate conversations of training voices with exact labels: pauses, back-channels, overlaps, noise and music."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from deployments.demo.studio.speech import SAMPLE_RATE, Samples
from deployments.demo.studio.voicebank import VoiceBank, draw_speakers
from deployments.demo.studio.windows import colour, hum

Utter: TypeAlias = Callable[[str], Samples]
"""Give the next utterance of a speaker."""

MOST_SPEAKERS = 3
SHORT = 1.1  # seconds; an utterance up to this length serves as a back-channel
TRIES = 5  # to find such an utterance
SPEECHLESS_SHARE = 0.08  # of the conversations
INTERLUDE_SHARE = 0.08  # of the changes of turn
BACK_CHANNEL_SHARE = 0.35  # of the utterances, while somebody listens


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One utterance in its place, in seconds."""

    start: float
    end: float
    speaker: str


@dataclass(slots=True)
class Conversation:
    """A recording in the making and who speaks when in it, by start."""

    samples: Samples
    turns: list[SpokenTurn] = field(default_factory=list[SpokenTurn])

    @property
    def seconds(self) -> float:
        """The length of the recording."""
        return len(self.samples) / SAMPLE_RATE

    def place(self, speech: Samples, start: float, speaker: str) -> float:
        """Add an utterance at a time, cut where the recording ends; return the time at which it is over."""
        offset = int(start * SAMPLE_RATE)
        fitting = speech[: max(0, len(self.samples) - offset)]
        self.samples[offset : offset + len(fitting)] += fitting
        end = start + len(fitting) / SAMPLE_RATE
        if len(fitting):
            self.turns.append(SpokenTurn(start, end, speaker))
        return end

    def crop(self, start: float, seconds: float) -> "Conversation":
        """Cut out a stretch; times count from its start."""
        first = int(start * SAMPLE_RATE)
        moved = [
            SpokenTurn(max(0.0, turn.start - start), min(seconds, turn.end - start), turn.speaker)
            for turn in self.turns
            if turn.end > start and turn.start < start + seconds
        ]
        return Conversation(self.samples[first : first + int(seconds * SAMPLE_RATE)], moved)


def draw_conversation(rng: random.Random, bank: VoiceBank, seconds: float) -> Conversation:
    """Draw a conversation of one to three speakers of the bank."""
    speakers = draw_speakers(rng, bank, rng.choice((1, 2, 2, MOST_SPEAKERS, MOST_SPEAKERS)))
    return converse(rng, speakers, lambda speaker: rng.choice(bank[speaker]), seconds)


def converse(rng: random.Random, speakers: list[str], utter: Utter, seconds: float) -> Conversation:
    """Let speakers take turns over noise until the time is up; now and then nobody speaks at all."""
    conversation = Conversation(draw_background(rng, int(seconds * SAMPLE_RATE)))
    if rng.random() < SPEECHLESS_SHARE:
        conversation.samples += hum(rng, len(conversation.samples))
        return conversation
    gains = {speaker: 10 ** rng.uniform(-0.3, 0.15) for speaker in speakers}
    _take_turns(conversation, rng, speakers, lambda speaker: utter(speaker) * np.float32(gains[speaker]))
    conversation.turns.sort(key=lambda turn: turn.start)
    return conversation


def draw_background(rng: random.Random, length: int) -> Samples:
    """Draw the noise of a room, from hardly any to plain."""
    return (colour(rng, length) * 10 ** rng.uniform(-4.3, -2.2)).astype(np.float32)


def _take_turns(conversation: Conversation, rng: random.Random, speakers: list[str], utter: Utter) -> None:
    clock, speaker = rng.uniform(0.0, 1.5), rng.choice(speakers)
    while clock < conversation.seconds:
        clock = _hold_the_floor(conversation, rng, clock, speaker, speakers, utter)
        if rng.random() < INTERLUDE_SHARE:
            clock = _play_interlude(conversation, rng, clock)
        speaker = rng.choice([other for other in speakers if other != speaker] or speakers)
        clock = max(0.0, clock + _draw_change(rng))


def _hold_the_floor(
    conversation: Conversation, rng: random.Random, clock: float, speaker: str, speakers: list[str], utter: Utter
) -> float:
    """Speak one to four utterances in a row; another may slip a back-channel into one of them."""
    listeners = [other for other in speakers if other != speaker]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        start, clock = clock, conversation.place(utter(speaker), clock, speaker)
        if listeners and rng.random() < BACK_CHANNEL_SHARE:
            _slip_in(conversation, rng, start, clock, rng.choice(listeners), utter)
        clock += rng.choice((rng.uniform(0.08, 0.4), rng.uniform(0.2, 0.9)))
    return clock


def _slip_in(
    conversation: Conversation, rng: random.Random, start: float, end: float, listener: str, utter: Utter
) -> None:
    replies = (utter(listener) for _ in range(TRIES))
    reply = next((reply for reply in replies if len(reply) <= SHORT * SAMPLE_RATE), None)
    if reply is not None and end - start > len(reply) / SAMPLE_RATE:
        conversation.place(reply, rng.uniform(start, end - len(reply) / SAMPLE_RATE), listener)


def _play_interlude(conversation: Conversation, rng: random.Random, clock: float) -> float:
    """Play a few seconds of music or loud noise between two turns; both fade into silence at once."""
    length = min(int(rng.uniform(0.8, 4.0) * SAMPLE_RATE), len(conversation.samples) - int(clock * SAMPLE_RATE))
    if length <= 0:
        return clock
    loud = colour(rng, length) * 10 ** rng.uniform(-2.5, -1.3) if rng.random() < 0.4 else hum(rng, length)
    offset = int(clock * SAMPLE_RATE)
    conversation.samples[offset : offset + length] += loud
    return clock + length / SAMPLE_RATE


def _draw_change(rng: random.Random) -> float:
    """Draw the seconds between two speakers beyond the pause of the first; below zero they overlap."""
    if rng.random() < 0.25:
        return -rng.uniform(0.2, 1.4)
    return rng.choice((0.0, rng.uniform(0.0, 0.5), rng.uniform(0.3, 2.5)))
