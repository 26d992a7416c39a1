"""What a person types to search, as words and filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.ranking import Texts
from backlogtool.domain.search import COLUMNS, TEXTS, Filter, Word, parts, texts
from backlogtool.errors import UsageError
from tests.domain.samples import item

READ: dict[str, list[Word | Filter]] = {
    "key": [Filter("key", negated=False, word=True)],
    "~key": [Filter("key", negated=True, word=True)],
    "-P0": [Filter("P0", negated=True, word=True)],
    "signing keys": [Filter("signing keys", negated=False, word=True)],
    "title:key": [Word(("key",), column="title")],
    "~comments:the key*": [Word(("the", "key"), prefix=True, column="comments", negated=True)],
    "status:open,blocked": [Filter("status:open,blocked", negated=False)],
    "-due:<7d": [Filter("due:<7d", negated=True)],
    '"signing keys"': [Word(("signing", "keys"))],
    '"key*"': [Word(("key",))],
    'title:"a b" ~"c d" e* status:open': [
        Word(("a", "b"), column="title"),
        Word(("c", "d"), negated=True),
        Filter("e*", negated=False, word=True),
        Filter("status:open", negated=False),
    ],
    'owner:"Ann Author"': [Filter("owner:Ann Author", negated=False)],
    '"never closed': [Word(("never", "closed"))],
    '"assignee:bob"': [Word(("assignee", "bob"))],
    "https://a.b/c": [Filter("https://a.b/c", negated=False, word=True)],
    "title:/etc/passwd": [Word(("etc", "passwd"), column="title")],
    "3:1": [Filter("3:1", negated=False, word=True)],
    "error: gone": [Filter("error: gone", negated=False, word=True)],
    "title:🎉": [],
    '""': [],
    "~": [],
    "": [],
}


@pytest.mark.parametrize("argument", READ)
def test_an_argument_asks_for_this(argument: str) -> None:
    assert list(parts(argument)) == READ[argument]


@pytest.mark.parametrize(
    ("argument", "near"), [("staus:open", "status"), ('titel:"a b"', "title"), ("x:y", "allowed:")]
)
def test_a_field_that_is_none_is_refused_with_the_nearest(argument: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        list(parts(argument))
    assert near in caught.value.hint


@given(st.text('"*^:-~(){}+ aetl漢\x00\ud800', max_size=30))
def test_an_argument_is_read_or_refused_whatever_it_is(argument: str) -> None:
    try:
        read = list(parts(argument))
    except UsageError:
        return
    assert all(one.words and all(one.words) for one in read if isinstance(one, Word))


def test_every_text_stands_in_its_column() -> None:
    assert len(texts(item())) == len(COLUMNS)
    assert set(TEXTS) <= set(COLUMNS)
    assert dict(zip(COLUMNS, texts(item()), strict=True))["names"] == "gateway\nalice\nsecurity"


def test_a_match_in_a_column_that_weighs_more_ranks_higher() -> None:
    """The items are equally long."""
    items = [
        item(id="bl_00000000000a", title="word other", description="other other", tags=("other",)),
        item(id="bl_00000000000b", title="other other", description="other other", tags=("word",)),
        item(id="bl_00000000000c", title="other other", description="word other", tags=("other",)),
        *(item(id=f"bl_00000000001{number}", title="more of them") for number in range(5)),
    ]
    found = Texts(items).best([Word(("word",))], limit=None)
    assert [name[-1] for _, name in sorted(found.scored)] == ["a", "b", "c"]
