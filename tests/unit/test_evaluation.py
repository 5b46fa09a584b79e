"""What the measures count."""

import pytest

from whosaid.evaluation import COLLAR, Episode, Score, Segment, evaluate
from whosaid.types import UNKNOWN, Turn, Utterance, Word


def utter(text: str, start: float, end: float, label: str) -> Utterance:
    each = text.split()
    step = (end - start) / len(each)
    words = tuple(Word(start + i * step, start + (i + 1) * step, word, 1.0) for i, word in enumerate(each))
    return Utterance(start, end, label, UNKNOWN, words)


REFERENCE = (
    Segment(0, 4, "Ada", "How many hours should we sleep?"),
    Segment(5, 7, "Bob", "Eight hours, I'd say."),
)
PERFECT = (utter("how many hours should we sleep", 0, 4, "S1"), utter("Eight hours, I’d say!", 5, 7, "S0"))


def score(*utterances: Utterance, reference: tuple[Segment, ...] = REFERENCE) -> Score:
    turns = tuple(Turn(each.start, each.end, each.label) for each in utterances)
    return evaluate([Episode("one", reference, utterances, turns)]).overall


def test_a_perfect_transcript_has_no_errors() -> None:
    """Case, punctuation and the names of labels do not count."""
    found = score(*PERFECT)
    assert (found.wer, found.der, found.cpwer, found.speaker_accuracy) == (0, 0, 0, 1)
    assert found.words == found.aligned == 10


def test_wrong_words_count_in_wer() -> None:
    """One substitution, one deletion and one insertion in ten words make 0.3."""
    assert (
        score(utter("how many ours should sleep", 0, 4, "S1"), utter("eight hours I'd say so", 5, 7, "S0")).wer == 0.3
    )


def test_a_wrong_speaker_counts_in_cpwer_and_accuracy_but_not_in_wer() -> None:
    """All words under one label: WER is 0, the words of the lesser speaker are wrong."""
    found = score(utter("how many hours should we sleep", 0, 4, "S0"), utter("eight hours I'd say", 5, 7, "S0"))
    assert found.wer == 0
    assert found.speaker_accuracy == 0.6
    assert found.cpwer == 0.8  # four words too many with Ada, and four missing with Bob


def test_unknown_words_are_never_right() -> None:
    """A word that no voice was found for is not rightly attributed by mapping the unknown to its speaker."""
    assert score(utter("how many hours should we sleep", 0, 4, UNKNOWN)).speaker_accuracy == 0


def test_der_counts_missed_speech_outside_the_collar() -> None:
    """Half of six seconds missed, less the collars around the borders of the reference."""
    found = score(PERFECT[0])
    assert found.speech == pytest.approx(6 - 2 * COLLAR)
    assert found.speech_errors == pytest.approx(2 - COLLAR)


def test_overlap_counts_for_both_speakers() -> None:
    """Two who speak at once are two speakers to find."""
    reference = Segment(0, 4, "Ada", "yes"), Segment(0, 4, "Bob", "no")
    assert score(utter("yes", 0, 4, "S0"), reference=reference).der == pytest.approx(0.5)


def test_words_in_overlap_are_compared_in_time_order() -> None:
    """A back-channel inside a sentence is looked for where it is said, not after the sentence."""
    reference = Segment(0, 4, "Ada", "one two three four"), Segment(2.1, 2.3, "Bob", "right")
    heard = utter("one two", 0, 2, "S0"), utter("right", 2.1, 2.3, "S1"), utter("three four", 2.4, 4, "S0")
    assert score(*heard, reference=reference).wer == 0


def test_nothing_heard_is_all_wrong() -> None:
    """An empty transcript misses every word and all speech."""
    found = score()
    assert (found.wer, found.cpwer, found.der) == (1, 1, 1)


def test_words_where_nobody_speaks_are_errors() -> None:
    """Against an empty reference every word and all speech is false."""
    found = score(PERFECT[0], reference=())
    assert (found.word_errors, found.cp_errors, found.der) == (6, 6, 1)


def test_overall_weighs_episodes_by_their_length() -> None:
    """Counts are added before rates are taken."""
    episodes = [
        Episode("good", REFERENCE, PERFECT, ()),
        Episode("bad", (Segment(0, 1, "Ada", "yes indeed"),), (), ()),
    ]
    found = evaluate(episodes)
    assert [(name, each.wer) for name, each in found.episodes] == [("good", 0), ("bad", 1)]
    assert found.overall.wer == pytest.approx(2 / 12)
