"""The piece of text that shows why an item was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import Comment
from backlogtool.domain.ranking import Texts
from backlogtool.domain.search import TEXTS, Word, worded
from backlogtool.domain.snippet import Snippet, snippet
from backlogtool.domain.words import words
from tests.domain.samples import item

_LONG = " ".join(f"filler{number}" for number in range(60))


def _word(text: str, column: str = "") -> Word:
    (made,) = worded(text, negated=False, column=column)
    return made


def _piece(*texts: str, width: int = 60, **values: object) -> Snippet | None:
    return snippet(item(**values), [_word(text) for text in texts], width)


def _marked(piece: Snippet | None) -> str:
    assert piece is not None
    return f"{piece.field}: " + "".join(f"[{text}]" if found else text for text, found in piece.pieces())


def test_a_short_text_is_shown_whole_with_what_was_found() -> None:
    assert _marked(_piece("certificate", "spring")) == "description: The [certificate] ends in [spring]."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key " + _LONG, "description: [key] filler0 filler1 filler2 filler3 filler4 filler5 filler…"),
        (_LONG + " key", "description: …filler54 filler55 filler56 filler57 filler58 filler59 [key]"),
        (_LONG + " key " + _LONG, "description: …filler59 [key] filler0 filler1 filler2 filler3 filler4 fille…"),
        ("line\none\n\n- two\tkey", "description: line one - two [key]"),
    ],
)
def test_a_long_text_is_cut_around_what_was_found(text: str, shown: str) -> None:
    assert _marked(_piece("key", description=text)) == shown


def test_the_piece_with_the_most_words_is_chosen() -> None:
    text = f"a key {_LONG} a lock {_LONG} a key and a lock {_LONG}"
    assert _marked(_piece("key", "lock", description=text)).count("[") == 2
    assert "a [key] and a [lock]" in _marked(_piece("key", "lock", description=text))


def test_the_field_with_the_most_words_is_chosen_and_the_text_before_what_a_list_shows() -> None:
    comment = Comment("2026-02-17T09:12:00Z", "bob", "The key is lost.")
    assert _marked(_piece("key", description="a key", comments=(comment,))) == "description: a [key]"
    assert (
        _marked(_piece("key", "lost", description="a key", comments=(comment,)))
        == "comments: bob: The [key] is [lost]."
    )
    assert _marked(_piece("key", description="")) == "title: Rotate the signing [key]"
    assert _marked(_piece("auth")) == "tags: [auth], keys"
    assert _marked(_piece("gateway")) == "service: [gateway]"
    assert _marked(_piece("bl_0123456789ab")) == "id: [bl_0123456789ab]"


def test_a_word_is_marked_only_in_its_column() -> None:
    found = snippet(item(description="a key"), [_word("key", "title")], 60)
    assert _marked(found) == "title: Rotate the signing [key]"


def test_nothing_is_shown_where_nothing_was_found() -> None:
    assert _piece("nowhere") is None
    assert snippet(item(), [_word("key")._replace(negated=True)], 60) is None


def test_marks_stand_in_texts_of_any_script() -> None:
    assert _marked(_piece("漢字", description="これは漢字です")) == "description: これは[漢字]です"
    assert _marked(_piece("schlus*", description="Der SCHLÜSSEL liegt")) == "description: Der [SCHLÜSSEL] liegt"


def test_the_marks_of_generated_text_are_not_shown() -> None:
    text = "<!-- generated:begin -->\nThe key\n<!-- generated:end -->"
    assert _marked(_piece("key", description=text)) == "description: The [key]"


_text = st.lists(st.one_of(st.sampled_from(["key", "Keys", "漢字", "é", _LONG]), st.text(max_size=5)), max_size=6).map(
    " ".join
)


@given(
    _text,
    _text,
    st.sampled_from(["key", "ke*", "字", "signing key", "nowhere"]),
    st.integers(20, 120),
    st.sampled_from(["", *TEXTS]),
)
def test_what_is_found_is_shown_within_the_width(title: str, text: str, typed: str, width: int, column: str) -> None:
    """Every item that a search finds has a piece, and every mark in it is what was searched for."""
    one = item(title=title, description=text)
    word = _word(typed, column)
    piece = snippet(one, [word], width)
    found = Texts([one]).best([word], limit=None).total
    assert (piece is not None) == bool(found)
    if piece is not None:
        assert len(piece.text) <= width
        assert "".join(part for part, _ in piece.pieces()) == piece.text
        assert piece.marks
        first = words(piece.text[slice(*piece.marks[0])])
        assert first[: len(word.words) - 1] == list(word.words[:-1])
