"""References are read whole or refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from whosaid.errors import ConfigurationError
from whosaid.evaluation import Segment
from whosaid.references import read_references

LINE = {"session_id": "b", "speaker": "Ada", "start_time": 1.5, "end_time": 2, "words": "yes"}


def write(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(json.dumps(content))


def test_segments_are_gathered_by_session_in_time_order(tmp_path: Path) -> None:
    """Sessions may share a file or be spread over files, times may be numbers in quotes."""
    write(tmp_path, "two.json", [LINE, {**LINE, "session_id": "a", "channel": 1}])
    write(tmp_path, "one.seglst.json", [{**LINE, "start_time": "0.25"}])
    assert read_references(tmp_path) == {
        "a": (Segment(1.5, 2, "Ada", "yes"),),
        "b": (Segment(0.25, 2, "Ada", "yes"), Segment(1.5, 2, "Ada", "yes")),
    }


def test_other_json_is_passed_over(tmp_path: Path) -> None:
    """A channel or a list of questions beside the references is none."""
    write(tmp_path, "channel.json", {"title": "x"})
    write(tmp_path, "questions.json", [{"question": "?"}])
    write(tmp_path, "b.json", [LINE])
    assert list(read_references(tmp_path)) == ["b"]


@pytest.mark.parametrize("wrong", [{"end_time": 1}, {"start_time": "soon"}, {"words": None}, {"start_time": -1}])
def test_a_malformed_reference_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """A reference with a hole would measure something else; the file is named."""
    write(tmp_path, "b.json", [LINE, {**LINE, **wrong}])
    with pytest.raises(ConfigurationError, match=r"b\.json cannot be read .* correct the file"):
        read_references(tmp_path)


def test_a_folder_without_references_is_refused(tmp_path: Path) -> None:
    """Nothing to measure against is an error, not a perfect score."""
    with pytest.raises(ConfigurationError, match="no references in"):
        read_references(tmp_path)
