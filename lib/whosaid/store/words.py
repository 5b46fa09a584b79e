"""Ranks passages by the words that they share with a question, and finds quotes."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import ceil, floor
from typing import Final

from sqlalchemy import Connection, text

from whosaid.store.database import storable
from whosaid.store.fulltext import spoken, stems
from whosaid.store.fusion import Find, Place
from whosaid.store.scope import WITHIN, Restriction

_MANY: Final = 5_000
"""Passages with a stem that are too many to be scored one by one."""

# A passage scores by the stems that it shares with the question, the rare ones counting more (inverse document
# frequency, Spärck Jones 1972): Postgres's own ranks know no frequencies, and would take "people" for as telling as
# a name. One that nobody says counts as the rarest, so that sharing the rest of the question means less. Passages
# are of one length by construction, so nothing is normalised by it. Of two with the same stems the one in which they
# stand closer together comes first (cover density, Clarke et al. 2000).
# The question is stemmed once for each language of the archive, and meets passages of that language alone.
# Stems that many thousands of passages hold, as the statistics of the table know, order what the others find; where
# there are no others, what holds all of them is looked at.
_BY_STEMS: Final = text(rf"""
    WITH stemmed AS (
        SELECT row_number() OVER () AS n, language, lexeme,
               CAST('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS tsquery) AS query
        FROM (SELECT DISTINCT language FROM recordings) AS spoken_in,
             unnest(tsvector_to_array({stems("CAST(:text AS text)")})) AS lexeme
    ), asked AS MATERIALIZED (
        SELECT n, language, query, coalesce(frequency, 0) AS frequency,
               coalesce(frequency * reltuples > :many, false) AS common
        FROM stemmed CROSS JOIN (SELECT reltuples FROM pg_class WHERE oid = CAST('passages' AS regclass)) AS size
             LEFT JOIN (
                 SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[])) AS lexeme,
                        unnest(most_common_elem_freqs) AS frequency
                 FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'passages' AND attname = 'stems'
             ) AS known USING (lexeme)
    ), shared AS MATERIALIZED (
        SELECT p.id, a.n
        FROM (SELECT n, language, query FROM asked WHERE NOT common
              UNION ALL
              SELECT 0, language, CAST(string_agg(CAST(query AS text), ' & ') AS tsquery)
              FROM asked GROUP BY language HAVING bool_and(common)) AS a
             JOIN passages p ON p.stems @@ a.query AND p.language = a.language
        WHERE {WITHIN}
    ), weights AS MATERIALIZED (
        SELECT n, language, query,
               ln(1 + CASE WHEN common THEN 1 / frequency ELSE total / greatest(found, 1) END) AS weight
        FROM asked CROSS JOIN (SELECT CAST(count(*) AS double precision) AS total FROM passages) AS size
             LEFT JOIN (SELECT n, count(*) AS found FROM shared GROUP BY n) AS counts USING (n)
    ), candidates AS (
        SELECT id FROM shared LEFT JOIN weights USING (n)
        GROUP BY id ORDER BY round(CAST(sum(weight) AS numeric), 9) DESC, id LIMIT 4 * :depth
    ), scored AS (
        SELECT p.id, p.language, round(CAST(sum(weight) AS numeric), 9) AS weight,
               ts_rank_cd(p.stems, CAST(string_agg(CAST(query AS text), ' & ') AS tsquery)) AS density
        FROM candidates JOIN passages p USING (id) JOIN weights w ON w.language = p.language AND p.stems @@ w.query
        GROUP BY p.id
    )
    SELECT p.id, p.source_id, p.ordinal, p.label
    FROM scored JOIN passages p USING (id)
         JOIN (SELECT language, sum(weight) AS whole FROM weights GROUP BY language) AS q ON q.language = p.language
    WHERE scored.weight >= :least_share * whole
    ORDER BY scored.weight DESC, density DESC, p.id LIMIT :depth
""")  # noqa: S608
_SPOKEN: Final = text(f"SELECT {spoken('CAST(:text AS text)')}")

# Across a border between two passages, one of the two holds at least half of the quote; what is found by that and by
# the outermost word of the other half is looked at where the two meet.
_QUOTED: Final = text(rf"""
    WITH asked AS MATERIALIZED (
        SELECT phraseto_tsquery('simple', :quote) AS quote, phraseto_tsquery('simple', :head) AS head,
               phraseto_tsquery('simple', :tail) AS tail, phraseto_tsquery('simple', :first) AS first,
               phraseto_tsquery('simple', :last) AS last
    ), pairs AS (
        SELECT p.id, q.id AS next_id FROM asked a JOIN passages p ON p.spoken @@ a.head
               JOIN passages q ON q.source_id = p.source_id AND q.ordinal = p.ordinal + 1
        WHERE q.spoken @@ a.last AND :head <> :quote
        UNION
        SELECT p.id, q.id AS next_id FROM asked a JOIN passages q ON q.spoken @@ a.tail
               JOIN passages p ON p.source_id = q.source_id AND p.ordinal = q.ordinal - 1
        WHERE p.spoken @@ a.first AND :head <> :quote
    ), found AS (
        SELECT p.id, CAST(NULL AS bigint) AS next_id FROM asked a JOIN passages p ON p.spoken @@ a.quote
        UNION ALL
        SELECT p.id, q.id
        FROM asked a, pairs JOIN passages p USING (id) JOIN passages q ON q.id = pairs.next_id
        WHERE p.label = q.label AND p.speaker = q.speaker AND NOT p.spoken @@ a.quote AND NOT q.spoken @@ a.quote
              AND to_tsvector('simple', {spoken("right(p.text, :reach)")} || ' ' || {spoken("left(q.text, :reach)")})
                  @@ a.quote
    )
    SELECT p.id, p.source_id, p.ordinal, p.label, next_id
    FROM found JOIN passages p USING (id) JOIN sources s ON s.id = p.source_id
    WHERE {WITHIN}
    ORDER BY s.published_at DESC NULLS LAST, s.id, p.ordinal LIMIT :depth
""")  # noqa: S608


def rank_by_words(
    connection: Connection, question: str, within: Restriction, depth: int, least_share: float = 0.0
) -> list[Place]:
    """Return the places of the passages that share words with a question, best first.

    `least_share` is how much of the question's weight a passage has to share. Function words ("how", "the") are left
    out: a question of nothing else finds nothing here.
    """
    values = {"text": storable(question), "depth": depth, "least_share": least_share, "many": _MANY} | asdict(within)
    return [Place(*row) for row in connection.execute(_BY_STEMS, values)]


def say(connection: Connection, quote: str) -> list[str]:
    """Return the words of a quote as they are said: no capitals, no punctuation."""
    return connection.execute(_SPOKEN, {"text": storable(quote)}).scalar_one().split()


def find_quotes(connection: Connection, words: list[str], within: Restriction, depth: int) -> list[Find]:
    """Return where the words are said one after the other by one voice, newest video first.

    A quote that runs over the border of two passages is in both.
    """
    half = len(words) / 2
    values = {
        "quote": " ".join(words),
        "head": " ".join(words[: ceil(half)]),
        "tail": " ".join(words[floor(half) :]),
        "first": words[0],
        "last": words[-1],
        "reach": 2 * len(" ".join(words)) + 100,  # characters: the words, with punctuation to spare
        "depth": depth,
    } | asdict(within)
    return [_find(Place(*row[:4]), row.next_id) for row in connection.execute(_QUOTED, values)]


def _find(place: Place, next_id: int | None) -> Find:
    following = () if next_id is None else (replace(place, id=next_id, ordinal=place.ordinal + 1),)
    return Find(1.0, (place, *following))
