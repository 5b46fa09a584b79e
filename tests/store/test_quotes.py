"""A quote is found as it was said, by the voice that said it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.store.publications import video
from tests.store.speeches import marked, speech, texts
from whosaid.errors import ConfigurationError
from whosaid.store import Archive, Quote, Scope

SAID = "Well, don't stop: the pull-ups at 7:30 are at the heart of it."


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("DON'T STOP", "don't stop:"),
        ("dont stop the pull ups", "don't stop: the pull-ups"),
        ("don’t stop, the pull-ups!", "don't stop: the pull-ups"),
        ("at 7 30", "at 7:30"),
        ("the heart of", "the heart of"),
        ("of it", "of it."),
    ],
)
def test_a_quote_is_found_whatever_its_spelling(archive: Archive, asked: str, found: str) -> None:
    """Capitals and punctuation make no difference; function words count; the moment is that of the first word."""
    archive.publish(speech(("Ada", SAID)))
    [hit] = archive.quote(Quote(asked))
    assert marked(hit) == [found]
    assert (hit.moment, hit.score) == (hit.words[hit.matched[0]].start, 1)


@pytest.mark.parametrize("asked", ["stop don't", "art of it", "heart it", "the heart of it and", "pull-ups are"])
def test_other_words_are_no_quote(archive: Archive, asked: str) -> None:
    """Words in another order, parts of words, or words with others between them are not what was said."""
    archive.publish(speech(("Ada", SAID)))
    assert archive.quote(Quote(asked)) == ()


def test_every_time_it_is_said_is_marked(archive: Archive) -> None:
    """A passage that says it twice is one hit, which begins at the first."""
    archive.publish(speech(("Ada", "Oh no. No no, I said so.")))
    [hit] = archive.quote(Quote("i said"))
    assert (marked(hit), hit.moment) == (["I said"], 2.0)
    [hit] = archive.quote(Quote("no no"))
    assert (hit.matched, hit.moment) == ((1, 2, 3), 0.5)


@pytest.mark.parametrize("asked", ["deep sleep cleans", "sleep cleans", "that deep sleep cleans the skin"])
def test_a_quote_runs_over_the_border_of_passages(archive: Archive, asked: str) -> None:
    """Where a long speech was cut amid the quote, both pieces are one hit."""
    archive.publish(speech(("Ada", "I think that deep sleep"), ("Ada", "cleans the skin. Sleep well.")))
    hit = archive.quote(Quote(asked))[0]
    assert hit.text == "I think that deep sleep cleans the skin. Sleep well."
    assert marked(hit)[0].startswith(asked.split(maxsplit=1)[0])
    assert hit.words[hit.matched[0]].start == hit.moment


def test_a_quote_is_of_one_voice(archive: Archive) -> None:
    """Two voices that say it between them did not say it; nor do two videos."""
    archive.publish(speech(("Ada", "I think that deep sleep"), ("Bob", "cleans the skin.")))
    archive.publish(speech(("Ada", "cleans the skin."), of=video("two")))
    assert archive.quote(Quote("deep sleep cleans")) == ()


def test_the_newest_video_comes_first(archive: Archive) -> None:
    """Quotes are all as good as each other: in order of date, those without one last, no more than asked for."""
    for name, day in (("old", 1), ("new", 3), ("undated", None), ("middle", 2)):
        at = day and datetime(2026, 3, day, tzinfo=UTC)
        archive.publish(speech(("Ada", "So be it."), of=replace(video(name), published_at=at)))
    found = [hit.video_id for hit in archive.quote(Quote("be it"))]
    assert found == ["feed:new", "feed:middle", "feed:old", "feed:undated"]
    assert len(archive.quote(Quote("be it", limit=2))) == 2


def test_a_quote_keeps_to_its_scope(archive: Archive) -> None:
    """Who said it can be asked."""
    archive.publish(speech(("Ada", "So be it."), ("Bob", "So be it, then.")))
    assert texts(archive.quote(Quote("so be it", Scope("BOB")))) == ["So be it, then."]


@pytest.mark.parametrize(
    "asked", ["'; DROP TABLE videos; --", "a & | ! <-> :* (", "so\\", "%_ so", "s\x00o", "\ud800 so"]
)
def test_no_text_breaks_a_quote(archive: Archive, asked: str) -> None:
    """Operators and wildcards are punctuation; NUL and lone surrogates are characters that nobody says."""
    archive.publish(speech(("Ada", "So be it.")))
    assert texts(archive.quote(Quote(asked))) in ([], ["So be it."])


def test_a_quote_without_words_is_refused(archive: Archive) -> None:
    """Punctuation alone asks for nothing."""
    with pytest.raises(ConfigurationError, match=r"'\?!' has no words"):
        archive.quote(Quote("?!"))
