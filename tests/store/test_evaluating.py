"""`whosaid eval` and `whosaid calibrate` over a real archive whose voices are known by construction."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.store.publications import publication, video
from whosaid.calibration import FEWEST
from whosaid.cli import app
from whosaid.profiles import DEMO_VOICES
from whosaid.store import Archive
from whosaid.types import Diarization, Identity, Span, Turn, Video, Voiceprint, VoiceVectors

MODEL = DEMO_VOICES.model_key
VOICES = np.eye(2 * FEWEST + 2, dtype=np.float32)
HOST = 0
Whosaid: TypeAlias = Callable[..., Any]


def publish(archive: Archive, of: Video, *voices: int) -> None:
    """Publish a recording in which the labels A, B ... take two turns of ten seconds each, one after the other."""
    labels = "ABCD"[: len(voices)]
    turns = tuple(Turn(10.0 * i, 10.0 * i + 10, label) for i, label in enumerate(labels * 2))
    spans = tuple(Span(turn.start, turn.end) for turn in turns)
    archive.publish(
        replace(
            publication(of, turns=0),
            diarization=Diarization(turns),
            voices=VoiceVectors(MODEL, spans, VOICES[[*voices, *voices]]),
            identities=tuple(Identity(label) for label in labels),
        )
    )


def enrol(archive: Archive, name: str, voice: int, *clips: str) -> None:
    archive.keep_voiceprint(Voiceprint(name, MODEL, VOICES[[voice]], 10, 40.0, clips))


def write_rttm(folder: Path, session: str, *speakers: str) -> None:
    """Write the turns that `publish` makes."""
    folder.mkdir(exist_ok=True)
    lines = [
        f"SPEAKER {session} 1 {10 * i} 10 <NA> <NA> {name} <NA> <NA>\n" for i, name in enumerate([*speakers, *speakers])
    ]
    (folder / f"{Path(session).name}.rttm").write_text("".join(lines))


@pytest.fixture
def whosaid(archive_url: str, archive: Archive, tmp_path: Path) -> Whosaid:
    environment = {"WHOSAID_DATABASE_URL": archive_url, "WHOSAID_HOME": str(tmp_path / "home"), "COLUMNS": "200"}
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env=environment)


@pytest.fixture
def talks(archive: Archive) -> Archive:
    """As many recordings of the host with a guest of their own as calibration asks for at least."""
    for i in range(FEWEST):
        publish(archive, video(f"talk-{i}"), HOST, i + 1)
    return archive


def test_names_are_judged_by_turns_alone(whosaid: Whosaid, talks: Archive, tmp_path: Path) -> None:
    """Relabelled by a voiceprint of another recording, the host has her name and the guest none; words are untold."""
    enrol(talks, "Nora Bell", HOST, "feed:talk-0#A")
    assert whosaid("relabel", "--profile", "demo").exit_code == 0
    write_rttm(tmp_path / "turns", "talk-1", "Nora_Bell", "guest")
    write_rttm(tmp_path / "turns", "talk-0", "Nora_Bell", "guest")
    told = json.loads(whosaid("eval", str(tmp_path / "turns"), "--json").stdout)
    assert (told["wer"], told["name_accuracy"], told["enrolled_from"]) == (None, None, ["talk-0"])
    assert (told["false_accept_turns"], told["false_accept_turns_of"]) == (0, 2)
    assert (told["false_reject_turns"], told["false_reject_turns_of"]) == (0, 2)
    assert (told["far"], told["frr"], told["genuine_trials"], told["impostor_trials"]) == (0, 0, 1, 1)
    assert Path(told["plot"]) == tmp_path / "home" / "reports" / "eval-turns.svg"
    assert "<svg" in Path(told["plot"]).read_text()


def test_what_is_not_measured_is_said(whosaid: Whosaid, talks: Archive, tmp_path: Path) -> None:
    """For people too an unmeasured rate is no 0 %, and there is nothing to draw."""
    write_rttm(tmp_path / "turns", "talk-1", "a", "b")
    shown = whosaid("eval", str(tmp_path / "turns"))
    assert shown.exit_code == 0
    assert "not measured" in shown.stdout
    assert "nobody is enrolled" in shown.stdout
    assert not (tmp_path / "home" / "reports").exists()
    refused = whosaid("eval", str(tmp_path / "turns"), "--plot", str(tmp_path / "scores.png"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "there are no trials: enrol a speaker" in refused.stderr


def test_the_plot_goes_where_it_is_asked_to(whosaid: Whosaid, talks: Archive, tmp_path: Path) -> None:
    """In the format of its suffix; another one is refused."""
    enrol(talks, "Nora Bell", HOST, "elsewhere.wav")
    write_rttm(tmp_path / "turns", "talk-1", "Nora Bell", "guest")
    (tmp_path / "turns" / "talk-1.rttm").write_text("SPEAKER talk-1 1 0 10 <NA> <NA> Nora_Bell <NA> <NA>\n")
    assert whosaid("eval", str(tmp_path / "turns"), "--plot", str(tmp_path / "scores.png")).exit_code == 0
    assert (tmp_path / "scores.png").read_bytes().startswith(b"\x89PNG")
    refused = whosaid("eval", str(tmp_path / "turns"), "--plot", str(tmp_path / "scores.doc"))
    assert "name a file that ends in" in refused.stderr


def test_a_file_is_found_by_its_name(whosaid: Whosaid, archive: Archive, tmp_path: Path) -> None:
    """References name the recording, not where it lies; two files of one name are told apart by the whole path."""
    publish(archive, video("/some/where/call.one.wav", kind="file"), 0, 1)
    write_rttm(tmp_path / "turns", "call.one", "a", "b")
    assert json.loads(whosaid("eval", str(tmp_path / "turns"), "--json").stdout)["der"] == 0
    publish(archive, video("/else/where/call.one.mp3", kind="file"), 0, 1)
    refused = whosaid("eval", str(tmp_path / "turns"))
    assert "2 videos go by 'call.one': name one of file:/else/where/call.one.mp3" in refused.stderr


def test_a_session_that_the_archive_lacks_is_an_error(whosaid: Whosaid, talks: Archive, tmp_path: Path) -> None:
    """Rates over the ones that are there would flatter."""
    write_rttm(tmp_path / "turns", "talk-1", "a", "b")
    write_rttm(tmp_path / "turns", "missing", "a", "b")
    refused = whosaid("eval", str(tmp_path / "turns"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "has no video 'missing'" in refused.stderr


def test_two_voice_models_are_not_compared(whosaid: Whosaid, talks: Archive, tmp_path: Path) -> None:
    """Recordings that two models heard have no scores in common."""
    talks.publish(publication(video("other")))
    write_rttm(tmp_path / "turns", "talk-1", "a", "b")
    write_rttm(tmp_path / "turns", "other", "a", "b")
    assert "several voice models heard these recordings" in whosaid("eval", str(tmp_path / "turns")).stderr


def test_calibrate_sets_the_threshold_and_names_by_it(whosaid: Whosaid, talks: Archive) -> None:
    """Voices at right angles: few of them do not lower the default; kept as a version, and all named by it."""
    enrol(talks, "Nora Bell", HOST, "feed:talk-0#A", "feed:talk-1#A")
    told = json.loads(whosaid("calibrate", "--profile", "demo", "--json").stdout)
    assert (told["genuine"]["trials"], told["genuine"]["across_recordings"]) == (2 * FEWEST + 2, 2)
    assert told["impostor"]["trials"] == 2 * FEWEST
    assert told["threshold"] == {"before": 0.5, "after": 0.5}
    assert (told["version"], told["relabelled"]["recordings"]) == (1, FEWEST)
    assert len(told["relabelled"]["changes"]) == FEWEST
    assert talks.calibration(MODEL).margin == pytest.approx(0.15)


def test_a_dry_run_stores_nothing(whosaid: Whosaid, talks: Archive) -> None:
    """It says what it would do, how sure it is, and what its trials cannot know."""
    shown = whosaid("calibrate", "--profile", "demo", "--dry-run")
    assert shown.exit_code == 0
    said = " ".join(shown.stdout.split())
    assert "threshold: 0.5 -> 0.5" in said
    assert "false accepts 0 of 20 trials (at most 14% with 95 % confidence)" in said
    assert "halves of one recording" in said
    assert "Nothing is stored." in said
    assert json.loads(whosaid("calibrate", "--profile", "demo", "--json").stdout)["version"] == 1


def test_unknown_voices_become_the_cohort(whosaid: Whosaid, archive: Archive) -> None:
    """Numbered strangers, one centroid each, normalise the scores from then on; the calibration keeps them."""
    for i in range(FEWEST):
        publish(archive, video(f"talk-{i}"), 2 * i, 2 * i + 1)
    assert whosaid("relabel", "--profile", "demo").exit_code == 0
    told = json.loads(whosaid("calibrate", "--profile", "demo", "--json").stdout)
    assert told["cohort"] == {"before": 0, "after": 2 * FEWEST}
    assert archive.calibration(MODEL).cohort.shape == (2 * FEWEST, VOICES.shape[1])
    assert told["threshold"]["after"] == pytest.approx(archive.calibration(MODEL).threshold)


def test_voices_that_overlap_are_refused_and_nothing_is_stored(whosaid: Whosaid, talks: Archive) -> None:
    """One voice under two labels of a recording: the pair is named, the old calibration stays."""
    publish(talks, video("twins"), HOST, HOST)
    refused = whosaid("calibrate", "--profile", "demo")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "feed:twins#A and feed:twins#B 1.00" in refused.stderr
    assert len(talks.calibration(MODEL).cohort) == 0
    assert json.loads(whosaid("relabel", "--profile", "demo", "--json").stdout)[0]["recordings"] == FEWEST + 1


def test_too_few_voices_are_refused(whosaid: Whosaid, archive: Archive) -> None:
    """The counts and the remedy in a line; so for an archive that another model heard."""
    publish(archive, video("talk"), 0, 1)
    assert "2 of one voice and 2 of two, 10 of each are needed" in whosaid("calibrate", "--profile", "demo").stderr
    assert "choose the profile" in whosaid("calibrate", "--profile", "balanced").stderr
