"""How text is broken into what full-text search compares: the expressions that columns and queries share.

`stems` finds what a passage is about: the words of the recording's language without their endings, function words
left out. `spoken` finds quotes: every word as it is said, without capitals and punctuation.
"""

from __future__ import annotations

from typing import Final

# Those that every Postgres has that pgvector 0.8 runs on; Postgres knows them by name, a recording by its code.
_DICTIONARIES: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

# Code points, since what a class such as [:punct:] holds depends on the locale of the database.
_PUNCTUATION: Final = (
    r"[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u2000-\u206F\u3000-\u303F\uFF00-\uFF0F\uFF1A-\uFF20]+"
)


def stems(text: str) -> str:
    """Return the expression for the stems of a text, beside a column `language`.

    A language without a stemmer keeps its words whole: 'simple'. Written as Postgres writes it back, so that
    columns and migrations compare equal.
    """
    cases = " ".join(f"WHEN '{code}'::text THEN '{name}'::regconfig" for code, name in _DICTIONARIES.items())
    dictionary = f"CASE split_part(language, '-'::text, 1) {cases} ELSE 'simple'::regconfig END"
    return f"to_tsvector({dictionary}, {text})"


def spoken(text: str) -> str:
    """Return the expression for the words of a text as they are said, parted by blanks: "Don't!" is "dont"."""
    said = f"translate(lower({text}), '''’'::text, ''::text)"
    return f"regexp_replace({said}, '{_PUNCTUATION}'::text, ' '::text, 'g'::text)"


def spoken_vector(text: str) -> str:
    """Return the expression for the vector of a text's words as they are said, with their places."""
    return f"to_tsvector('simple'::regconfig, {spoken(text)})"
