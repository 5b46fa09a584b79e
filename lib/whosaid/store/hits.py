"""Reads what was found: the passages with their video, the words that match, and the moment to begin at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, text

from whosaid.store.database import storable
from whosaid.store.fulltext import spoken, stems
from whosaid.store.fusion import Find
from whosaid.store.values import Hit
from whosaid.types import Seconds, Word

_NEAR: Final[Seconds] = 15.0
"""How far apart matching words may be said to be one mention."""
_PUNCTUATION: Final = re.compile(r"\W+")


def _reading(mark: str) -> TextClause:
    """Return the query for passages by id; `mark` is an expression over each `word`, its values in order."""
    return text(f"""
        SELECT p.id, p.start_s, p.end_s, p.label, p.speaker, p.words, s.kind || ':' || s.external_id AS video_id,
               s.title, s.channel, s.url, s.published_at,
               ARRAY(SELECT {mark} FROM jsonb_array_elements(p.words) WITH ORDINALITY AS w (word, place)
                     ORDER BY place) AS marks
        FROM passages p JOIN sources s ON s.id = p.source_id,
             LATERAL (SELECT tsvector_to_array({stems("CAST(:text AS text)")}) AS stems OFFSET 0) AS asked
        WHERE p.id = ANY (:ids)
    """)  # noqa: S608


# Stemmed as the passage was, so that what is marked is what was found.
_WITH_MATCHES: Final = _reading(f"tsvector_to_array({stems('word ->> 2')}) && asked.stems")
_WITH_SPOKEN: Final = _reading(spoken("word ->> 2"))


def read_hits(connection: Connection, finds: Sequence[Find], question: str) -> tuple[Hit, ...]:
    """Return the passages with the words that they share with the question; each begins where most of them are."""

    def match(marks: Sequence[bool]) -> list[int]:
        return [i for i, shared in enumerate(marks) if shared]

    return tuple(_hits(connection, _WITH_MATCHES, question, finds, match, _densest))


def read_quotes(connection: Connection, finds: Sequence[Find], said: Sequence[str]) -> tuple[Hit, ...]:
    """Return the passages with the words of the quote, wherever they say it; each begins at its first word."""

    def match(marks: Sequence[str]) -> list[int]:
        return _occurrences(marks, said)

    hits = _hits(connection, _WITH_SPOKEN, "", finds, match, _first)
    return tuple(hit for hit in hits if hit.matched)


def _hits(
    connection: Connection,
    statement: TextClause,
    question: str,
    finds: Sequence[Find],
    match: Callable[[Sequence[Any]], list[int]],
    begin: Callable[[Sequence[Word], Sequence[int]], Seconds],
) -> Iterator[Hit]:
    ids = [place.id for find in finds for place in find.places]
    rows = {row.id: row for row in connection.execute(statement, {"ids": ids, "text": storable(question)})}
    for find in finds:
        found = [rows[place.id] for place in find.places]
        words = tuple(Word(*word) for row in found for word in row.words)
        matched = match([mark for row in found for mark in row.marks])
        yield _hit(find, found, words, matched, begin(words, matched))


def _hit(find: Find, found: Sequence[Row[Any]], words: tuple[Word, ...], matched: list[int], moment: Seconds) -> Hit:
    first = found[0]
    return Hit(
        start=first.start_s,
        end=max(row.end_s for row in found),
        label=first.label,
        speaker=first.speaker,
        words=words,
        video_id=first.video_id,
        title=first.title,
        channel=first.channel,
        url=first.url,
        published_at=first.published_at,
        score=find.score,
        moment=moment,
        matched=tuple(matched),
    )


def _first(words: Sequence[Word], matched: Sequence[int]) -> Seconds:
    return words[min(matched, default=0)].start


def _densest(words: Sequence[Word], matched: Sequence[int]) -> Seconds:
    """Return when the mention begins that has most different matching words, of several the closest."""
    found = [words[i] for i in matched] or words[:1]
    return found[min(range(len(found)), key=lambda first: (*_mention(found[first:]), first))].start


def _mention(words: Sequence[Word]) -> tuple[int, Seconds]:
    """Return how many different words are said near the first one, less than 0, and how long they take."""
    ends = dict[str, Seconds]()
    for word in takewhile(lambda word: word.start - words[0].start <= _NEAR, words):
        ends.setdefault(_PUNCTUATION.sub("", word.text.casefold()), word.end)
    return -len(ends), max(ends.values()) - words[0].start


def _occurrences(spoken_words: Sequence[str], said: Sequence[str]) -> list[int]:
    """Return the indexes of the words that say the quote; one word may be said as several, "pull-ups" as "pull ups"."""
    tokens = [(token, i) for i, word in enumerate(spoken_words) for token in word.split()]
    length = len(said)
    starts = (at for at in range(len(tokens) - length + 1) if all(tokens[at + j][0] == said[j] for j in range(length)))
    return sorted({tokens[at + j][1] for at in starts for j in range(length)})
