"""What a word is: folded alike wherever it comes from, and cut where SQLite cuts it."""

from __future__ import annotations

import sqlite3
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backlogtool.domain.words import LONGEST, indexed, places, words

#: text -> its words
FOLDED = {
    "Rotate the KEYS!": ["rotate", "the", "keys"],
    "bl_d8a7874e737d": ["bl", "d8a7874e737d"],
    "week:2026-W08": ["week", "2026", "w08"],
    "Größe STRASSE straße": ["grosse", "strasse", "strasse"],
    "Été e\u0301te\u0301 ÉTÉ": ["ete", "ete", "ete"],
    "İstanbul ISTANBUL": ["istanbul", "istanbul"],
    "ΌΔΟΣ οδός": ["οδοσ", "οδοσ"],
    "ﬁle ½ Ⅳ": ["file", "1", "2", "iv"],
    "שָׁלוֹם": ["שלום"],
    "soft\u00adhyphen": ["softhyphen"],
    "漢字テスト": ["漢", "字", "テ", "ス", "ト"],
    "か\u3099 が ｶﾞ ガ": ["が", "が", "ガ", "ガ"],
    "한국어": ["한", "국", "어"],
    unicodedata.normalize("NFD", "한국어"): ["한", "국", "어"],
    "हिन्दी भाषा": ["हिन्दी", "भाषा"],
    "c++ 🎉 👩\u200d💻 — …": ["c"],
    "a\x00b\x1fc": ["a", "b", "c"],
    "a\u2028b\u00a0c\u3000d": ["a", "b", "c", "d"],
    "half \ud800 a \udfff character": ["half", "a", "character"],
    "": [],
}

_any_text = st.one_of(
    st.text(max_size=60),
    st.text("aZ0_-* é\u0301ß漢か\u3099\u00ad\u200d한ᄒ\u1161\u11abนำ\u0e49½ﷺ\u2028\x00\ud800🎉İ", max_size=30),
)


@pytest.mark.parametrize("text", FOLDED, ids=ascii)
def test_a_text_has_these_words(text: str) -> None:
    assert words(text) == FOLDED[text]


@given(_any_text)
def test_words_folded_again_stay_the_same(text: str) -> None:
    assert [word for one in words(text) for word in words(one)] == words(text)


@given(_any_text)
def test_every_word_stands_where_it_is_said_to_stand(text: str) -> None:
    found = list(places(text))
    assert [word for _, _, word in found] == words(text)
    assert all(0 <= start < end <= len(text) and word in words(text[start:end]) for start, end, word in found)
    assert found == sorted(found, key=lambda one: one[0])


def _of_sqlite(texts: list[str]) -> list[list[str]]:
    """The words that the tokenizer of the index finds in each text."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='ascii')")
        connection.execute("CREATE VIRTUAL TABLE found USING fts5vocab(words, instance)")
        connection.executemany("INSERT INTO words(rowid, text) VALUES(?, ?)", enumerate(texts))
        held: dict[int, dict[int, str]] = {number: {} for number in range(len(texts))}
        for term, number, place in connection.execute("SELECT term, doc, offset FROM found"):
            held[number][place] = term
    finally:
        connection.close()
    return [[word for _, word in sorted(one.items())] for one in held.values()]


@given(_any_text)
@example("x" * (LONGEST + 5) + " y")
@example("é" * LONGEST + " y")
@example("漢" * 10)
def test_sqlite_finds_the_same_words_in_what_is_indexed(text: str) -> None:
    assert _of_sqlite([indexed(text)]) == [words(text)]


@pytest.mark.exhaustive
def test_sqlite_finds_the_same_words_whatever_the_character() -> None:
    every = [chr(code) for code in range(0xFFFF) if not 0xD800 <= code < 0xE000]
    every += [chr(code) for code in range(0x10000, sys.maxunicode, 101)]
    texts = ["x".join(every[start : start + 50]) for start in range(0, len(every), 50)]
    assert _of_sqlite([indexed(text) for text in texts]) == [words(text) for text in texts]


def test_a_long_text_without_blanks_is_read_in_one_pass() -> None:
    """Quadratic work would take minutes."""
    assert len(words("a" * 500_000 + "é" + "b" * 500_000)) == 1
    assert words("a-" * 100_000 + "é")[-2:] == ["a", "e"]
    assert indexed("ab" * 300_000 + " é").endswith(" e")
