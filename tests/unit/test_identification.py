"""When a voice carries a name."""

import numpy as np
import pytest

from whosaid.errors import ConfigurationError
from whosaid.types import UNKNOWN, Calibration, Diarization, Identity, Turn, Voiceprint, VoiceVectors
from whosaid.voices.identification import NEAREST, SMALLEST_COHORT, identify

RULE = Calibration("ecapa@1", threshold=0.5, margin=0.15)
AXES = np.eye(4, dtype=np.float32)


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def enrolled(speaker: str, *centroids: np.ndarray, model_key: str = "ecapa@1") -> Voiceprint:
    return Voiceprint(speaker, model_key, np.stack(centroids), 10, 30.0, ("clip",))


def heard(*turns: tuple[str, float, np.ndarray | None]) -> tuple[Diarization, VoiceVectors]:
    """Make turns of the given label and seconds one after the other, with a vector each or none."""
    made, now = list[Turn](), 0.0
    for label, seconds, _ in turns:
        made.append(Turn(now, now + seconds, label))
        now += seconds
    rows = [i for i, (_, _, vector) in enumerate(turns) if vector is not None]
    vectors = np.array([turns[i][2] for i in rows], dtype=np.float32).reshape(-1, 4)
    return Diarization(tuple(made)), VoiceVectors("ecapa@1", tuple(made[i] for i in rows), vectors)


def names(identities: tuple[Identity, ...]) -> dict[str, str]:
    return {each.label: each.speaker for each in identities}


def test_a_clear_voice_is_named_with_its_evidence() -> None:
    """Above threshold and margin a label has the name, the score and the lead."""
    diarization, voices = heard(("A", 3, unit(1, 0.1, 0, 0)))
    (identity,) = identify(diarization, voices, (enrolled("Ada", AXES[0]), enrolled("Bob", AXES[1])), RULE)
    assert identity.speaker == "Ada"
    assert identity.score == pytest.approx(0.995, abs=1e-3)
    assert identity.margin == pytest.approx(0.896, abs=1e-3)


def test_below_the_threshold_is_unknown() -> None:
    """The nearest speaker is not near enough; the score says how near."""
    diarization, voices = heard(("A", 3, unit(0.4, 0, 0.9, 0)))
    (identity,) = identify(diarization, voices, (enrolled("Ada", AXES[0]),), RULE)
    assert identity.speaker == UNKNOWN
    assert identity.score == pytest.approx(0.406, abs=1e-3)


def test_within_the_margin_is_unknown() -> None:
    """A voice as near to one speaker as to another is neither."""
    diarization, voices = heard(("A", 3, unit(1, 0.9, 0, 0)))
    assert names(identify(diarization, voices, (enrolled("Ada", AXES[0]), enrolled("Bob", AXES[1])), RULE)) == {
        "A": UNKNOWN
    }


def test_two_labels_never_get_one_name() -> None:
    """Of two labels that resemble a speaker the nearer one is named, the other is unknown."""
    diarization, voices = heard(("A", 3, unit(1, 0, 0.3, 0)), ("B", 3, unit(1, 0, 0.1, 0)))
    assert names(identify(diarization, voices, (enrolled("Ada", AXES[0]),), RULE)) == {"A": UNKNOWN, "B": "Ada"}


def test_equal_labels_never_get_one_name_either() -> None:
    """A tie names the first label only."""
    diarization, voices = heard(("A", 3, AXES[0]), ("B", 3, AXES[0]))
    assert list(names(identify(diarization, voices, (enrolled("Ada", AXES[0]),), RULE)).values()) == ["Ada", UNKNOWN]


def test_the_nearest_mode_of_a_voice_counts() -> None:
    """A speaker with two centroids is recognised by either, and two voiceprints of a speaker are modes of one."""
    diarization, voices = heard(("A", 3, AXES[1]))
    assert names(identify(diarization, voices, (enrolled("Ada", AXES[0], AXES[1]),), RULE)) == {"A": "Ada"}
    assert names(identify(diarization, voices, (enrolled("Ada", AXES[0]), enrolled("Ada", AXES[1])), RULE)) == {
        "A": "Ada"
    }


def test_turns_count_by_their_seconds() -> None:
    """One short turn of another voice does not turn a label round."""
    diarization, voices = heard(("A", 20, AXES[0]), ("A", 1, AXES[1]), ("A", 1, AXES[1]))
    assert names(identify(diarization, voices, (enrolled("Ada", AXES[0]), enrolled("Bob", AXES[1])), RULE)) == {
        "A": "Ada"
    }


def test_a_label_without_a_vector_is_unknown() -> None:
    """Turns too short to have a vector are nobody's, whatever the threshold."""
    diarization, voices = heard(("A", 0.1, None), ("B", 3, AXES[0]))
    found = identify(diarization, voices, (enrolled("Ada", AXES[0]),), Calibration("ecapa@1", threshold=0.1))
    assert found[0] == Identity("A")
    assert found[1].speaker == "Ada"


def test_nobody_enrolled_makes_everyone_unknown() -> None:
    """Without voiceprints every label is unknown with score 0, in order of first appearance."""
    diarization, voices = heard(("B", 3, AXES[0]), ("A", 3, AXES[1]))
    assert identify(diarization, voices, (), RULE) == (Identity("B"), Identity("A"))


def test_a_voiceprint_of_another_model_is_refused() -> None:
    """Vectors of two models are never compared, not even where there is nothing to name."""
    voiceprint = enrolled("Ada", AXES[0], model_key="ecapa@2")
    for diarization, voices in (heard(("A", 3, AXES[0])), heard()):
        with pytest.raises(ConfigurationError, match=r"Ada .*ecapa@2.*ecapa@1.*enrol"):
            identify(diarization, voices, (voiceprint,), RULE)


def test_no_speech_has_no_identities() -> None:
    """A recording without turns has nobody to name."""
    assert identify(*heard(), (enrolled("Ada", AXES[0]),), RULE) == ()


def test_a_calibration_of_another_model_is_refused() -> None:
    """A threshold holds for the scores of one model."""
    with pytest.raises(ConfigurationError, match=r"calibration is for ecapa@2.*ecapa@1.*calibrate"):
        identify(*heard(("A", 3, AXES[0])), (enrolled("Ada", AXES[0]),), Calibration("ecapa@2"))


def test_a_stranger_among_the_turns_lowers_the_score() -> None:
    """A label whose whole is near but whose turns are not is a mixture: both have their say."""
    pure = heard(("A", 4, AXES[0]), ("A", 4, AXES[0]))
    mixed = heard(("A", 4, unit(1, 1, 0, 0)), ("A", 4, unit(1, -1, 0, 0)))
    scores = [identify(*each, (enrolled("Ada", AXES[0]),), RULE)[0].score for each in (pure, mixed)]
    assert scores == pytest.approx([1.0, (1 + np.sqrt(0.5)) / 2], abs=1e-6)


def cohort(around: np.ndarray, size: int = SMALLEST_COHORT) -> np.ndarray:
    """Make strangers that resemble a direction by half."""
    noise = np.random.default_rng(1).normal(size=(size, 4)).astype(np.float32)
    noise -= np.outer(noise @ around, around)
    strangers = around + noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return (strangers / np.linalg.norm(strangers, axis=1, keepdims=True)).astype(np.float32)


def test_a_cohort_tells_a_voice_from_a_room_that_all_share() -> None:
    """Where every stranger is as near to a speaker as the voice at hand is, its cosine means nothing."""
    room = unit(1, 1, 0, 0)
    diarization, voices = heard(("A", 9, unit(1, 0, 0.5, 0)))
    plain = identify(diarization, voices, (enrolled("Ada", room),), RULE)
    rule = Calibration("ecapa@1", 3.0, 0.15, cohort(room))
    normalised = identify(diarization, voices, (enrolled("Ada", room),), rule)
    assert [each.speaker for each in (*plain, *normalised)] == ["Ada", UNKNOWN]


def test_too_small_a_cohort_normalises_nothing() -> None:
    """A mean over a handful of voices is no statistic."""
    diarization, voices = heard(("A", 9, unit(1, 0, 0.5, 0)))
    few = Calibration("ecapa@1", cohort=cohort(unit(1, 1, 0, 0), SMALLEST_COHORT - 1))
    ada = (enrolled("Ada", unit(1, 1, 0, 0)),)
    assert identify(diarization, voices, ada, few) == identify(diarization, voices, ada, RULE)


def test_an_enrolled_voice_in_the_cohort_is_no_stranger() -> None:
    """A voice that was unknown when the cohort was made does not count against its own name later."""
    diarization, voices = heard(("A", 9, unit(1, 0.2, 0, 0)))
    ada = (enrolled("Ada", AXES[0]),)
    without = cohort(AXES[1], NEAREST)
    scores = [
        identify(diarization, voices, ada, Calibration("ecapa@1", cohort=each))[0].score
        for each in (without, np.concatenate([without, AXES[:1]]))
    ]
    assert scores[0] == scores[1]
