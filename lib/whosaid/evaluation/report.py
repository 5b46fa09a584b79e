"""An evaluation as JSON and in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whosaid.evaluation import COLLAR, Evaluation, Score
from whosaid.evaluation.names import Tally
from whosaid.trials import ErrorRates, upper_bound


def describe(evaluation: Evaluation) -> dict[str, Any]:
    """Return all figures by name, those of all episodes first; None is not measured.

    `name_accuracy` is the share of `named_words` under the right name. Of `false_accept_turns_of` turns whose speaker
    could be taken for an enrolled other, `false_accept_turns` are; of `false_reject_turns_of` turns of enrolled
    speakers, `false_reject_turns` are not under their name; `misplaced_turns` have a wrong name too, as they are under
    the label of another voice, which has its right name, or under none; all by seconds too. `eer`, `far` and `frr`
    are of trials, every label of a recording against every enrolled speaker, at the archive's `threshold`. Episodes
    in `enrolled_from` have a part neither in names nor in trials.
    """
    episodes = [{"episode": name, **rates(score)} for name, score in evaluation.episodes]
    calibration = evaluation.calibration
    return {
        **rates(evaluation.overall),
        **_verification(evaluation.verification),
        "threshold": calibration and calibration.threshold,
        "margin": calibration and calibration.margin,
        "collar": COLLAR,
        "enrolled": evaluation.enrolled,
        "enrolled_from": evaluation.enrolled_from,
        "episodes": episodes,
    }


def rates(score: Score) -> dict[str, Any]:
    """Return the rates of a score and the counts under them."""
    turns, words, names, named = score.turns, score.words, score.names, score.named_words
    return {
        "wer": words and words.wer,
        "der": turns and turns.der,
        "cpwer": words and words.cpwer,
        "speaker_accuracy": words and words.speaker_accuracy,
        "words": words and words.words,
        "aligned": words and words.aligned,
        "speech": turns and turns.speech,
        "name_accuracy": named and named.accuracy,
        "named_words": named and named.aligned,
        **_tally("false_accept", names and names.accepts),
        **_tally("false_reject", names and names.rejects),
        **_tally("misplaced", names and names.misplaced),
    }


def conclude(evaluation: Evaluation) -> Iterator[str]:
    """Yield what the figures of the names mean, a sentence each."""
    names, found = evaluation.overall.names, evaluation.verification
    if names is None:
        yield f"Names are not measured: {_why(evaluation)}."
        return
    if evaluation.enrolled_from:
        yield f"Names are not judged where a voice was enrolled from: {', '.join(evaluation.enrolled_from)}."
    yield f"False accepts, others named as an enrolled speaker: {_say(names.accepts)}."
    yield f"False rejects, enrolled speakers without their name: {_say(names.rejects)}."
    yield f"Wrongly named since the diarizer put them with another voice or none: {_say(names.misplaced)}."
    if evaluation.calibration is not None:
        yield f"At the threshold of {evaluation.calibration.threshold:.2f}, {say_errors(found)}."


def say_errors(found: ErrorRates) -> str:
    """Return the error rates of trials in words, by counts, as few trials bound a rate only loosely."""
    accepts = _rate("false accepts", found.false_accepts, found.impostor)
    rejects = _rate("false rejects", found.false_rejects, found.genuine)
    eer = "not measured" if found.eer is None else f"{found.eer:.1%}"
    return f"{accepts}; {rejects}; equal error rate {eer}"


def _rate(name: str, errors: int, trials: int) -> str:
    if not trials:
        return f"{name} not measured (no trials)"
    return f"{name} {errors} of {trials} trials (at most {upper_bound(errors, trials):.0%} with 95 % confidence)"


def _say(tally: Tally) -> str:
    return f"{tally.wrong} of {tally.turns} turns, {tally.wrong_seconds:.1f} of {tally.seconds:.1f} s"


def _why(evaluation: Evaluation) -> str:
    if not evaluation.enrolled:
        return "nobody is enrolled"
    return "every episode is one that a voice was enrolled from"


def _tally(name: str, tally: Tally | None) -> dict[str, Any]:
    return {
        f"{name}_turns": tally and tally.wrong,
        f"{name}_turns_of": tally and tally.turns,
        f"{name}_seconds": tally and tally.wrong_seconds,
        f"{name}_seconds_of": tally and tally.seconds,
    }


def _verification(found: ErrorRates) -> dict[str, Any]:
    return {
        "eer": found.eer,
        "far": found.false_accept_rate,
        "frr": found.false_reject_rate,
        "genuine_trials": found.genuine,
        "impostor_trials": found.impostor,
    }
