"""What the measures of words and turns count."""

import pytest

from whosaid.evaluation import COLLAR, Episode, Reference, Score, Segment, evaluate
from whosaid.evaluation.report import conclude, describe
from whosaid.evaluation.turns import TurnScore
from whosaid.evaluation.words import WordScore
from whosaid.types import UNKNOWN, Diarization, Turn, Utterance, Video, Word

VIDEO = Video("feed", "one", "https://example.org/one.opus", "One", "Ada")


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


def episode(name: str, reference: Reference, *utterances: Utterance) -> Episode:
    turns = tuple(Turn(each.start, each.end, each.label) for each in utterances)
    return Episode(name, VIDEO, reference, utterances, Diarization(turns))


def score(*utterances: Utterance, reference: tuple[Segment, ...] = REFERENCE) -> Score:
    return evaluate([episode("one", Reference.of(*reference), *utterances)]).overall


def words(*utterances: Utterance, reference: tuple[Segment, ...] = REFERENCE) -> WordScore:
    found = score(*utterances, reference=reference).words
    assert found is not None
    return found


def turns(*utterances: Utterance, reference: tuple[Segment, ...] = REFERENCE) -> TurnScore:
    found = score(*utterances, reference=reference).turns
    assert found is not None
    return found


def test_a_perfect_transcript_has_no_errors() -> None:
    """Case, punctuation and the names of labels do not count."""
    found = words(*PERFECT)
    assert (found.wer, found.cpwer, found.speaker_accuracy, turns(*PERFECT).der) == (0, 0, 1, 0)
    assert found.words == found.aligned == 10


def test_wrong_words_count_in_wer() -> None:
    """One substitution, one deletion and one insertion in ten words make 0.3."""
    heard = utter("how many ours should sleep", 0, 4, "S1"), utter("eight hours I'd say so", 5, 7, "S0")
    assert words(*heard).wer == 0.3


def test_a_wrong_speaker_counts_in_cpwer_and_accuracy_but_not_in_wer() -> None:
    """All words under one label: WER is 0, the words of the lesser speaker are wrong."""
    found = words(utter("how many hours should we sleep", 0, 4, "S0"), utter("eight hours I'd say", 5, 7, "S0"))
    assert found.wer == 0
    assert found.speaker_accuracy == 0.6
    assert found.cpwer == 0.8  # four words too many with Ada, and four missing with Bob


def test_unknown_words_are_never_right() -> None:
    """A word that no voice was found for is not rightly attributed by mapping the unknown to its speaker."""
    assert words(utter("how many hours should we sleep", 0, 4, UNKNOWN)).speaker_accuracy == 0


def test_der_counts_missed_speech_outside_the_collar() -> None:
    """Half of six seconds missed, less the collars around the borders of the reference."""
    found = turns(PERFECT[0])
    assert found.speech == pytest.approx(6 - 2 * COLLAR)
    assert found.errors == pytest.approx(2 - COLLAR)


def test_overlap_counts_for_both_speakers() -> None:
    """Two who speak at once are two speakers to find."""
    reference = Segment(0, 4, "Ada", "yes"), Segment(0, 4, "Bob", "no")
    assert turns(utter("yes", 0, 4, "S0"), reference=reference).der == pytest.approx(0.5)


def test_words_in_overlap_are_compared_in_time_order() -> None:
    """A back-channel inside a sentence is looked for where it is said, not after the sentence."""
    reference = Segment(0, 4, "Ada", "one two three four"), Segment(2.1, 2.3, "Bob", "right")
    heard = utter("one two", 0, 2, "S0"), utter("right", 2.1, 2.3, "S1"), utter("three four", 2.4, 4, "S0")
    assert words(*heard, reference=reference).wer == 0


def test_nothing_heard_is_all_wrong() -> None:
    """An empty transcript misses every word and all speech."""
    assert (words().wer, words().cpwer, turns().der) == (1, 1, 1)


def test_words_where_nobody_speaks_are_errors() -> None:
    """Against an empty reference every word and all speech is false."""
    found = words(PERFECT[0], reference=())
    assert (found.errors, found.cp_errors, turns(PERFECT[0], reference=()).der) == (6, 6, 1)


def test_overall_weighs_episodes_by_their_length() -> None:
    """Counts are added before rates are taken."""
    good = episode("good", Reference.of(*REFERENCE), *PERFECT)
    bad = episode("bad", Reference.of(Segment(0, 1, "Ada", "yes indeed")))
    found = describe(evaluate([good, bad]))
    assert [(each["episode"], each["wer"]) for each in found["episodes"]] == [("good", 0), ("bad", 1)]
    assert found["wer"] == pytest.approx(2 / 12)


def test_turns_without_words_measure_no_words() -> None:
    """A reference that tells turns alone says nothing of words: not measured, which is not 0."""
    reference = Reference((Turn(0, 4, "Ada"), Turn(5, 7, "Bob")), None)
    found = describe(evaluate([episode("one", reference, *PERFECT)]))
    assert found["der"] == 0
    unmeasured = {name for name, value in found.items() if value is None}
    assert {"wer", "cpwer", "speaker_accuracy", "words", "name_accuracy"} <= unmeasured


def test_words_are_measured_where_they_are_told() -> None:
    """Beside a reference of turns alone, the words of the others have their rates."""
    mixed = [
        episode("turns", Reference((Turn(0, 4, "Ada"),), None), PERFECT[0]),
        episode("words", Reference.of(*REFERENCE), *PERFECT),
    ]
    found = describe(evaluate(mixed))
    assert (found["words"], found["wer"]) == (10, 0)
    assert found["speech"] == pytest.approx(4 + 6 - 3 * COLLAR)


def test_turns_of_their_own_are_those_that_der_is_measured_on() -> None:
    """Where turns are told beside words, they count for DER and the words for the rest."""
    reference = Reference((Turn(0, 2, "A"),), Reference.of(*REFERENCE).said)
    assert describe(evaluate([episode("one", reference, *PERFECT)]))["speech"] == pytest.approx(2 - COLLAR)


def test_nobody_enrolled_leaves_names_unmeasured() -> None:
    """Without an enrolled voice there is no name to be right or wrong, and that is said."""
    found = evaluate([episode("one", Reference.of(*REFERENCE), *PERFECT)])
    assert list(conclude(found)) == ["Names are not measured: nobody is enrolled."]
    assert describe(found)["eer"] is None
