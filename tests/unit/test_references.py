"""References are read whole or refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from whosaid.errors import ConfigurationError
from whosaid.evaluation import Reference, Segment
from whosaid.references import read_references
from whosaid.types import Turn

LINE = {"session_id": "b", "speaker": "Ada", "start_time": 1.5, "end_time": 2, "words": "yes"}
STM = ";; a comment\nb 1 Ada 1.5 2 <o,f0,female> yes indeed\n\nb 1 Bob 0.25 1\n"
RTTM = (
    "SPKR-INFO b 1 <NA> <NA> <NA> unknown spk1 <NA>\n"
    "SPEAKER b 1 1.5 0.5 <NA> <NA> spk1 <NA> <NA>\n"
    "SPEAKER b 1 0.25 0.75 <NA> <NA> spk2 <NA>\n"
)


def write(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(json.dumps(content))


def test_segments_are_gathered_by_session_in_time_order(tmp_path: Path) -> None:
    """Sessions may share a file or be spread over files, times may be numbers in quotes."""
    write(tmp_path, "two.json", [LINE, {**LINE, "session_id": "a", "channel": 1}])
    write(tmp_path, "one.seglst.json", [{**LINE, "start_time": "0.25"}])
    assert read_references(tmp_path) == {
        "a": Reference.of(Segment(1.5, 2, "Ada", "yes")),
        "b": Reference.of(Segment(0.25, 2, "Ada", "yes"), Segment(1.5, 2, "Ada", "yes")),
    }


def test_other_json_is_passed_over(tmp_path: Path) -> None:
    """A channel or a list of questions beside the references is none."""
    write(tmp_path, "channel.json", {"title": "x"})
    write(tmp_path, "questions.json", [{"question": "?"}])
    write(tmp_path, "b.json", [LINE])
    assert list(read_references(tmp_path)) == ["b"]


def test_stm_tells_words_and_turns(tmp_path: Path) -> None:
    """Comments, empty lines and the labels of a segment are no words; a segment may have none."""
    (tmp_path / "b.stm").write_text(STM)
    assert read_references(tmp_path) == {
        "b": Reference.of(Segment(0.25, 1, "Bob", ""), Segment(1.5, 2, "Ada", "yes indeed"))
    }


def test_rttm_tells_turns_and_no_words(tmp_path: Path) -> None:
    """What nobody wrote down is absent, not empty; the lines of other types say nothing of turns."""
    (tmp_path / "b.rttm").write_text(RTTM)
    turns = Turn(0.25, 1.0, "spk2"), Turn(1.5, 2.0, "spk1")
    assert read_references(tmp_path) == {"b": Reference(turns, None)}


def test_rttm_beside_words_tells_the_turns(tmp_path: Path) -> None:
    """The words keep the names that they are told under."""
    (tmp_path / "b.rttm").write_text(RTTM)
    (tmp_path / "b.stm").write_text(STM)
    found = read_references(tmp_path)["b"]
    assert [turn.label for turn in found.turns] == ["spk2", "spk1"]
    assert [turn.label for turn in found.named] == ["Bob", "Ada"]


def test_words_that_are_told_twice_are_refused(tmp_path: Path) -> None:
    """SegLST and STM of one session together would count every word twice."""
    (tmp_path / "b.stm").write_text(STM)
    write(tmp_path, "b.json", [LINE])
    with pytest.raises(ConfigurationError, match=r"words of b are told twice.*b\.json.*b\.stm.*remove"):
        read_references(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"end_time": 1}, {"start_time": "soon"}, {"words": None}, {"start_time": -1}, {"end_time": float("inf")}],
)
def test_a_malformed_reference_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """A reference with a hole would measure something else; the file is named."""
    write(tmp_path, "b.json", [LINE, {**LINE, **wrong}])
    with pytest.raises(ConfigurationError, match=r"b\.json cannot be read .* correct the file"):
        read_references(tmp_path)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("b.stm", "b 1 Ada 1.5"),
        ("b.stm", "b 1 Ada soon later yes"),
        ("b.stm", "b 1 Ada 2 1.5 yes"),
        ("b.stm", "b 1 Ada 1 NaN yes"),
        ("b.stm", "b 1 Ada 1 2 IGNORE_TIME_SEGMENT_IN_SCORING"),
        ("b.rttm", "SPEAKER b 1 1.5"),
        ("b.rttm", "SPEAKER b 1 soon 0.5 <NA> <NA> spk1 <NA> <NA>"),
        ("b.rttm", "SPEAKER b 1 1.5 -0.5 <NA> <NA> spk1 <NA> <NA>"),
        ("b.rttm", "SPEAKER b 1 1.5 Infinity <NA> <NA> spk1 <NA> <NA>"),
        ("b.rttm", "NOSCORE b 1 1.5 0.5 <NA> <NA> <NA> <NA> <NA>"),
    ],
)
def test_a_malformed_line_is_refused(tmp_path: Path, name: str, line: str) -> None:
    """The file and the line are named."""
    (tmp_path / name).write_text(f"{STM if name == 'b.stm' else RTTM}{line}\n")
    number = 5 if name == "b.stm" else 4
    with pytest.raises(ConfigurationError, match=rf"{name} cannot be read \(line {number} .*\): correct the file"):
        read_references(tmp_path)


@pytest.mark.parametrize("name", ["b.json", "b.stm", "b.rttm"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    """Bytes that are no UTF-8 are named as such."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_references(tmp_path)


def test_a_folder_without_references_is_refused(tmp_path: Path) -> None:
    """Nothing to measure against is an error, not a perfect score."""
    with pytest.raises(ConfigurationError, match="no references in"):
        read_references(tmp_path)
