"""When an archive's voices bear a threshold, and which."""

from dataclasses import replace

import numpy as np
import pytest

from whosaid.calibrating import describe
from whosaid.calibration import ENOUGH, FEWEST, MANY, LabelVoice, Sample, calibrate
from whosaid.errors import CalibrationError
from whosaid.types import Calibration
from whosaid.voices.identification import SMALLEST_COHORT

BEFORE = Calibration("ecapa@1", threshold=0.1)
NOBODY = np.zeros((0, 0), np.float32)
DIMENSION = 2 * FEWEST


def voice(axis: int, towards: int | None = None, cosine: float = 0.0) -> np.ndarray:
    """Make a direction of length 1 along an axis, or that much of it towards another."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[axis] = 1.0
    if towards is not None:
        vector *= np.sqrt(1 - cosine**2)
        vector[towards] = cosine
    return vector


def label(
    recording: int, name: str, *turns: np.ndarray, speaker: str | None = None, seconds: float = 10.0
) -> LabelVoice:
    """Make a label of turns of equal length."""
    sample = Sample(f"feed:{recording}#{name}", np.stack(turns), np.full(len(turns), seconds))
    return LabelVoice(f"feed:{recording}", sample, speaker)


def archive(recordings: int = FEWEST, cosine: float = 0.2) -> list[LabelVoice]:
    """Make recordings of two voices each, the second that much like the first; every voice is heard twice for 10 s."""
    first = [label(i, "A", voice(2 * i % DIMENSION), voice(2 * i % DIMENSION)) for i in range(recordings)]
    near = [voice((2 * i + 1) % DIMENSION, 2 * i % DIMENSION, cosine) for i in range(recordings)]
    return first + [label(i, "B", each, each) for i, each in enumerate(near)]


def test_the_threshold_is_in_the_middle_between_two_voices_and_one() -> None:
    """Halves of a label score 1, labels of one recording 0.2: 0.6, and the widest margin, 0.15."""
    found = calibrate(archive(), BEFORE, NOBODY)
    assert (len(found.trials), found.across) == (4 * FEWEST, 0)
    assert (found.highest_impostor, found.lowest_genuine) == pytest.approx((0.2, 1.0))
    assert (found.after.threshold, found.after.margin) == pytest.approx((0.6, 0.15))
    assert (found.errors.false_accepts, found.errors.false_rejects, found.errors.eer) == (0, 0, 0)


def test_the_margin_is_half_of_the_least_lead() -> None:
    """Where a voice is 0.8 like another of its recording, half of the 0.2 that it is more like itself."""
    assert calibrate(archive(cosine=0.8), BEFORE, NOBODY).after.margin == pytest.approx(0.1)
    assert calibrate(archive(cosine=0.95), BEFORE, NOBODY).after.margin == pytest.approx(0.05)


def test_few_impostors_do_not_lower_the_threshold() -> None:
    """A threshold that no genuine trial is below stays, and one that some are below comes down to them."""
    assert calibrate(archive(), replace(BEFORE, threshold=0.9), NOBODY).after.threshold == pytest.approx(0.9)
    assert calibrate(archive(), replace(BEFORE, threshold=1.2), NOBODY).after.threshold == pytest.approx(1.0)


def test_many_impostors_may_lower_it() -> None:
    """From a hundred trials of two voices on, the middle is taken as it is."""
    found = calibrate(archive(recordings=MANY // 2), replace(BEFORE, threshold=0.9), NOBODY)
    assert found.after.threshold == pytest.approx(0.6)


def test_of_many_trials_a_hundredth_may_be_mistaken() -> None:
    """One label of two hundred that a diarizer made of two voices does not stop the rest from being parted."""
    voices = archive(recordings=MANY)
    odd = label(MANY, "A", voice(0), voice(1))
    assert calibrate([*voices, odd], BEFORE, NOBODY).after.threshold == pytest.approx(0.6)


def test_voices_that_cannot_be_told_apart_are_refused_by_name() -> None:
    """Two labels of a recording that are one voice: the pair is named with its score, and nothing is set."""
    twins = [label(99, "A", voice(0), voice(0)), label(99, "B", voice(0), voice(0))]
    with pytest.raises(CalibrationError, match=r"cannot be told apart.*feed:99#A and feed:99#B 1\.00.*one speaker"):
        calibrate([*archive(), *twins], BEFORE, NOBODY)


def test_labels_that_the_user_gave_one_name_are_no_impostors() -> None:
    """The refusal's own remedy: enrol both labels under one name."""
    twins = [label(99, each, voice(0), voice(0), speaker="Ada") for each in "AB"]
    assert calibrate([*archive(), *twins], BEFORE, NOBODY).after.threshold == pytest.approx(0.6)


def test_what_the_user_enrolled_is_compared_between_recordings() -> None:
    """One name in two recordings is one voice, two names are two, whatever the scores."""
    ada = [label(i, "A", voice(0), voice(0), speaker="Ada") for i in (90, 91)]
    bob = [label(92, "A", voice(1, 0, 0.5), voice(1, 0, 0.5), speaker="Bob")]
    found = calibrate([*archive(), *ada, *bob], BEFORE, NOBODY)
    assert found.across == 2
    between = {(each.voice, each.speaker) for each in found.trials if not each.genuine and "feed:92" in each.voice}
    assert between == {("feed:92#A", "feed:90#A"), ("feed:92#A", "feed:91#A")}
    assert found.highest_impostor == pytest.approx(0.5)


def test_labels_without_a_confirmed_name_are_not_compared_between_recordings() -> None:
    """Two recordings may hold one stranger: nobody knows, so it is no trial."""
    voices = [*archive(), label(99, "A", voice(0), voice(0))]
    assert len(calibrate(voices, BEFORE, NOBODY).trials) == 4 * FEWEST + 1


@pytest.mark.parametrize("voices", [[], archive(FEWEST // 2 - 1), archive()[:FEWEST]])
def test_too_few_trials_are_refused(voices: list[LabelVoice]) -> None:
    """How many there are of each kind, how many are needed, and what would give more."""
    with pytest.raises(CalibrationError, match=r"too few trials .*: \d+ of one voice and \d+ of two, 10 of each"):
        calibrate(voices, BEFORE, NOBODY)


def test_short_labels_are_no_trials() -> None:
    """Less than ten seconds on a side says more of the words than of the voice."""
    short = label(99, "A", voice(0), voice(0), seconds=ENOUGH / 2 - 0.1)
    assert len(calibrate([*archive(), short, label(99, "B", voice(1), voice(1))], BEFORE, NOBODY).trials) == (
        4 * FEWEST + 1
    )


def test_a_cohort_sets_a_threshold_on_its_own_scale() -> None:
    """Scores are deviations then: the threshold parts them, the margin is as wide as on cosines, the cohort is kept."""
    rows = np.random.default_rng(1).normal(size=(SMALLEST_COHORT, DIMENSION)).astype(np.float32)
    cohort = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = calibrate(archive(), replace(BEFORE, threshold=0.9), cohort)
    assert found.highest_impostor < found.after.threshold < found.lowest_genuine
    assert found.after.threshold > 1.0
    assert 0.05 < found.after.margin < found.lowest_genuine
    assert np.array_equal(found.after.cohort, cohort)


def test_too_small_a_cohort_is_not_kept() -> None:
    """With a handful of strangers scores stay cosines."""
    found = calibrate(archive(), BEFORE, np.eye(DIMENSION, dtype=np.float32)[: SMALLEST_COHORT - 1])
    assert len(found.after.cohort) == 0
    assert found.after.threshold == pytest.approx(0.6)


def test_the_report_names_what_it_counts() -> None:
    """Before and after, the trials and their quantiles, the errors."""
    told = describe(calibrate(archive(), BEFORE, NOBODY))
    assert told["threshold"] == pytest.approx({"before": 0.1, "after": 0.6})
    assert (told["genuine"]["trials"], told["impostor"]["trials"]) == (2 * FEWEST, 2 * FEWEST)
    assert (told["impostor"]["highest"], told["genuine"]["lowest"]) == pytest.approx((0.2, 1.0))
    assert (told["eer"], told["far"], told["frr"]) == (0, 0, 0)
