"""What the command line shows to people. Text of the archive is printed as it is, never read as markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from whosaid.formats import address_at, clock, one_line

_WORDS_BEFORE: Final = 10
_WORDS_SHOWN: Final = 70

if TYPE_CHECKING:
    from whosaid.calibration import Fit
    from whosaid.evaluation import Evaluation
    from whosaid.speakers.assessment import Assessment
    from whosaid.speakers.enrolling import Enrolled
    from whosaid.speakers.relabelling import Relabelling
    from whosaid.speakers.roster import Roster, Speaker
    from whosaid.store import EmbeddedModel, HeardVoice, Hit, RunRecord, Scope, Status


def show_status(status: Status) -> None:
    """Print what the archive holds."""
    videos = status.videos
    total = _table("", "")
    _add(total, "videos", f"{videos.done} done, {videos.discovered} discovered, {videos.unavailable} unavailable, "
                          f"{videos.failed} failed")  # fmt: skip
    _add(total, "audio", f"{status.hours:.2f} hours")
    _add(total, "passages", str(status.passages))
    for model in status.models:
        _add(total, "embedded", _describe_model(model, status.passages))
    _add(total, "enrolled", f"{status.enrolled} speakers")
    for share in status.speakers:
        _add(total, "speech", f"{clock(share.speech)} by {share.speaker} in {share.videos} videos")
    for run in status.runs:
        _add(total, "run", _describe_run(run))
    _print(total)


def _describe_model(model: EmbeddedModel, passages: int) -> str:
    share = f"{model.passages / max(1, passages):.0%}"
    serving = ", serving search" if model.serving else ""
    return f"{model.passages} ({share}) by {model.model_key}, {model.dimension} dimensions{serving}"


def show_hits(hits: Sequence[Hit]) -> None:
    """Print what was found, best first: each from a little before the moment that answers, matching words in bold."""
    table = _table("score", "time", "speaker", "video", "text")
    for hit in hits:
        _add(table, f"{hit.score:.2f}", clock(hit.moment), hit.speaker, hit.title, _excerpt(hit))
    _print(table)


def advise(option: str, scope: Scope) -> str:
    """Return what to do where nothing was found."""
    narrowed = [f"--{field.name}" for field in fields(scope) if getattr(scope, field.name) is not None]
    if narrowed:
        return f"Nothing found there: search without {' or '.join(filter(None, (*narrowed, option)))}."
    if option:
        return f"Nobody says it in these words: search without {option} for what comes near."
    return "Nothing found: the archive has no such passage yet. Ingest more, or ask in other words."


def show_evaluation(evaluation: Evaluation) -> None:
    """Print the rates of each episode, and of all together in the last row; then what they say of names."""
    from whosaid.evaluation.report import conclude, rates

    table = _table("episode", "words", "WER", "DER", "cpWER", "right speaker", "right name")
    measures = ("wer", "der", "cpwer", "speaker_accuracy", "name_accuracy")
    for name, score in (*evaluation.episodes, ("all", evaluation.overall)):
        found = rates(score)
        words = "not told" if found["words"] is None else str(found["words"])
        _add(table, name, words, *(_percent(found[measure]) for measure in measures))
    _print(table)
    for sentence in conclude(evaluation):
        _say(sentence)


def show_enrolled(enrolled: Enrolled) -> None:
    """Print what was enrolled, and which errors to expect of it."""
    print_, found = enrolled.voiceprint, enrolled.assessment
    table = _table("", "")
    _add(table, "enrolled", f"{print_.speaker}, version {enrolled.version}, by {_short(print_.model_key)}")
    _add(table, "made of", f"{found.seconds:.1f} s of speech in {found.windows} windows, "
                           f"{len(print_.centroids)} centroid(s)")  # fmt: skip
    _add(table, "from", ", ".join(print_.clips))
    _add(table, "like itself", f"{found.similarity:.2f} on average, {found.lowest:.2f} at least")
    _add(table, "nearest other", _describe_nearest(found))
    _add(table, "false accepts", f"{found.false_accepts} of {found.others} other voices at {found.threshold:.2f}")
    _add(table, "false rejects", f"{found.false_rejects} of {found.groups} stretches of the clips")
    _add(table, "recognised", _describe_accepted(found))
    _print(table)


def show_unnamed(labels: Sequence[str], speaker: str) -> None:
    """Print which labels do not have the name of the speaker that they were given to."""
    if labels:
        _say(f"Still not {speaker}, below the threshold or the margin: {', '.join(labels)}")


def show_changes(relabelled: Relabelling) -> None:
    """Print which labels are named otherwise than before."""
    table = _table("video", "label", "before", "after", "score")
    for each in relabelled.changes:
        _add(table, each.video.title, each.label, each.before, each.after, f"{each.score:.2f}")
    if relabelled.changes:
        _print(table)
    _say(f"{relabelled.line}.")


def show_speakers(roster: Roster, unknown: Sequence[HeardVoice]) -> None:
    """Print the speakers and those of the unknown voices, then how many more there are."""
    table = _table("voice", "hours", "videos", "voiceprint", "hear it")
    for speaker in roster.speakers:
        _add(table, speaker.name, *_heard(speaker.heard, _describe_voiceprint(speaker, roster)))
    for voice in unknown:
        _add(table, f"unknown voice {voice.number}", *_heard(voice, "none"))
    _print(table)
    hidden = [each for each in roster.unknown if each not in unknown]
    if hidden:
        speech = sum(each.speech for each in hidden)
        _say(f"{len(hidden)} unknown voices of one video each, {clock(speech)} in all: --all lists them.")
    if roster.rest is not None:
        _say(f"Too short to be known again: {clock(roster.rest.speech)} in {roster.rest.videos} videos.")


def show_calibration(fit: Fit, version: int | None) -> None:
    """Print the scores of one voice and of two, what follows from them, and how far they can be trusted."""
    from whosaid.calibrating import describe
    from whosaid.evaluation.report import say_errors

    told = describe(fit)
    classes = {"one voice": told["genuine"], "two voices": told["impostor"]}
    shown = ("trials", "lowest", "1 %", "median", "99 %", "highest")
    table = _table("", *shown)
    for name, found in classes.items():
        _add(table, name, str(found["trials"]), *(f"{found[each]:.2f}" for each in shown[1:]))
    _print(table)
    for name in ("threshold", "margin", "cohort"):
        _say(f"{name}: {told[name]['before']:.4g} -> {told[name]['after']:.4g}")
    _say(f"At this threshold: {say_errors(fit.errors)}.")
    _say(
        f"{fit.across} of the trials of one voice are between recordings; the others are halves of one recording, "
        "which are more alike: expect more false rejects than these."
    )
    _say("Nothing is stored." if version is None else f"Stored as version {version}.")


def _heard(voice: HeardVoice | None, voiceprint: str) -> tuple[str, ...]:
    if voice is None:
        return "0.00", "0", voiceprint, ""
    address = address_at(voice.sample.id, voice.sample.url, voice.moment)
    return f"{voice.speech / 3600:.2f}", str(voice.videos), voiceprint, address


def _describe_voiceprint(speaker: Speaker, roster: Roster) -> str:
    told = [
        f"version {each.version}, {each.seconds:.0f} s, by {_short(each.model_key)}"
        + ("" if each.model_key in roster.models else " (by which no recording was heard: enrol again)")
        for each in speaker.enrolments
    ]
    return "; ".join(told) or "forgotten: relabel"


def _describe_nearest(found: Assessment) -> str:
    if found.nearest is None:
        return "none: the archive has no other voice yet"
    return f"{found.nearest.name}, cosine {found.nearest.cosine:.2f}"


def _describe_accepted(found: Assessment) -> str:
    if found.faintest is None:
        return "no label of the archive"
    return (
        f"{found.accepts} labels of the archive, the faintest {found.faintest.name}, cosine {found.faintest.cosine:.2f}"
    )


def _short(model_key: str) -> str:
    """Return a voice model with the beginning of its revision."""
    name, mark, revision = model_key.partition("@")
    return f"{name}{mark}{revision.removeprefix('sha256:')[:8]}"


def _say(sentence: str) -> None:
    Console(highlight=False).print(Text(one_line(sentence)))


def _percent(rate: float | None) -> str:
    return "not measured" if rate is None else f"{rate:.1%}"


def _describe_run(run: RunRecord) -> str:
    took = "not ended" if run.seconds is None else f"{run.seconds:.0f} s"
    counts = f"{run.done} done, {run.unavailable} unavailable, {run.failed} failed"
    return f"{run.started_at:%Y-%m-%d %H:%M} {run.profile} {run.source}: {counts}, {took}"


def _table(*columns: str) -> Table:
    table = Table(box=None, show_header=any(columns), pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", min_width=4)
    return table


def _excerpt(hit: Hit) -> Text:
    """Return the words around the moment of a hit, those that match in bold."""
    at = next((i for i, word in enumerate(hit.words) if word.start >= hit.moment), 0)
    first = max(0, at - _WORDS_BEFORE)
    last = min(len(hit.words), first + _WORDS_SHOWN)
    said = Text("… " if first else "")
    for i in range(first, last):
        said.append(one_line(hit.words[i].text), "bold" if i in hit.matched else None)
        said.append(" ")
    return said.append("…" if last < len(hit.words) else "")


def _add(table: Table, *cells: str | Text) -> None:
    table.add_row(*(Text(one_line(cell)) if isinstance(cell, str) else cell for cell in cells))


def _print(table: Table) -> None:
    Console(highlight=False, soft_wrap=False).print(table)
