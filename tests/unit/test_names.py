"""When a name is right, and what counts as a false accept or a false reject."""

from dataclasses import replace

import numpy as np
import pytest

from whosaid.evaluation import Episode, Evaluation, Reference, Segment, evaluate
from whosaid.evaluation.provenance import is_heard_in
from whosaid.evaluation.report import conclude, describe
from whosaid.trials import Trial, equal_error_rate, error_rates, upper_bound
from whosaid.types import (
    UNKNOWN,
    Calibration,
    Diarization,
    Identity,
    Span,
    Turn,
    Utterance,
    Video,
    Voiceprint,
    VoiceVectors,
    Word,
)

MODEL = "ecapa@1"
AXES = np.eye(4, dtype=np.float32)
SAID = (
    Segment(0, 4, "Nora Bell", "one two three four"),
    Segment(4, 8, "Guest", "five six seven eight"),
    Segment(8, 10, "nora  bell ", "nine ten"),
)


def enrolled(speaker: str, axis: int, *clips: str) -> Voiceprint:
    return Voiceprint(speaker, MODEL, AXES[axis : axis + 1], 10, 30.0, clips or ("elsewhere.wav",))


NORA = enrolled("Nora Bell", 0)
OTHER = enrolled("Sam Park", 2)


def episode(*names: str, said: tuple[Segment, ...] = SAID, name: str = "talk") -> Episode:
    """Make an episode whose turns are the segments, the host's and the guest's label under the given names."""
    host, guest = names
    labels = {"guest": ("B", guest)}
    told = [(each, *labels.get(each.speaker.strip().casefold(), ("A", host))) for each in said]
    turns = tuple(Turn(each.start, each.end, label) for each, label, _ in told)
    utterances = tuple(
        Utterance(each.start, each.end, label, who, tuple(Word(each.start, each.end, w, 1) for w in each.words.split()))
        for each, label, who in told
    )
    vectors = np.array([AXES[0] if turn.label == "A" else AXES[1] for turn in turns])
    return Episode(
        name,
        Video("feed", name, f"https://example.org/{name}.opus", name, "Ada"),
        Reference.of(*said),
        utterances,
        Diarization(turns),
        (Identity("A", host), Identity("B", guest)),
        VoiceVectors(MODEL, tuple(Span(turn.start, turn.end) for turn in turns), vectors),
    )


def measure(*episodes: Episode, voiceprints: tuple[Voiceprint, ...] = (NORA,)) -> Evaluation:
    return evaluate(episodes, voiceprints, Calibration(MODEL))


def tallies(found: Evaluation) -> tuple[int, int, int, int]:
    told = describe(found)
    accepts = told["false_accept_turns"], told["false_accept_turns_of"]
    return (*accepts, told["false_reject_turns"], told["false_reject_turns_of"])


def test_the_enrolled_have_their_name_and_the_others_none() -> None:
    """The host under her name and the guest unknown are all right; case and blanks of names do not count."""
    found = describe(measure(episode("Nora Bell", UNKNOWN)))
    assert (found["name_accuracy"], found["named_words"]) == (1, 10)
    assert tallies(measure(episode("Nora Bell", UNKNOWN))) == (0, 1, 0, 2)


def test_a_guest_named_as_the_host_is_a_false_accept() -> None:
    """The guest's words have a wrong name, and the turn and its seconds are counted."""
    found = measure(episode("Nora Bell", "Nora Bell"))
    assert describe(found)["name_accuracy"] == pytest.approx(6 / 10)
    assert tallies(found) == (1, 1, 0, 2)
    assert (describe(found)["false_accept_seconds"], describe(found)["false_accept_seconds_of"]) == (4, 4)


def test_a_host_without_a_name_is_a_false_reject() -> None:
    """Unknown is wrong for who is enrolled, and right for who is not."""
    found = measure(episode(UNKNOWN, UNKNOWN))
    assert describe(found)["name_accuracy"] == pytest.approx(4 / 10)
    assert tallies(found) == (0, 1, 2, 2)
    assert describe(found)["false_reject_seconds"] == 6


def test_a_host_under_another_name_is_both() -> None:
    """Where two are enrolled, everybody can be taken for somebody else."""
    found = measure(episode("Sam Park", UNKNOWN), voiceprints=(NORA, OTHER))
    assert tallies(found) == (2, 3, 2, 2)


def test_underscores_stand_for_the_blanks_of_a_name() -> None:
    """The fields of RTTM and STM hold no blanks."""
    said = tuple(replace(each, speaker=each.speaker.strip().replace(" ", "_")) for each in SAID[:2])
    assert describe(measure(episode("Nora Bell", UNKNOWN, said=said)))["name_accuracy"] == 1


def test_a_turn_has_the_name_of_most_of_its_time() -> None:
    """A border that is a second off is no turn under a wrong name; its seconds count, as the diarizer's."""
    told = episode("Nora Bell", UNKNOWN)
    late = Diarization((Turn(0, 5, "A"), Turn(5, 8, "B"), Turn(8, 10, "A")))
    found = measure(replace(told, diarization=late))
    assert tallies(found) == (0, 1, 0, 2)
    assert (describe(found)["misplaced_turns"], describe(found)["misplaced_seconds"]) == (0, 1)


def test_a_turn_in_the_label_of_another_is_the_diarizers_error() -> None:
    """The guest's "yes" within the host's label has her name without anybody being taken for her."""
    said = (*SAID, Segment(10, 11, "Guest", "yes"))
    told = episode("Nora Bell", UNKNOWN, said=said)
    merged = Diarization((*told.diarization.turns[:3], Turn(10, 11, "A")))
    found = measure(replace(told, diarization=merged))
    assert tallies(found) == (0, 2, 0, 2)
    assert (describe(found)["misplaced_turns"], describe(found)["misplaced_turns_of"]) == (1, 4)
    assert tallies(measure(replace(episode(UNKNOWN, "Nora Bell", said=said), diarization=merged))) == (1, 2, 2, 2)


def test_speech_that_was_not_heard_is_no_error_of_naming() -> None:
    """A turn of the host that no label covers is missed, which DER counts."""
    told = episode("Nora Bell", UNKNOWN)
    found = measure(replace(told, diarization=Diarization(told.diarization.turns[:2])))
    assert tallies(found) == (0, 1, 0, 2)
    assert describe(found)["misplaced_turns"] == 1


def test_time_in_which_two_speak_judges_no_name() -> None:
    """Under overlap there is no one name that is right; what is left of the turns is judged."""
    said = (*SAID[:2], Segment(5, 6, "Nora Bell", "right"))
    told = episode("Nora Bell", UNKNOWN, said=SAID[:2])
    found = measure(replace(told, reference=Reference.of(*said)))
    assert tallies(found) == (0, 1, 0, 1)
    assert describe(found)["false_accept_seconds_of"] == 3


def test_an_episode_that_a_voice_was_enrolled_from_judges_no_names() -> None:
    """Its words and turns are measured, its names and voices are not, and the report says so."""
    own = enrolled("Nora Bell", 0, "feed:talk#A")
    both = measure(episode(UNKNOWN, UNKNOWN), episode("Nora Bell", UNKNOWN, name="next"), voiceprints=(own,))
    assert both.enrolled_from == ("talk",)
    assert describe(both)["name_accuracy"] == 1
    assert describe(both)["words"] == 20
    assert {trial.voice for trial in both.trials} == {"next#A", "next#B"}
    assert "not judged where a voice was enrolled from: talk" in " ".join(conclude(both))
    alone = measure(episode(UNKNOWN, UNKNOWN), voiceprints=(own,))
    assert describe(alone)["name_accuracy"] is None
    assert list(conclude(alone)) == ["Names are not measured: every episode is one that a voice was enrolled from."]


@pytest.mark.parametrize(
    ("clip", "video"),
    [
        ("youtube:abc#SPEAKER_00", Video("youtube", "abc", "https://youtube.com/watch?v=abc", "", "")),
        ("abc#SPEAKER_00", Video("youtube", "abc", "https://youtube.com/watch?v=abc", "", "")),
        (
            "https://youtube.com/watch?v=abc&t=9#t=1,20",
            Video("youtube", "abc", "https://youtube.com/watch?v=abc", "", ""),
        ),
        ("https://youtu.be/abc", Video("youtube", "abc", "https://youtube.com/watch?v=abc", "", "")),
        ("talk.wav#t=0,20", Video("file", "/some/where/talk.opus", "file:///some/where/talk.opus", "", "")),
        ("file:/some/where/talk.opus#SPEAKER_01", Video("file", "/some/where/talk.opus", "file:///x", "", "")),
        ("talk#1.wav", Video("file", "/some/where/talk#1.wav", "file:///some/where/talk%231.wav", "", "")),
        ("https://example.org/a/talk.mp3", Video("feed", "talk", "https://example.org/feed/talk", "", "")),
    ],
)
def test_a_clip_belongs_to_its_recording(clip: str, video: Video) -> None:
    """By id, address or name of the file, whatever the times or the label after it."""
    assert is_heard_in(clip, video)


def test_a_clip_of_another_video_of_a_site_does_not() -> None:
    """What all addresses of a site share tells no video from another."""
    video = Video("youtube", "abc", "https://youtube.com/watch?v=abc", "", "")
    assert not is_heard_in("https://youtube.com/watch?v=xyz#t=1,20", video)
    assert not is_heard_in("youtube:xyz#SPEAKER_00", video)


def test_trials_are_labels_against_enrolled_speakers() -> None:
    """Genuine where most of what the label says is the speaker's, scored as voices are named."""
    found = measure(episode("Nora Bell", UNKNOWN), voiceprints=(NORA, OTHER))
    assert found.trials == (
        Trial("talk#A", "Nora Bell", genuine=True, score=1.0),
        Trial("talk#A", "Sam Park", genuine=False, score=0.0),
        Trial("talk#B", "Nora Bell", genuine=False, score=0.0),
        Trial("talk#B", "Sam Park", genuine=False, score=0.0),
    )
    told = describe(found)
    assert (told["eer"], told["far"], told["frr"], told["genuine_trials"], told["impostor_trials"]) == (0, 0, 0, 1, 3)


def test_a_label_that_nobody_speaks_in_is_no_trial() -> None:
    """Noise that was taken for a voice is neither the speaker's nor another's."""
    told = episode("Nora Bell", UNKNOWN)
    noise = Diarization((*told.diarization.turns, Turn(20, 22, "C")))
    found = measure(replace(told, diarization=noise))
    assert {trial.voice for trial in found.trials} == {"talk#A", "talk#B"}


def trials(*, genuine: list[float], impostor: list[float]) -> list[Trial]:
    same = [Trial("a", "A", genuine=True, score=score) for score in genuine]
    return same + [Trial("b", "A", genuine=False, score=score) for score in impostor]


def test_errors_are_counted_at_the_threshold() -> None:
    """A score at the threshold is accepted; two of four genuine are below, one of five impostors is not."""
    found = error_rates(trials(genuine=[0.2, 0.4, 0.5, 0.9], impostor=[0.0, 0.1, 0.2, 0.3, 0.6]), 0.5)
    assert (found.false_rejects, found.genuine, found.false_accepts, found.impostor) == (2, 4, 1, 5)
    assert (found.false_reject_rate, found.false_accept_rate) == (0.5, 0.2)


@pytest.mark.parametrize(
    ("genuine", "impostor", "eer"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
        ([0.3, 0.7, 0.8, 0.9], [0.1, 0.2, 0.4, 0.5], 0.25),  # from 0.4 or 0.5 on: one of four each
        ([0.1, 0.9], [0.5], 0.5),
    ],
)
def test_the_equal_error_rate_is_where_both_rates_meet(genuine: list[float], impostor: list[float], eer: float) -> None:
    """Known by hand; between two points it is on the line that joins them."""
    assert equal_error_rate(trials(genuine=genuine, impostor=impostor)) == pytest.approx(eer)


def test_a_class_without_trials_has_no_rates() -> None:
    """No impostors: false accepts and the equal error rate are not measured, false rejects are."""
    found = error_rates(trials(genuine=[0.2, 0.9], impostor=[]), 0.5)
    assert (found.false_accept_rate, found.eer, found.false_reject_rate) == (None, None, 0.5)


def test_no_errors_in_few_trials_prove_little() -> None:
    """0 of 10 leaves room for a quarter, 0 of 299 for a hundredth (the rule of three)."""
    assert upper_bound(0, 10) == pytest.approx(0.259, abs=1e-3)
    assert upper_bound(0, 299) == pytest.approx(0.01, abs=1e-4)
