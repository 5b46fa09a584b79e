"""The command `whosaid` over a real archive."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from tests.store.publications import unit
from whosaid import profiles
from whosaid.attribution import attribute
from whosaid.cli import app
from whosaid.engines import Engines
from whosaid.passages import PassageRule, cut
from whosaid.store import Archive
from whosaid.text import Role, ScriptedText
from whosaid.types import (
    Audio,
    Diarization,
    Identity,
    PassageVectors,
    Publication,
    Transcript,
    Turn,
    Video,
    VoiceVectors,
    Word,
)
from whosaid.voices import ScriptedVoices
from whosaid.weights import Weights

TEXT = ScriptedText(dimension=64)
SAID = "How many hours of sleep do we need? Eight hours of sleep are [red]enough[/red] for most. \x1b[2J Thank you."
VIDEO = Video("youtube", "talk", "https://example.org/watch?v=talk", "[bold]Sleep[/bold]", "Ada", None, 12.0)
Whosaid: TypeAlias = Callable[..., Any]


def publish(archive: Archive, tmp_path: Path) -> None:
    words = tuple(Word(i * 0.5, i * 0.5 + 0.5, text, 0.9) for i, text in enumerate(SAID.split(" ")))
    turns = Diarization((Turn(0, 4, "SPEAKER_00"), Turn(4, 20, "SPEAKER_01")))
    identities = Identity("SPEAKER_00", "Ada", 0.9, 0.9), Identity("SPEAKER_01")
    transcript = Transcript(words, "en")
    utterances = attribute(transcript, turns, identities)
    passages = cut(utterances, PassageRule(min_chars=20, max_chars=60))
    with Engines(Weights(tmp_path)) as engines, engines.lease(TEXT) as embedder:
        vectors = embedder.embed([passage.text for passage in passages], Role.passage)
    archive.publish(
        Publication(
            video=VIDEO,
            audio=Audio("0" * 64, 12.0),
            transcript=transcript,
            diarization=turns,
            voices=VoiceVectors(ScriptedVoices().model_key, turns.turns, unit(2, 8)),
            identities=identities,
            utterances=utterances,
            passages=passages,
            embeddings=PassageVectors(TEXT.model_key, vectors),
            fingerprint="fingerprint",
            naming="naming",
        )
    )


@pytest.fixture
def whosaid(archive_url: str, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Whosaid:
    """Run the command against the test's archive, which embeds its queries with the scripted model."""
    monkeypatch.setattr(profiles, "text_spec", {TEXT.model_key: TEXT}.__getitem__)
    environment = {"WHOSAID_DATABASE_URL": archive_url, "WHOSAID_HOME": str(tmp_path), "COLUMNS": "200"}
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env=environment)


@pytest.fixture
def filled(whosaid: Whosaid, archive: Archive, tmp_path: Path) -> Whosaid:
    publish(archive, tmp_path)
    return whosaid


def write_reference(folder: Path) -> None:
    folder.mkdir(parents=True)
    first, second = SAID.split("? ")
    lines = [(0, 4, "Ada Lovelace", first), (4, 12, "Bob", second)]
    segments = [
        {"session_id": "talk", "speaker": speaker, "start_time": start, "end_time": end, "words": words}
        for start, end, speaker, words in lines
    ]
    (folder / "talk.json").write_text(json.dumps(segments))
    (folder / "questions.json").write_text('[{"question": "?"}]')


def test_search_finds_the_passage_that_answers(filled: Whosaid) -> None:
    """The best hit comes first, with its speaker, its times and an address at the time."""
    hits = json.loads(filled("search", "eight hours of sleep are enough", "--json").stdout)
    assert "Eight hours" in hits[0]["text"]
    assert hits[0]["speaker"] == "unknown"
    assert hits[0]["video"] == "youtube:talk"
    assert hits[0]["url"] == f"https://example.org/watch?v=talk&t={int(hits[0]['moment'])}"
    assert {"title", "start", "end", "score", "highlights"} <= hits[0].keys()
    assert hits[0]["score"] >= hits[-1]["score"]


def test_search_keeps_to_a_speaker_and_a_number(filled: Whosaid) -> None:
    """Only the passages of the speaker who is asked for, and no more than asked for."""
    hits = json.loads(filled("search", "hours of sleep", "--speaker", "Ada", "--json").stdout)
    assert {hit["speaker"] for hit in hits} == {"Ada"}
    assert len(json.loads(filled("search", "hours of sleep", "--limit", "1", "--json").stdout)) == 1


def test_search_prints_hostile_text_as_it_is(filled: Whosaid) -> None:
    """Markup in a title or a text is text, and an escape sequence does not reach the terminal."""
    result = filled("search", "eight hours of sleep")
    assert result.exit_code == 0
    assert "[red]enough[/red]" in result.stdout
    assert "[bold]Sleep[/bold]" in result.stdout
    assert "0:00:04" in result.stdout
    assert "\x1b" not in result.stdout


def test_nothing_found_says_what_to_do(filled: Whosaid) -> None:
    """No hits are no failure: the answer says which restriction to drop."""
    assert json.loads(filled("search", "sleep", "--since", "2030-01-01", "--json").stdout) == []
    result = filled("search", "sleep", "--since", "2030-01-01", "--speaker", "Ada")
    assert (result.exit_code, result.stdout) == (0, "Nothing found there: search without --speaker or --since.\n")
    assert "without --exact" in filled("search", "sleep eight hours", "--exact").stdout


def test_a_quote_is_found_without_a_text_model(filled: Whosaid, monkeypatch: pytest.MonkeyPatch) -> None:
    """--exact finds words as they were said and embeds nothing; the address opens at the first of them."""
    monkeypatch.setattr(profiles, "text_spec", None)
    [hit] = json.loads(filled("search", "SLEEP are [red] enough", "--exact", "--json").stdout)
    [[first, last]] = hit["highlights"]
    assert hit["text"][first:last] == "sleep are [red]enough[/red]"
    assert (hit["moment"], hit["score"]) == (4.5 + 1, 1)


def test_an_empty_archive_is_said(whosaid: Whosaid) -> None:
    """Before the first ingest there is nothing to find, and zero of everything."""
    assert whosaid("search", "sleep").exit_code == 0
    assert json.loads(whosaid("status", "--json").stdout)["passages"] == 0


def test_status_counts(filled: Whosaid) -> None:
    """The status has the videos by state, hours, passages per model; for people and as JSON."""
    told = json.loads(filled("status", "--json").stdout)
    assert told["videos"] == {"discovered": 0, "unavailable": 0, "failed": 0, "done": 1}
    assert told["hours"] == pytest.approx(12 / 3600)
    (model,) = told["models"]
    assert model == {"model_key": TEXT.model_key, "dimension": 64, "passages": told["passages"], "serving": True}
    assert "1 done" in filled("status").stdout


@pytest.mark.parametrize(
    ("name", "begins"),
    [("srt", "1\n00:00:00,000"), ("vtt", "WEBVTT\n"), ("rttm", "SPEAKER youtube:talk 1 0.000 4.000 <NA> <NA> Ada")],
)
def test_export_writes_formats(filled: Whosaid, tmp_path: Path, name: str, begins: str) -> None:
    """To standard output, or the same bytes to a file."""
    printed = filled("export", "youtube:talk", "--format", name)
    assert printed.exit_code == 0
    assert printed.stdout.startswith(begins)
    filled("export", VIDEO.url, "--format", name, "--output", str(tmp_path / "out"))
    assert (tmp_path / "out").read_text() == printed.stdout


@pytest.mark.parametrize("name", ["seglst", "json"])
def test_export_writes_json(filled: Whosaid, name: str) -> None:
    """Both JSON formats hold the whole text."""
    told = json.loads(filled("export", "talk", "--format", name).stdout)
    texts = [each["words"] for each in told] if name == "seglst" else [each["text"] for each in told["utterances"]]
    assert " ".join(texts) == SAID


def test_eval_measures_against_references(filled: Whosaid, tmp_path: Path) -> None:
    """References are found by name under the home or by path, other JSON beside them is passed over."""
    write_reference(tmp_path / "references" / "mine")
    told = json.loads(filled("eval", "mine", "--json").stdout)
    assert (told["wer"], told["cpwer"], told["speaker_accuracy"]) == (0, 0, 1)
    assert told["der"] == pytest.approx(8 / (12 - 0.375), abs=0.15)  # 8 s of false speech after the reference's end
    assert [each["episode"] for each in told["episodes"]] == ["talk"]
    assert "talk" in filled("eval", str(tmp_path / "references" / "mine")).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export", "nothing", "--format", "srt"], 1, "error: the archive has no video 'nothing'"),
        (["eval", "nothing"], 1, "error: no references 'nothing'"),
        (["status", "--database-url", "postgresql://u:secret@127.0.0.1:1/x"], 1, "error: the archive"),
        (["search", "x", "--speaker", "Nobody"], 1, "error: the archive has no speaker 'Nobody': it has Ada, unknown"),
        (["search", "x", "--channel", "y"], 1, "error: the archive has no channel 'y': it has Ada"),
        (["search", "x", "--video", "y"], 1, "error: the archive has no video 'y'"),
        (["search", "x " * 5_000], 1, "error: a query has at most 1,000 characters, not 10,000"),
        (["search", "?!", "--exact"], 1, "error: the quote '?!' has no words"),
        (["search", "  "], 2, "say what to search for"),
        (["search", "x", "--since", "yesterday"], 2, "--since"),
        (["search", "x", "--limit", "0"], 2, "--limit"),
        (["export", "talk", "--format", "docx"], 2, "--format"),
    ],
)
def test_mistakes_are_told_in_a_line(filled: Whosaid, arguments: list[str], code: int, says: str) -> None:
    """A failure is one line on standard error and exit 1, a wrong call exit 2; no traceback, no password."""
    result = filled(*arguments)
    assert result.exit_code == code
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert "secret" not in result.output
    assert code == 2 or result.stderr.count("\n") == 1


def test_a_home_without_an_archive_stays_empty(tmp_path: Path) -> None:
    """Asking what is not there makes nothing."""
    result = CliRunner().invoke(app, ["status", "--home", str(tmp_path / "none")], env={"WHOSAID_DATABASE_URL": ""})
    assert (result.exit_code, (tmp_path / "none").exists()) == (1, False)
    assert result.stderr.startswith("error: there is no archive in")


def test_help_loads_nothing_slow() -> None:
    """The command answers before torch, SQLAlchemy or numpy are loaded."""
    program = "import sys; from whosaid.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    command, environment = [sys.executable, "-c", program, "--help"], {"PYTHONPATH": "lib"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "search" in done.stdout
    assert not {"torch", "sqlalchemy", "numpy", "transformers", "jiwer"} & set(done.stdout.split())
