"""Values: what they refuse, and that they survive JSON exactly."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from whosaid import canonical
from whosaid.text import ScriptedText
from whosaid.types import (
    UNKNOWN,
    Diarization,
    Span,
    Transcript,
    Turn,
    Unavailability,
    Utterance,
    Video,
    VoiceVectors,
    Word,
)

moments = st.floats(0, 1e5)
spans = st.tuples(moments, moments).map(lambda pair: Span(min(pair), max(pair)))
words = st.builds(
    lambda span, text, probability: Word(span.start, span.end, text, probability),
    spans,
    st.text(max_size=8),
    st.floats(0, 1),
)


@pytest.mark.parametrize(("start", "end"), [(1, 0), (-1, 0), (float("nan"), 1), (0, float("nan"))])
def test_a_span_runs_forward(start: float, end: float) -> None:
    """Backward, negative and undefined times are refused, in every kind of span."""
    for make in (lambda: Span(start, end), lambda: Turn(start, end, "S0"), lambda: Word(start, end, "a", 1.0)):
        with pytest.raises(ValueError, match="runs forward"):
            make()


@given(spans, spans)
def test_overlap_and_gap_exclude_each_other(one: Span, other: Span) -> None:
    """Both are the same from either side, never negative, and at most one is not zero."""
    assert one.overlap(other) == other.overlap(one) >= 0
    assert one.gap(other) == other.gap(one) >= 0
    assert min(one.overlap(other), one.gap(other)) == 0
    assert one.overlap(one) == one.duration


def test_turns_that_overlap_are_no_diarization() -> None:
    """One voice at a time; what was heard may overlap."""
    with pytest.raises(ValueError, match="do not overlap"):
        Diarization((Turn(0, 2, "A"), Turn(1, 3, "B")))
    with pytest.raises(ValueError, match="time order"):
        Diarization((Turn(2, 3, "A"), Turn(0, 1, "B")))
    assert Diarization((), (Turn(0, 2, "A"), Turn(1, 3, "B"))).labels == ()


def test_labels_are_in_order_of_appearance() -> None:
    """Each label once, by its first turn."""
    turns = tuple(Turn(i, i + 1, label) for i, label in enumerate("BABCA"))
    assert Diarization(turns).labels == ("B", "A", "C")


def test_text_is_the_words() -> None:
    """One blank between words, none around."""
    assert Utterance(0, 1, "S0", UNKNOWN, (Word(0, 0.5, "Yes,", 1), Word(0.5, 1, "yes.", 1))).text == "Yes, yes."


def test_only_lasting_reasons_are_final() -> None:
    """What may become available is checked again."""
    lasting = {reason for reason in Unavailability if reason.final}
    assert lasting == {Unavailability.removed, Unavailability.private, Unavailability.geo_restricted}


@given(st.lists(words, max_size=5))
def test_a_transcript_survives_json(said: list[Word]) -> None:
    """Every float and every character comes back as it was."""
    transcript = Transcript(tuple(said), "en")
    assert canonical.from_json(Transcript, canonical.to_json(transcript)) == transcript


@given(st.integers(0, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_vectors_survive_json(rows: int, dimension: int, seed: int) -> None:
    """Bit by bit, with their shape, also where there are none."""
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    voices = VoiceVectors("model", tuple(Span(row, row + 1) for row in range(rows)), vectors)
    read = canonical.from_json(VoiceVectors, canonical.to_json(voices))
    assert read.spans == voices.spans
    assert read.vectors.dtype == np.float32
    np.testing.assert_array_equal(read.vectors, vectors)


def test_a_tuple_of_values_survives_json() -> None:
    """Where the class does not say what it holds, the declared type does."""
    turns = (Turn(0, 1, "A"), Turn(1, 2, "B"))
    text = canonical.to_json(turns, tuple[Turn, ...])
    assert canonical.from_json(tuple[Turn, ...], text) == turns


def test_json_of_another_value_is_refused() -> None:
    """What does not fit its type is an error, not a value with holes."""
    with pytest.raises(ValidationError):
        canonical.from_json(Turn, b'{"start": 0, "end": 1}')


def test_json_is_canonical() -> None:
    """Keys in order, no blanks, text as it is: equal values have equal bytes."""
    video = Video("file", "é", "u", "t", "c", datetime(2026, 1, 1, tzinfo=UTC), 0.1)
    assert (
        canonical.to_json(video)
        == (
            '{"channel":"c","duration":0.1,"external_id":"é","kind":"file",'
            '"published_at":"2026-01-01T00:00:00Z","title":"t","url":"u"}'
        ).encode()
    )


def test_equal_values_have_equal_fingerprints_and_others_not() -> None:
    """A fingerprint changes with every part of a value, and only then."""
    one = Transcript((Word(0, 1, "yes", 0.5),), "en")
    assert canonical.fingerprint(one) == canonical.fingerprint(replace(one))
    others = [replace(one, language="de"), replace(one, words=()), replace(one, words=(Word(0, 1, "yes", 0.6),))]
    assert len({canonical.fingerprint(each) for each in (one, *others)}) == 4


def test_a_spec_brings_its_own_fingerprint() -> None:
    """What a value says of itself goes before its JSON, so that knobs of speed stay out."""
    assert canonical.fingerprint(ScriptedText()) == canonical.fingerprint(ScriptedText(device="cuda"))


def test_parts_of_a_digest_do_not_run_together() -> None:
    """("ab", "c") is not ("a", "bc"), and no part is not an empty part."""
    assert len({canonical.digest("ab", "c"), canonical.digest("a", "bc"), canonical.digest("abc")}) == 3
    assert canonical.digest() != canonical.digest("")
    assert canonical.digest("é") == canonical.digest("é".encode())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_not_a_number_is_not_written(bad: float) -> None:
    """JSON has no NaN: a value that holds one is refused, not written as something else."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical.to_json(replace(Word(0, 1, "a", 0.5), probability=bad))


def test_a_model_of_pydantic_is_a_value_too() -> None:
    """Specs and rules are written by the same rule as dataclasses."""

    class Rule(BaseModel):
        b: int = 1
        a: float = 0.5

    assert canonical.to_json(Rule()) == b'{"a":0.5,"b":1}'
