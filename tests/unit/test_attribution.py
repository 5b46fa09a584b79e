"""Words meet turns."""

from collections.abc import Sequence

from whosaid.attribution import MAX_GAP, MAX_SILENCE, attribute
from whosaid.types import UNKNOWN, Diarization, Identity, Transcript, Turn, Word

HOST, GUEST = "SPEAKER_00", "SPEAKER_01"


def speak(text: str, start: float = 0.0, step: float = 0.5, pauses: Sequence[float] = ()) -> Transcript:
    """Say the words one after the other, each `step` long, with `pauses[i]` before word i."""
    words, now = list[Word](), start
    for i, each in enumerate(text.split()):
        now += pauses[i] if i < len(pauses) else 0.0
        words.append(Word(now, now + step, each, 1.0))
        now += step
    return Transcript(tuple(words), "en")


def said(transcript: Transcript, *turns: Turn) -> list[tuple[str, str]]:
    return [(each.label, each.text) for each in attribute(transcript, Diarization(turns), ())]


def test_a_word_goes_to_the_turn_it_overlaps_most() -> None:
    """A word across a border belongs to the voice that has the greater part of it."""
    transcript = speak("one two three")
    assert said(transcript, Turn(0, 0.6, HOST), Turn(0.6, 2, GUEST)) == [(HOST, "one"), (GUEST, "two three")]


def test_a_word_in_a_gap_goes_to_the_nearest_turn() -> None:
    """Between two turns the nearer one has the word."""
    transcript = speak("near", start=2.0)
    assert said(transcript, Turn(0, 1.8, HOST), Turn(3.0, 4, GUEST)) == [(HOST, "near")]
    assert said(transcript, Turn(0, 1.4, HOST), Turn(2.6, 4, GUEST)) == [(GUEST, "near")]


def test_a_word_far_from_every_turn_is_unknown() -> None:
    """Beyond the stated limit nobody is made to have said it, least of all the main speaker."""
    transcript = speak("lost", start=10.0)
    turn = Turn(0, 10.0 - MAX_GAP - 0.01, HOST)
    utterances = attribute(transcript, Diarization((turn,)), (Identity(HOST, "Ada", 0.9, 0.4),))
    assert [(each.label, each.speaker) for each in utterances] == [(UNKNOWN, UNKNOWN)]


def test_a_long_silence_ends_an_utterance() -> None:
    """The same voice after a long silence begins anew."""
    transcript = speak("one two three", pauses=[0, 0, MAX_SILENCE + 0.1])
    assert said(transcript, Turn(0, 10, HOST)) == [(HOST, "one two"), (HOST, "three")]


def test_a_change_in_running_speech_moves_to_the_pause() -> None:
    """The diarizer's border two words late is moved back to the pause that it was meant for."""
    transcript = speak("a b c d e f g h i j k l", step=0.2, pauses=[0] * 6 + [0.3])
    turns = Turn(0, 1.7, HOST), Turn(1.7, 4, GUEST)  # the pause is at 1.2 to 1.5, "g" lies at 1.5 to 1.7
    assert said(transcript, *turns) == [(HOST, "a b c d e f"), (GUEST, "g h i j k l")]


def test_a_change_at_a_pause_stays() -> None:
    """A border that is already at a pause is not drawn to a longer one nearby."""
    transcript = speak("a b c d e f g h i j k l", step=0.1, pauses=[0, 0, 0, 0, 0, 0.4, 0, 0.2])
    turns = Turn(0, 1.2, HOST), Turn(1.2, 4, GUEST)  # the longer pause is 0.4 s before "h"
    assert said(transcript, *turns) == [(HOST, "a b c d e f g"), (GUEST, "h i j k l")]


def test_a_back_channel_stays_with_its_speaker() -> None:
    """A short answer in the middle of another's speech is not drawn to a pause beside it."""
    transcript = speak("a b c d e mm-hm f g h i j", step=0.3, pauses=[0, 0, 0, 0, 0.3])
    turns = Turn(0, 1.8, HOST), Turn(1.8, 2.1, GUEST), Turn(2.1, 5, HOST)
    assert said(transcript, *turns) == [(HOST, "a b c d e"), (GUEST, "mm-hm"), (HOST, "f g h i j")]


def test_a_word_of_no_duration_goes_to_the_turn_around_it() -> None:
    """A word that the aligner gave no length still has the voice that speaks at that moment."""
    transcript = speak("now", start=1.0, step=0.0)
    assert said(transcript, Turn(0, 0.9, HOST), Turn(0.9, 2, GUEST)) == [(GUEST, "now")]


def test_speakers_come_from_the_identities() -> None:
    """A label with an identity carries its name, one without is unknown."""
    turns = Diarization((Turn(0, 1, HOST), Turn(1, 2, GUEST)))
    utterances = attribute(speak("hello there my friend"), turns, (Identity(HOST, "Ada", 0.9, 0.4),))
    assert [(each.label, each.speaker) for each in utterances] == [(HOST, "Ada"), (GUEST, UNKNOWN)]


def test_no_words_make_no_utterances() -> None:
    """Silence is not an error."""
    assert attribute(Transcript((), "en"), Diarization((Turn(0, 1, HOST),)), ()) == ()


def test_words_in_whose_middle_two_voices_are_heard_are_marked() -> None:
    """Who speaks alone is not overlapped; who is heard in two turns of one label is not either."""
    heard = Turn(0, 4, HOST), Turn(1.2, 2.1, GUEST), Turn(3.0, 4.0, HOST)
    (utterance,) = attribute(speak("one two three four", step=1), Diarization((Turn(0, 4, HOST),), heard), ())
    assert [word.overlapped for word in utterance.words] == [False, True, False, False]


def test_a_back_channel_in_anothers_speech_goes_to_the_listener() -> None:
    """One voice at a time gives the moment to the speaker; the word is the listener's who is heard just then."""
    transcript = speak("so you sleep Mm-hm, eight hours", step=0.5)
    exclusive = (Turn(0, 3, HOST),)
    assert said_over(transcript, exclusive, Turn(1.4, 2.1, GUEST)) == [
        (HOST, "so you sleep"),
        (GUEST, "Mm-hm,"),
        (HOST, "eight hours"),
    ]


def test_what_is_no_back_channel_stays_with_who_has_the_floor() -> None:
    """Neither another word, nor a listener who is heard for long, nor one who is not heard at that moment."""
    transcript = speak("so you sleep right eight hours", step=0.5)
    exclusive = (Turn(0, 3, HOST),)
    for heard in (Turn(0.9, 1.4, GUEST), Turn(0.5, 3.0, GUEST), Turn(2.1, 2.6, GUEST)):
        assert said_over(transcript, exclusive, heard) == [(HOST, "so you sleep right eight hours")]


def said_over(transcript: Transcript, exclusive: tuple[Turn, ...], heard: Turn) -> list[tuple[str, str]]:
    """Attribute with one more voice heard over the turns of one voice at a time."""
    diarization = Diarization(exclusive, (*exclusive, heard))
    return [(each.label, each.text) for each in attribute(transcript, diarization, ())]
