"""Hits as people see them: the words around the moment that answers, those that match in bold."""

from __future__ import annotations

import pytest

from whosaid.store import Hit, Scope
from whosaid.tables import advise, show_hits
from whosaid.types import Word


def hit(*texts: str, matched: tuple[int, ...] = (), moment: float = 0.0) -> Hit:
    words = tuple(Word(i / 2, i / 2 + 0.5, text, 0.9) for i, text in enumerate(texts))
    return Hit(
        start=0.0,
        end=words[-1].end,
        label="SPEAKER_00",
        speaker="Ada",
        words=words,
        video_id="feed:one",
        title="[red]One\x1b[2J",
        channel="",
        url="",
        published_at=None,
        score=0.5,
        moment=moment,
        matched=matched,
    )


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wide terminal that shows bold."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "2000"}.items():
        monkeypatch.setenv(name, value)


def test_matching_words_are_bold(capsys: pytest.CaptureFixture[str]) -> None:
    """Bold is all that a terminal is told; escapes and markup of the archive reach it as text."""
    show_hits([hit("Two", "cups", "of\x1b[2J", "tea.", matched=(0, 3))])
    row = capsys.readouterr().out.splitlines()[1]
    assert "\x1b[1mTwo\x1b[0m cups of [2J \x1b[1mtea.\x1b[0m" in row
    assert "\x1b[2J" not in row
    assert "[red]One" in row


def test_a_long_passage_is_shown_around_its_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """From a few words before the moment; what is left out before and after is marked."""
    show_hits([hit(*(f"w{i}." for i in range(200)), moment=50.0)])
    row = capsys.readouterr().out.splitlines()[1]
    assert "0:00:50" in row
    assert "… w90. w91." in row
    assert "w100." in row
    assert "w89." not in row
    assert row.rstrip().endswith("w159. …")


def test_highlights_are_characters_of_the_text() -> None:
    """Words that follow each other are one highlight."""
    found = hit("Two", "cups", "of", "tea.", matched=(0, 1, 3))
    assert [found.text[first:last] for first, last in found.highlights] == ["Two cups", "tea."]
    assert found.highlights == ((0, 8), (12, 16))
    assert hit("Two").highlights == ()


def test_no_hits_say_what_to_try() -> None:
    """What restricts the search is named, each by its option."""
    assert (
        advise("--exact", Scope("Ada", video="x"))
        == "Nothing found there: search without --speaker or --video or --exact."
    )
    assert advise("--exact", Scope()).startswith("Nobody says it in these words: search without --exact")
    assert "Ingest more" in advise("", Scope())
