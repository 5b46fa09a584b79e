"""Where passages are cut."""

import pytest
from pydantic import ValidationError

from whosaid.passages import PassageRule, cut
from whosaid.types import UNKNOWN, Utterance, Word

RULE = PassageRule(min_chars=10, max_chars=30, max_seconds=60, pause=1.0)


def utter(text: str, start: float = 0.0, label: str = "SPEAKER_00", pauses: tuple[float, ...] = ()) -> Utterance:
    """Say half a second a word, with `pauses[i]` before word i."""
    words, now = list[Word](), start
    for i, each in enumerate(text.split()):
        now += pauses[i] if i < len(pauses) else 0.0
        words.append(Word(now, now + 0.5, each, 1.0))
        now += 0.5
    return Utterance(words[0].start, words[-1].end, label, UNKNOWN, tuple(words))


def texts(*utterances: Utterance, rule: PassageRule = RULE) -> list[str]:
    return [passage.text for passage in cut(utterances, rule)]


def test_what_fits_stays_whole() -> None:
    """A stretch within the limits is one passage, even over a silence that ended an utterance."""
    assert texts(utter("Sleep well."), utter("Eat less.", start=4)) == ["Sleep well. Eat less."]


def test_a_speaker_change_always_cuts() -> None:
    """One passage has one voice, however short that leaves it."""
    assert texts(utter("Why?"), utter("Because.", 1, "SPEAKER_01"), utter("Oh.", 2)) == ["Why?", "Because.", "Oh."]


def test_a_sentence_end_is_preferred_to_a_clause_and_a_word() -> None:
    """The last sentence end within the limits wins over a later comma and a fuller passage."""
    assert texts(utter("We slept eight hours. Then, we ate a very large breakfast.")) == [
        "We slept eight hours.",
        "Then, we ate a very large",
        "breakfast.",
    ]


def test_a_clause_end_is_preferred_to_a_word() -> None:
    """Without a sentence end the comma wins."""
    assert texts(utter("when we had slept, everyone went out running"))[0] == "when we had slept,"


def test_a_long_pause_is_preferred_to_a_sentence_end() -> None:
    """A silence of a second says more than a full stop."""
    told = utter("aa bb cc dd ee. ff gg hh ii jj kk ll", pauses=(0, 0, 0, 0, 1.5))
    assert texts(told)[0] == "aa bb cc dd"


def test_a_cut_leaves_no_scrap_where_another_place_is_as_good() -> None:
    """Of two sentence ends the one that leaves enough for the next passage wins over the later one."""
    assert texts(utter("One two three. Four five six. Seven.")) == ["One two three.", "Four five six. Seven."]


def test_seconds_are_a_hard_limit() -> None:
    """Slow speech is cut by the clock though it has few characters."""
    rule = PassageRule(min_chars=10, max_chars=500, max_seconds=3)
    assert [passage.duration for passage in cut([utter("one two three four five six seven eight")], rule)] == [3.0, 1.0]


def test_words_are_a_hard_limit() -> None:
    """The proxy of the token limit holds where many short words stay under the characters."""
    rule = PassageRule(min_chars=0, max_chars=500, max_words=3)
    assert texts(utter("a b c d e f g"), rule=rule) == ["a b c", "d e f", "g"]


def test_a_word_longer_than_the_limit_stands_alone() -> None:
    """A word is never broken, and it does not drag others over the limit."""
    assert texts(utter("see " + "x" * 40 + " there")) == ["see", "x" * 40, "there"]


def test_repeated_words_are_kept() -> None:
    """A word said twice was said twice."""
    assert texts(utter("Yeah. Yeah. Yeah.")) == ["Yeah. Yeah. Yeah."]


@pytest.mark.parametrize("wrong", [{"min_chars": 50, "max_chars": 40}, {"max_chars": 0}, {"maximum": 3}])
def test_an_impossible_rule_is_refused(wrong: dict[str, int]) -> None:
    """A rule that contradicts itself or has an unknown key is an error, not a default."""
    with pytest.raises(ValidationError):
        PassageRule.model_validate(wrong)
