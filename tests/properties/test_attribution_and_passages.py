"""What holds for every transcript: no word lost, doubled, moved, or put into another's mouth."""

from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from whosaid.attribution import MAX_GAP, MAX_SILENCE, SNAP_WINDOW, attribute
from whosaid.passages import PassageRule, cut
from whosaid.types import UNKNOWN, Diarization, Identity, Transcript, Turn, Utterance, Word

# Durations in hundredths, so that sums are exact enough and shrunk examples are readable.
ticks = st.integers(0, 400).map(lambda n: n / 100)
labels = st.sampled_from(["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"])
texts = st.sampled_from(["yes", "sleep,", "eight.", "supercalifragilistic", "a", "“why?”", "well"])


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Words in order of their starts; they may touch, overlap a little, or leave long gaps."""
    words, now = list[Word](), 0.0
    for text, gap, length in draw(st.lists(st.tuples(texts, ticks, ticks), max_size=60)):
        start = max(0.0, now + gap - 0.2) if words and now + gap - 0.2 >= words[-1].start else now + gap
        words.append(Word(start, start + length / 4, text, 0.9))
        now = words[-1].end
    return Transcript(tuple(words), "en")


@st.composite
def diarizations(draw: st.DrawFn) -> Diarization:
    turns, now = list[Turn](), 0.0
    for label, gap, length in draw(st.lists(st.tuples(labels, ticks, ticks), max_size=30)):
        turns.append(Turn(now + gap, now + gap + length, label))
        now = turns[-1].end
    return Diarization(tuple(turns))


rules = st.builds(
    lambda low, more, seconds, words: PassageRule(
        min_chars=low, max_chars=low + more, max_seconds=seconds, max_words=words
    ),
    low=st.integers(0, 120), more=st.integers(1, 120), seconds=st.floats(1, 60), words=st.integers(1, 40),
)  # fmt: skip


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Utterance, ...]:
    return attribute(draw(transcripts()), draw(diarizations()), ())


@given(transcripts(), diarizations())
def test_attribution_keeps_every_word_once_and_in_order(transcript: Transcript, diarization: Diarization) -> None:
    """The words of the utterances, end to end, are the words of the transcript."""
    utterances = attribute(transcript, diarization, ())
    assert tuple(chain.from_iterable(each.words for each in utterances)) == transcript.words


@given(transcripts(), diarizations())
def test_utterances_run_forward(transcript: Transcript, diarization: Diarization) -> None:
    """Utterances begin in order, hold at least a word, and span exactly their words."""
    utterances = attribute(transcript, diarization, ())
    assert all(earlier.start <= later.start for earlier, later in pairwise(utterances))
    for each in utterances:
        assert each.words
        assert each.start == each.words[0].start
        assert each.end == max(word.end for word in each.words)


@given(transcripts(), diarizations())
def test_a_word_belongs_to_a_turn_that_is_near(transcript: Transcript, diarization: Diarization) -> None:
    """A label has a turn within reach of the word; where no turn at all is within reach, it is unknown."""
    for utterance in attribute(transcript, diarization, ()):
        for word in utterance.words:
            gaps = [word.gap(turn) for turn in diarization.turns if utterance.label in (turn.label, UNKNOWN)]
            if utterance.label == UNKNOWN:
                assert all(gap > MAX_GAP for gap in gaps)
            else:
                assert min(gaps) <= MAX_GAP + SNAP_WINDOW + word.duration


@given(transcripts(), diarizations())
def test_an_utterance_ends_where_voice_or_silence_ends_it(transcript: Transcript, diarization: Diarization) -> None:
    """Neighbours differ in label or lie apart by a long silence, and no utterance holds such a silence."""
    utterances = attribute(transcript, diarization, ())
    for earlier, later in pairwise(utterances):
        assert earlier.label != later.label or later.start - earlier.words[-1].end > MAX_SILENCE
    for utterance in utterances:
        assert all(later.start - earlier.end <= MAX_SILENCE for earlier, later in pairwise(utterance.words))


@given(transcripts(), diarizations())
def test_no_voice_is_swallowed(transcript: Transcript, diarization: Diarization) -> None:
    """A voice whose turn covers a whole word far from any other turn is heard among the utterances."""
    heard = {word: each.label for each in attribute(transcript, diarization, ()) for word in each.words}
    for word, label in heard.items():
        within = [turn for turn in diarization.turns if turn.start <= word.start and word.end <= turn.end]
        if within and all(word.gap(turn) > SNAP_WINDOW for turn in diarization.turns if turn not in within):
            assert label in {turn.label for turn in within}


@given(transcripts())
def test_without_turns_everything_is_unknown(transcript: Transcript) -> None:
    """No voice was heard, so no one is named, whoever the identities speak of."""
    utterances = attribute(transcript, Diarization(()), (Identity("SPEAKER_00", "Ada", 0.9, 0.5),))
    assert {(each.label, each.speaker) for each in utterances} <= {(UNKNOWN, UNKNOWN)}


@given(conversations(), rules)
def test_passages_tile_the_utterances(utterances: tuple[Utterance, ...], rule: PassageRule) -> None:
    """Every word is in one passage, in order, under the label and speaker of its utterance."""
    said = [(word, each.label, each.speaker) for each in utterances for word in each.words]
    passages = cut(utterances, rule)
    assert [(word, each.label, each.speaker) for each in passages for word in each.words] == said


@given(conversations(), rules)
def test_passages_keep_the_limits(utterances: tuple[Utterance, ...], rule: PassageRule) -> None:
    """No passage of more than one word exceeds a maximum, whatever its punctuation."""
    for passage in cut(utterances, rule):
        assert passage.words
        if len(passage.words) > 1:
            assert len(passage.text) <= rule.max_chars
            assert passage.duration <= rule.max_seconds
            assert len(passage.words) <= rule.max_words


@given(conversations(), rules)
def test_passages_run_forward(utterances: tuple[Utterance, ...], rule: PassageRule) -> None:
    """Passages begin in order and span exactly their words."""
    passages = cut(utterances, rule)
    assert all(earlier.start <= later.start for earlier, later in pairwise(passages))
    assert all(each.start == each.words[0].start for each in passages)
    assert all(each.end == max(word.end for word in each.words) for each in passages)


@given(st.integers(1, 400), rules)
def test_text_without_punctuation_is_cut(count: int, rule: PassageRule) -> None:
    """An unbroken stream of words is cut by the limits alone, into no more pieces than they ask for."""
    words = tuple(Word(i / 4, i / 4 + 0.25, "word", 1.0) for i in range(count))
    passages = cut((Utterance(0.0, words[-1].end, "SPEAKER_00", UNKNOWN, words),), rule)
    assert all(len(each.text) <= rule.max_chars or len(each.words) == 1 for each in passages)
    assert sum(len(each.words) for each in passages) == count
