"""`whosaid enroll`, `relabel`, `speakers` and `forget` over a real archive, by the vectors that it keeps."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from typer.testing import CliRunner

from deployments.demo.home import CHANNEL, furnish
from tests.store.talks import VOICE_MODEL, names, near, talk
from whosaid.cli import app
from whosaid.engines import Engines
from whosaid.profiles import DEMO_VOICES
from whosaid.speakers.relabelling import number_unknown
from whosaid.store import Archive
from whosaid.types import SAMPLE_RATE, UNKNOWN, Calibration, Voiceprint

HOST, GUEST, OTHER = near(0), near(1), near(2)
Whosaid: TypeAlias = Callable[..., Any]


@pytest.fixture
def whosaid(archive_url: str, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Whosaid:
    """Run the command over the test's archive; no engine may be loaded."""

    def refuse(*_: object) -> None:
        raise AssertionError("an engine was asked for")

    monkeypatch.setattr(Engines, "lease", refuse)
    return command(archive_url, tmp_path)


def command(archive_url: str, home: Path) -> Whosaid:
    environment = {"WHOSAID_DATABASE_URL": archive_url, "WHOSAID_HOME": str(home), "COLUMNS": "250"}
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env=environment)


@pytest.fixture
def filled(whosaid: Whosaid, archive: Archive) -> Whosaid:
    """Two talks of one host and one guest, a third with another guest; nobody is enrolled."""
    talk(archive, "one", {"A": HOST, "B": GUEST}, title="[bold]One[/bold]")
    talk(archive, "two", {"A": near(1, 0.95), "B": near(0, 0.95)})
    talk(archive, "three", {"A": HOST, "B": OTHER})
    number_unknown(archive, Calibration(VOICE_MODEL))
    return whosaid


def told(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_label_is_enrolled_and_the_archive_named(filled: Whosaid, archive: Archive) -> None:
    """The voice has its name in every video; what is said of the voiceprint is counted in this archive."""
    found = told(filled("enroll", "Ada", "feed:one#A", "--profile", "demo", "--json"))
    assert [names(archive, each) for each in ("one", "two", "three")] == [
        {"A": "Ada", "B": UNKNOWN},
        {"A": UNKNOWN, "B": "Ada"},
        {"A": "Ada", "B": UNKNOWN},
    ]
    assert (found["speaker"], found["version"], found["clips"]) == ("Ada", 1, ["feed:one#A"])
    assert (found["windows"], found["seconds"], found["centroids"]) == (4, 24.0, 1)
    assert (found["false_accepts"], found["false_rejects"]["count"]) == ({"count": 0, "of": 3}, 0)
    assert found["self_similarity"]["lowest"] == pytest.approx(1)
    assert found["recognised"]["labels"] == 3
    assert found["relabelled"]["vectors_reused"] == 24
    assert {(each["video"], each["label"]) for each in found["relabelled"]["changes"]} == {
        ("feed:one", "A"),
        ("feed:two", "B"),
        ("feed:three", "A"),
    }


def test_a_voice_of_two_videos_is_named_once(filled: Whosaid, archive: Archive) -> None:
    """An unknown voice goes by its number; naming it names all of its labels and takes the number off them."""
    before = told(filled("speakers", "--json"))
    [guest] = [each for each in before["unknown"] if each["sample"].startswith("https://example.org/feed/one#t=6")]
    assert guest["videos"] == 2
    found = told(filled("enroll", "Tom Hale", f"voice:{guest['voice']}", "--profile", "demo", "--json"))
    assert set(found["clips"]) == {"feed:one#B", "feed:two#A"}
    assert found["unnamed"] == []
    assert (names(archive, "one")["B"], names(archive, "two")["A"]) == ("Tom Hale", "Tom Hale")
    after = told(filled("speakers", "--json"))
    assert {each["voice"] for each in after["unknown"]} == {each["voice"] for each in before["unknown"]} - {
        guest["voice"]
    }
    assert [(each["name"], each["videos"]) for each in after["speakers"]] == [("Tom Hale", 2)]


def test_what_keeps_no_name_is_said(filled: Whosaid, archive: Archive) -> None:
    """A label that was given to a speaker and that another one has all the same."""
    archive.keep_calibration(Calibration(VOICE_MODEL, threshold=0.999))
    found = told(filled("enroll", "Ada", "feed:one#A", "feed:two#B", "--profile", "demo", "--json"))
    assert found["unnamed"] == ["feed:one#A", "feed:two#B"]
    archive.forget("Ada")
    assert "Still not Ada" in filled("enroll", "Ada", "feed:one#A", "feed:two#B", "--profile", "demo").stdout


def test_an_enrolment_can_leave_the_archive_alone(filled: Whosaid, archive: Archive) -> None:
    """Until a relabelling, which changes nothing when it is asked for again."""
    told(filled("enroll", "Ada", "feed:one#A", "--profile", "demo", "--no-relabel", "--json"))
    assert names(archive, "one")["A"] == UNKNOWN
    [first], [second] = (told(filled("relabel", "--profile", "demo", "--json")) for _ in range(2))
    assert (len(first["changes"]), first["written"]) == (3, 3)
    assert (len(second["changes"]), second["written"]) == (0, 0)
    assert first["unknown_voices"] == second["unknown_voices"] == 2


def test_forgetting_takes_the_name_off(filled: Whosaid, archive: Archive) -> None:
    """Only when it is meant; the voice has its old number again."""
    numbers = {each["voice"] for each in told(filled("speakers", "--json"))["unknown"]}
    filled("enroll", "Ada", "feed:one#A", "--profile", "demo")
    assert filled("forget", "Ada").exit_code == 2
    assert names(archive, "one")["A"] == "Ada"
    assert filled("forget", "Ada", "--yes").exit_code == 0
    assert names(archive, "one")["A"] == UNKNOWN
    assert {each["voice"] for each in told(filled("speakers", "--json"))["unknown"]} == numbers


def test_a_new_voiceprint_is_a_version(filled: Whosaid, archive: Archive) -> None:
    """Replaced or added to when asked, and never silently."""
    filled("enroll", "Ada", "feed:one#A", "--profile", "demo")
    assert filled("enroll", "Ada", "feed:two#B", "--profile", "demo").exit_code == 1
    added = told(filled("enroll", "Ada", "feed:two#B", "--profile", "demo", "--add", "--json"))
    assert (added["version"], added["clips"], added["seconds"]) == (2, ["feed:one#A", "feed:two#B"], 48.0)
    replaced = told(filled("enroll", "Ada", "feed:three#A", "--profile", "demo", "--again", "--json"))
    assert (replaced["version"], replaced["clips"]) == (3, ["feed:three#A"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Bob", "feed:one#A"], "this voice is enrolled as Ada (score"),
        (["ada", "feed:one#B"], "write 'Ada'"),
        (["Ada", "feed:two#B"], "replace that with --again, or add to it with --add"),
        (["Ada", "feed:one#A", "--again"], "is made of this sound already"),
        (["Ada", "feed:one#A", "--add"], "is made of this sound already"),
        (["Ada", "feed:one#B", "--add"], "another voice than that of Ada"),
        (["Bob", "feed:one#B", "--again"], "Bob is not enrolled yet"),
        (["Bob", "feed:one#B", "feed:one#B"], "is named twice"),
        (["Bob", "feed:one#A", "feed:one#B"], "two voices are heard"),
        (["Bob", "feed:one#C"], "feed:one has no label 'C': it has A, B"),
        (["Bob", "feed:none#A"], "the archive has no video 'feed:none'"),
        (["Bob", "voice:999"], "no unknown voice 999"),
        (["Bob", "feed:brief#A"], "12.0 s of speech in 2 stretches"),
        (["Bob", "feed:foreign#A"], "were heard by another voice model"),
        (["Bob", "no-such-file.wav"], "there is no file 'no-such-file.wav'"),
        (["unknown", "feed:one#B"], "stands for voices without a name"),
        (["Bob", "http://ada:secret@127.0.0.1:9/a.wav"], "http://127.0.0.1:9/a.wav cannot be heard"),
    ],
)
def test_a_mistake_is_told_in_a_line(filled: Whosaid, archive: Archive, arguments: list[str], says: str) -> None:
    """With exit 1, the evidence and no traceback or password; and nothing is kept."""
    talk(archive, "brief", {"A": GUEST}, rounds=2)
    talk(archive, "foreign", {"A": GUEST}, model_key="another-model")
    filled("enroll", "Ada", "feed:one#A", "--profile", "demo", "--no-relabel")
    before = archive.enrolments()
    result = filled("enroll", *arguments, "--profile", "demo")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert says in result.stderr
    assert "secret" not in result.output
    assert archive.enrolments() == before


def test_another_profile_is_refused(filled: Whosaid, archive: Archive) -> None:
    """A voiceprint by a model that heard nothing here would name nobody, and a relabelling would do nothing."""
    for arguments in (["enroll", "Ada", "feed:one#A"], ["relabel"]):
        result = filled(*arguments)
        assert result.exit_code == 1
        assert f"heard by {VOICE_MODEL}, not by speechbrain" in result.stderr


def test_speakers_of_another_model_are_told_of(
    filled: Whosaid, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    """They are not recognised, and neither the list nor a relabelling passes over that."""
    print_ = Voiceprint("Ada", "old-model", HOST[None], 5, 20.0, ("a.wav",))
    archive.keep_voiceprint(print_)
    told(filled("relabel", "--profile", "demo", "--json"))
    assert "not recognised: Ada; enrol them again" in caplog.text
    assert "by which no recording was heard: enrol again" in filled("speakers").stdout
    caplog.clear()
    archive.keep_voiceprint(replace(print_, model_key=VOICE_MODEL))
    told(filled("relabel", "--profile", "demo", "--json"))
    assert caplog.text == ""


def test_the_list_is_for_people(filled: Whosaid) -> None:
    """Names and recurring voices first, the voices of one video counted below unless all are asked for."""
    shown = filled("speakers").stdout
    assert len(re.findall(r"unknown voice \d", shown)) == 2
    assert "1 unknown voices of one video each, 0:00:24 in all: --all lists them." in shown
    assert len(re.findall(r"unknown voice \d", filled("speakers", "--all").stdout)) == 3
    changed = filled("enroll", "Ada <b>", "feed:one#A", "--profile", "demo").stdout
    assert "[bold]One[/bold]" in changed
    assert "Ada <b>" in changed


def write(file: Path, samples: Any, rate: int = SAMPLE_RATE) -> str:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.asarray(samples) * 32767).astype("<i2").tobytes())
    return str(file)


@pytest.mark.parametrize(
    ("clip", "says"),
    [
        (lambda folder: write(folder / "a.wav", np.zeros(20 * SAMPLE_RATE)), "no speech is heard"),
        (lambda folder: write(folder / "a.wav", np.zeros(20 * 8000), 8000), "recorded at 8000 Hz"),
        (lambda folder: write(folder / "a.wav", []), "a.wav cannot be heard"),
        (lambda _: str(CHANNEL / "broken-tape.opus"), "broken-tape.opus cannot be heard"),
        (lambda _: str(CHANNEL / "music-only.opus"), "music-only.opus: no speech is heard"),
        (lambda _: f"{CHANNEL / 'light-in-the-morning.opus'}#t=0,2", "a voiceprint takes 15 s in 3: add"),
        (lambda _: f"{CHANNEL / 'light-in-the-morning.opus'}#t=600,620", "reaches outside of its"),
    ],
)
def test_sound_that_holds_no_voice_is_refused(whosaid: Whosaid, tmp_path: Path, clip: Any, says: str) -> None:
    """Before any engine is loaded."""
    result = whosaid("enroll", "Bob", clip(tmp_path), "--profile", "demo")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert says in result.stderr


@pytest.fixture
def hearing(archive_url: str, archive: Archive, tmp_path: Path) -> Whosaid:
    """The command with the demo's voice model."""
    furnish(tmp_path)
    return command(archive_url, tmp_path)


def test_sound_makes_a_voiceprint(hearing: Whosaid, archive: Archive) -> None:
    """By the real model: one voice is enrolled from two clips; two voices are refused."""
    host = f"{CHANNEL / 'light-in-the-morning.opus'}#t="
    found = told(hearing("enroll", "Nora Bell", f"{host}0,14", f"{host}0:00:20,0:00:32", "--profile", "demo", "--json"))
    assert found["clips"] == ["light-in-the-morning.opus#t=0,14", "light-in-the-morning.opus#t=20,32"]
    assert 15 < found["seconds"] < 26
    assert found["self_similarity"]["mean"] > 0.6
    assert (found["nearest"], found["false_rejects"]["count"]) == (None, 0)
    [kept] = archive.voiceprints(DEMO_VOICES.model_key)
    assert np.linalg.norm(kept.centroids, axis=1) == pytest.approx(1)
    mixed = hearing("enroll", "Anna Reed", f"{CHANNEL / 'breakfast-with-anna-reed.opus'}#t=30,65", "--profile", "demo")
    assert "two voices are heard" in mixed.stderr
