"""A question finds by its words and by its meaning, in the part of the archive that is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import TextClause, text

from tests.store.databases import run
from tests.store.publications import video
from tests.store.speeches import marked, speech, texts, toward
from whosaid.errors import ArchiveError, ConfigurationError
from whosaid.store import Archive, Query, Scope, words
from whosaid.types import Video

COFFEE = "Stop drinking coffee seven hours before bed."
TEA = "Green tea is what people drink in the evening."
WALK = "Helen Ward walks ten miles, and people walk with her."
SAUNA = "My father built a sauna in the garden."

HOSTILE = [
    "'; DROP TABLE videos; --",
    '"',
    "a & | ! <-> :* (",
    "\\",
    "''\\''",
    "%_",
    "co\x00ffee",
    "\ud800",
    "🍵",
    "the",
]


@pytest.fixture
def filled(archive: Archive) -> Archive:
    archive.publish(speech(("Ada", COFFEE), ("Bob", TEA), ("Ada", WALK), ("unknown", SAUNA)))
    return archive


def test_what_shares_rare_words_comes_first(filled: Archive) -> None:
    """Words count by how rare they are, whatever their endings; function words count for nothing."""
    assert texts(filled.search(Query("do the people walk?"))) == [WALK, TEA]
    assert texts(filled.search(Query("people who built saunas"))) == [SAUNA, TEA, WALK]
    assert filled.search(Query("who will be with the")) == ()


def test_words_that_stand_together_come_first(archive: Archive) -> None:
    """Of two passages with the same words, the one that has them side by side is better."""
    apart = "Cold is the night, and far away is the water."
    archive.publish(speech(("Ada", apart), ("Bob", "Cold water is good."), ("Cem", "Nothing.")))
    assert texts(archive.search(Query("cold water"))) == ["Cold water is good.", apart]


def test_words_that_thousands_say_order_what_others_find(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many passages with a stem to score each, it does not find them, but still counts in those
    that rarer stems find; a question of such stems alone finds what holds all of them."""
    filler = [("Ada", f"People talk, and people sleep {i}.") for i in range(40)]
    rare = [("Bob", "A quiet sauna."), ("Bob", "Saunas: people talk in them."), ("Bob", "They sleep.")]
    archive.publish(speech(*filler[:9], *rare))
    for i in range(4):
        archive.publish(speech(*filler[:9], of=video(f"{i}")))
    monkeypatch.setattr(words, "_MANY", 20)
    run(archive, "ANALYZE passages")
    assert texts(archive.search(Query("people talk in a sauna"))) == ["A quiet sauna. Saunas: people talk in them."]
    assert archive.search(Query("people talk in a sauna"))[0].matched == (2, 3, 4, 5)
    assert {hit.speaker for hit in archive.search(Query("people sleep"))} == {"Ada"}
    assert {hit.speaker for hit in archive.search(Query("people who talk", limit=100))} == {"Ada", "Bob"}


def test_words_and_meaning_are_fused(filled: Archive) -> None:
    """First by both is first of all, with score 1; what only the words or only the vectors find is found too."""
    hits = filled.search(Query("coffee before bed", toward(0, 3)))
    assert (hits[0].text, hits[0].score) == (COFFEE, 1)
    assert texts(hits)[1] == SAUNA
    assert set(texts(filled.search(Query("sauna", toward(1), limit=2)))) == {TEA, SAUNA}


def test_a_common_word_does_not_outweigh_meaning(filled: Archive) -> None:
    """A passage that says less than half of the question, by weight, is no match by words beside the vectors."""
    hits = filled.search(Query("people who swim in icy oceans", toward(3)))
    assert hits[0].text == SAUNA
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_matches_are_marked_and_begin_the_address(filled: Archive) -> None:
    """All words that share a stem with the question are marked; the moment is that of their closest mention."""
    [hit] = filled.search(Query("ten-mile walk", scope=Scope("Ada")))
    assert marked(hit) == ["walks ten miles,", "walk"]
    assert hit.moment == hit.words[2].start
    assert filled.search(Query(vector=toward(2)))[0].matched == ()


def test_the_moment_is_where_most_is_said(archive: Archive) -> None:
    """A word said in passing long before does not draw the address away from the mention that answers."""
    archive.publish(speech(("Ada", "Walnuts first. " + "So it goes. " * 20 + "A walnut has more fiber than rice.")))
    [hit] = archive.search(Query("fiber in walnuts"))
    assert marked(hit)[0] == "Walnuts"
    assert hit.words[hit.matched[1]].start == hit.moment
    assert hit.words[hit.matched[1]].text == "walnut"


def test_neighbours_of_one_voice_are_one_hit(archive: Archive) -> None:
    """A passage and the ones right beside it are folded; another voice, or one passage further, is another hit."""
    lines = ["Sleep well.", "Sleep long and deep sleep.", "Sleep now."]
    archive.publish(
        speech(*(("Ada", line) for line in lines), ("Bob", "Sleep?"), ("Ada", "No sleep."), ("Ada", "Yes."))
    )
    hits = archive.search(Query("long deep sleep"))
    assert hits[0].text == " ".join(lines)
    assert (hits[0].start, hits[0].end, hits[0].moment) == (0, 4.5, 1.0)
    assert sorted(texts(hits)[1:]) == ["No sleep.", "Sleep?"]
    assert len(archive.search(Query("sleep", limit=1))) == 1


def test_a_long_speech_stays_many_hits(archive: Archive) -> None:
    """Only what stands beside the best passage goes into it, however many of the speech match."""
    archive.publish(speech(*(("Ada", f"Sleep {i}.") for i in range(9))))
    assert [len(hit.words) // 2 for hit in archive.search(Query("sleep"))] == [2, 2, 2, 2, 1]


def test_each_language_has_its_own_stems(archive: Archive) -> None:
    """A question meets passages in the stems of their language; one without a stemmer keeps its words whole."""
    archive.publish(speech(("Ada", "Die Häuser sind alt."), of=video("de"), language="de"))
    archive.publish(speech(("Ada", "Talot talot kodit."), of=video("xx"), language="xx"))
    archive.publish(speech(("Ada", "Houses are old."), of=video("en"), language="en-US"))
    assert texts(archive.search(Query("Haus"))) == ["Die Häuser sind alt."]
    assert texts(archive.search(Query("housing"))) == ["Houses are old."]
    assert texts(archive.search(Query("talot"))) == ["Talot talot kodit."]
    assert archive.search(Query("talo")) == ()


@pytest.mark.parametrize(
    ("statement", "index"), [(words._BY_STEMS, "ix_passages_stems"), (words._QUOTED, "ix_passages_spoken")]
)
def test_words_are_looked_up_in_their_index(archive: Archive, statement: TextClause, index: str) -> None:
    """Questions and quotes ask in the form that the indexes answer, so that a large archive is not read through."""
    asked = dict.fromkeys(("text", "quote", "head", "tail", "first", "last"), "word1")
    values = asked | {"reach": 99, "speakers": None, "sources": None, "many": 9, "least_share": 0.5, "depth": 9}
    with archive.database.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # the plan of a large archive
        plan = connection.execute(text(f"EXPLAIN {statement.text}"), values).scalars().all()
    assert index in "\n".join(plan)


@pytest.mark.parametrize("asked", HOSTILE)
def test_no_text_breaks_a_search(filled: Archive, asked: str) -> None:
    """Quotes, operators, wildcards, NUL and lone surrogates are text to be searched for, also in a scope."""
    assert len(filled.search(Query(asked, toward(0)))) == 4
    assert len(filled.search(Query(f"coffee {asked}", scope=Scope("ada")))) >= 1
    for scope in (Scope(speaker=asked), Scope(channel=asked), Scope(video=asked)):
        with pytest.raises(ArchiveError, match="the archive has no"):
            filled.search(Query("coffee", scope=scope))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(speaker="ada"),
        Scope(speaker="Ada", channel="other Channel"),
        Scope(video="feed:two"),
        Scope(video="two"),
        Scope(video="https://example.org/feed/two"),
        Scope(since=datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_scope_restricts_words_and_vectors(archive: Archive, scope: Scope) -> None:
    """Speaker and channel in any case, a video by all of its names, a date: alone or together."""
    two = Video("feed", "two", "https://example.org/feed/two", "Two", "Other channel", datetime(2026, 3, 1, tzinfo=UTC))
    archive.publish(speech(("Bob", COFFEE), ("Cem", TEA)))
    archive.publish(speech(("Ada", SAUNA), of=two))
    assert texts(archive.search(Query("coffee, tea, sauna", scope=scope))) == [SAUNA]
    assert texts(archive.search(Query(vector=toward(1), scope=scope))) == [SAUNA]


def test_a_misspelt_name_is_told(filled: Archive) -> None:
    """What a scope names and the archive lacks is an error with the names there are, never an empty answer."""
    with pytest.raises(ArchiveError, match="no speaker 'Bo': it has Ada, Bob, unknown"):
        filled.search(Query("tea", scope=Scope("Bo")))
    with pytest.raises(ArchiveError, match="no channel 'B': it has A channel"):
        filled.search(Query("tea", scope=Scope(channel="B")))
    with pytest.raises(ArchiveError, match="no video 'three'"):
        filled.search(Query("tea", scope=Scope(video="three")))


def test_unknown_is_always_a_speaker(archive: Archive) -> None:
    """Voices without a name can be asked for, also where every voice has one."""
    archive.publish(speech(("Ada", COFFEE)))
    assert archive.search(Query("coffee", scope=Scope("unknown"))) == ()


@pytest.mark.parametrize(("asked", "limit"), [("", 10), (" \n", 10), ("x" * 1_001, 10), ("x", 0), ("x", 1_001)])
def test_a_query_that_asks_nothing_is_refused(asked: str, limit: int) -> None:
    """An empty text, one of thousands of characters, and no hits or too many are mistakes."""
    with pytest.raises(ConfigurationError):
        Query(asked, limit=limit)
