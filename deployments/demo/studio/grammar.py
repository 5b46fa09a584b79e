"""Make the sentences of the demo channel: ten topics, a few hundred words, and a split that keeps episodes unseen.

A template is a sentence with slots, "{city}"; every slot is filled on its own. An eighth of all sentences, chosen by
their checksum, is held out for the episodes and the tests: training never draws one.
"""

import itertools
import random
import re
import zlib
from collections.abc import Callable, Iterator

from deployments.demo.studio.topics import SLOTS, TOPICS, Topic

HELD_OUT_SHARE = 8  # one sentence in eight
SLOT = re.compile(r"\{(\w+)\}")
BACK_CHANNELS = (
    "Right.",
    "Yes.",
    "Okay.",
    "Exactly.",
    "Yes, exactly.",
    "I see.",
    "Interesting.",
    "Of course.",
    "That makes sense.",
    "Oh, really?",
    "Sure.",
    "Wow.",
)


def is_held_out(sentence: str) -> bool:
    """Tell whether a sentence belongs to the episodes and tests rather than to the training."""
    return zlib.crc32(sentence.encode()) % HELD_OUT_SHARE == 0


def draw_training(rng: random.Random, topic: Topic) -> str:
    """Draw a sentence of a topic that training may hear."""
    return _draw(rng, topic.templates, lambda sentence: not is_held_out(sentence))


def draw_held_out(rng: random.Random, template: str) -> str:
    """Draw a held-out sentence of one template; a template with too few fillings raises LookupError."""
    held_out = [sentence for sentence in expand(template) if is_held_out(sentence)]
    if not held_out:
        raise LookupError(f"no held-out sentence in {template!r}: give it another slot")
    return rng.choice(held_out)


def draw_topic(rng: random.Random) -> Topic:
    """Draw a topic, each as often as it has templates."""
    return rng.choices(TOPICS, weights=[len(topic.templates) for topic in TOPICS])[0]


def expand(template: str) -> Iterator[str]:
    """Fill a template in every way."""
    choices = (SLOTS[name] for name in SLOT.findall(template))
    pattern = SLOT.sub("{}", template)
    return (_capitalise(pattern.format(*filling)) for filling in itertools.product(*choices))


def vocabulary() -> set[str]:
    """Collect every word of the grammar, lower case, without punctuation."""
    fillings = itertools.chain.from_iterable(SLOTS.values())
    templates = itertools.chain.from_iterable(topic.templates for topic in TOPICS)
    text = " ".join(itertools.chain(fillings, (SLOT.sub(" ", template) for template in templates), BACK_CHANNELS))
    return set(re.findall(r"[a-z']+", text.lower()))


def _draw(rng: random.Random, templates: tuple[str, ...], wanted: Callable[[str], bool]) -> str:
    while True:
        sentence = _fill(rng, rng.choice(templates))
        if wanted(sentence):
            return sentence


def _fill(rng: random.Random, template: str) -> str:
    return _capitalise(SLOT.sub(lambda slot: rng.choice(SLOTS[slot[1]]), template))


def _capitalise(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
