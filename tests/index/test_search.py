"""The index of words gives what reading all items gives: the same items, scores and words that are probably meant."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import Comment, Item
from backlogtool.domain.query import Query
from backlogtool.domain.ranking import Texts
from backlogtool.domain.search import MOST, TEXTS, Filter, Word, parts, worded
from backlogtool.errors import UnavailableError, UsageError
from backlogtool.stores.git.index.database import Database
from backlogtool.stores.git.index.search import SCHEMA, VERSION, SearchIndex
from tests.domain.samples import item

_WORDS = (
    *("key", "keys", "signing", "Certificate", "certificates", "renewal", "TLS", "gateway", "a", "NEAR", "AND"),
    *("Schlüssel", "schlussel", "e\u0301te", "Straße", "漢字", "字", "漢", "한국어", "か\u3099", "ﬁle", "ok\u00aday"),
)
_text = st.lists(st.one_of(st.sampled_from(_WORDS), st.text("abé漢-* \u200d", max_size=4)), max_size=6).map(" ".join)
_comments = st.lists(
    st.builds(Comment, at=st.just("2026-02-17T09:12:00Z"), actor=st.sampled_from(["alice", "bob"]), text=_text),
    max_size=2,
).map(tuple)
_items = st.lists(
    st.builds(
        item,
        id=st.integers(0, 9).map(lambda number: f"bl_{number:012x}"),
        title=_text,
        description=_text,
        tags=st.lists(st.sampled_from(["auth", "keys", "week:2026-W08"]), unique=True).map(tuple),
        comments=_comments,
        owner=st.sampled_from(["alice", "gateway"]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)
_word = st.builds(
    Word,
    words=st.lists(_text, min_size=1, max_size=3)
    .map(lambda some: tuple(one.words for text in some for one in worded(text, negated=False)))
    .filter(bool)
    .map(lambda some: tuple(word for one in some for word in one)[:4]),
    prefix=st.booleans(),
    column=st.sampled_from(["", *TEXTS]),
    negated=st.booleans(),
)
_searches = st.lists(_word, min_size=1, max_size=4, unique=True)


class Items:
    """The items of a store that can be searched, to be changed at will. ``read`` are the ids that were asked for."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.held = {one.id: one for one in items}
        self.read: list[str] = []

    def state(self) -> str:
        return str(sorted(self.blobs().items()))

    def blobs(self) -> Mapping[str, str]:
        return {one.id: repr(one) for one in self.held.values()}

    def items(self, ids: Iterable[str]) -> Iterator[tuple[Item, str]]:
        for one in ids:
            self.read.append(one)
            yield self.held[one], repr(self.held[one])

    def matching(self, query: Query) -> set[str]:
        return {one.id for one in self.held.values() if query.matches(one)}

    def first(self, ids: Collection[str], count: int, order: Sequence[str]) -> list[str]:
        listed = sorted(self.held.values(), key=lambda one: (order.index(one.priority), one.due_date, one.id))
        return [one.id for one in listed if one.id in ids][:count]


@contextmanager
def _index(items: Items, folder: str = "") -> Iterator[SearchIndex]:
    """An index over the items, in a folder of its own if none is given."""
    with TemporaryDirectory() as own:
        database = Database(f"{folder or own}/search.db", SCHEMA, VERSION)
        yield SearchIndex(database, items)
        database.close()


def _same(index: SearchIndex, items: Items, words: list[Word]) -> None:
    """Both give the same, whatever the limit and whichever items are let through."""
    every = Texts(list(items.held.values()))
    some = {one for one in items.held if one > "bl_000000000004"}
    for limit, within in [(None, None), (0, None), (1, None), (3, None), (None, some), (1, some)]:
        meant = every.best(words, limit=limit, within=within)
        found = index.best(words, limit=limit, within=within)
        assert (found.total, sorted(found.scored)) == (meant.total, sorted(meant.scored))


@given(_items, _searches)
def test_the_index_finds_what_reading_finds_with_the_same_scores(items: list[Item], words: list[Word]) -> None:
    with _index(Items(items)) as index:
        _same(index, Items(items), words)


@given(st.lists(_items, min_size=1, max_size=4), _searches)
def test_an_index_that_follows_edits_is_as_good_as_a_new_one(versions: list[list[Item]], words: list[Word]) -> None:
    """Items come, go, change, and take each other's texts."""
    items = Items()
    with _index(items) as index:
        for version in versions:
            items.held = {one.id: one for one in version}
            _same(index, items, words)


def test_only_what_has_changed_is_read_again() -> None:
    first, second, third = (item(id=f"bl_00000000000{number}", title=f"number {number}") for number in (1, 2, 3))
    items = Items([first, second])
    with _index(items) as index:
        index.best([Word(("number",))], limit=None)
        items.read.clear()
        items.held = {first.id: first, second.id: second._replace(title="another"), third.id: third}
        found = index.best([Word(("number",))], limit=None)
        assert sorted(name for _, name in found.scored) == [first.id, third.id]
        assert items.read == [second.id, third.id]
        items.read.clear()
        index.best([Word(("another",))], limit=None)
        assert items.read == []


def test_equally_good_items_beyond_the_limit_are_all_told() -> None:
    """Whoever asks puts them in order."""
    items = Items(item(id=f"bl_{number:012x}") for number in range(300))
    with _index(items) as index:
        found = index.best([Word(("signing",))], limit=2)
        assert (found.total, len(found.scored)) == (300, 300)
        assert index.first(found, 2, ["P1"]) == ["bl_000000000000", "bl_000000000001"]


@given(
    _items, st.sampled_from(["key", "kye", "certifcate", "certificats", "gatewya", "schlüsel", "tlx", "漢", "x1234"])
)
def test_both_mean_the_same_word_where_one_stands_nowhere(items: list[Item], typed: str) -> None:
    with _index(Items(items)) as index:
        (word,) = worded(typed, negated=False)
        assert index.alike(word.words[0]) == Texts(items).alike(word.words[0])


def test_the_word_that_is_meant_has_the_fewest_slips_then_stands_in_the_most_items() -> None:
    titles = ["certificate", "certificates", "certificates", "gateway", "gateway", "gateways", "gatewax", "tls", "w08"]
    items = [
        item(id=f"bl_{number:012x}", title=title, service="", description="") for number, title in enumerate(titles)
    ]
    meant = {
        "certifcate": "certificate",
        "crtifcate": "certificate",
        "certificatez": "certificates",
        "gatewaz": "gateway",
        "gatewayz": "gateway",
        "gatwya": None,
        "tlx": None,
        "w09": None,
        "certificate": None,
        "zzzzzzzzzzz": None,
        "c" * 5000: None,
    }
    with _index(Items(items)) as index:
        assert {word: Texts(items).alike(word) for word in meant} == meant
        assert {word: index.alike(word) for word in meant} == meant


#: What means something to FTS5, SQL, a shell or a terminal.
_HOSTILE = (
    *('"', '""', '"""', "'", "''", "NEAR(a b)", "NEAR/2", "a NEAR b", "AND", "OR", "NOT", "a AND", "AND OR NOT", "*"),
    *("a*b", "**", "^a", "a^2", ":", "a:", ":a", "::", "-", "--", "---", "-a", "~", "~~", "~-~a", "(", ")", "()", "(("),
    *("{title}: a", "title : a", "- title", "{", "a + b", "+", ",", ";", "a; DROP TABLE words", "a' OR '1'='1", "%"),
    *(
        "a\x00b",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "a\ud800b",
        "\u202e",
        "\ufeff",
        "words",
        "rank",
        "bm25(words)",
        "\\",
        "/",
    ),
    *(
        "x" * 100_000,
        "é" * 50_000,
        '"' * 999,
        "(" * 999,
        "a" * 33_000 + "*",
        "http://a.b/c?d=e",
        "3:1",
        "NEAR:x",
        "A:b",
    ),
    *(
        '"a" "b',
        'a"b"c',
        'title:"a b',
        '-"a b"',
        '~title:"a"',
        'title:""',
        "title:*",
        "title:-",
        "🎉",
        "\u0301",
        "*a",
        "-*",
    ),
)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("typed", _HOSTILE, ids=lambda one: ascii(one)[:40])
def test_nothing_that_is_typed_is_a_syntax_error(typed: str) -> None:
    items = [item(), item(id="bl_00000000000a", title="a near b", description="a and b or c")]
    words = [one for one in _read(typed) if isinstance(one, Word)]
    with _index(Items(items)) as index:
        if words:
            _same(index, Items(items), words)


@given(st.text('"*^:-~(){}+ aé漢\x00', max_size=30))
def test_nothing_that_could_be_typed_is_a_syntax_error(typed: str) -> None:
    words = [one for one in _read(typed) if isinstance(one, Word)]
    with _index(Items([item(title=typed)])) as index:
        if words:
            _same(index, Items([item(title=typed)]), words)


def _read(typed: str) -> list[Word | Filter]:
    """What is asked for; what could be a filter counts as a word. A field that is none is refused by its name."""
    try:
        asked = list(parts(typed))
    except UsageError:
        return []
    return [word for one in asked for word in ([one] if isinstance(one, Word) else worded(one.text, one.negated))]


def test_a_search_has_bounds() -> None:
    assert len(list(parts(" ".join(["a"] * MOST)))) == 1
    with pytest.raises(UsageError, match="65 words"):
        list(parts('"' + " ".join(["a"] * (MOST + 1)) + '"'))


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_index_is_made_anew(damage: bytes, tmp_path: Path) -> None:
    items = Items([item()])
    with _index(items, str(tmp_path)) as index:
        index.best([Word(("signing",))], limit=None)
    (tmp_path / "search.db").write_bytes(damage)
    with _index(items, str(tmp_path)) as index:
        _same(index, items, [Word(("signing",))])


def test_whatever_is_flipped_in_the_file_no_search_fails(tmp_path: Path) -> None:
    """SQLite keeps no checksums, so a flipped letter may be one that is not found; nothing worse comes of it."""
    items = Items([item(id=f"bl_{number:012x}", title=f"number {number}") for number in range(5)])
    file = tmp_path / "search.db"
    with _index(items, str(tmp_path)) as index:
        index.best([Word(("signing",))], limit=None)
    whole, chance = file.read_bytes(), random.Random(4)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in chance.choices(range(len(whole)), k=chance.choice([1, 8, 300])):
            damaged[place] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        with _index(items, str(tmp_path)) as index, suppress(UnavailableError):
            index.best([Word(("signing",)), Word(("number",), prefix=True)], limit=1)
            index.best([Word(("key",), negated=True)], limit=None, within=set(items.held))
            index.alike("sining")


def test_where_the_database_cannot_be_had_the_caller_is_told(tmp_path: Path) -> None:
    (tmp_path / "search.db").mkdir()
    with _index(Items([item()]), str(tmp_path)) as index:
        with pytest.raises(UnavailableError):
            index.best([Word(("signing",))], limit=None)
        with pytest.raises(UnavailableError):
            index.alike("signing")


def test_an_index_by_another_table_of_characters_is_made_anew(tmp_path: Path) -> None:
    items = Items([item()])
    with _index(items, str(tmp_path)) as index:
        index.best([Word(("signing",))], limit=None)
    connection = sqlite3.connect(tmp_path / "search.db")
    connection.execute("UPDATE state SET held = '1.1 ' || held")
    connection.commit()
    connection.close()
    items.read.clear()
    with _index(items, str(tmp_path)) as index:
        _same(index, items, [Word(("signing",))])
    assert items.read == list(items.held)
