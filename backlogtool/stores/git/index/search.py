"""The index of words: an FTS5 table over the texts of the items, built at the first search.

It is kept in a database of its own, because a backlog that nobody searches needs none. What it gives is what
``domain.ranking.Texts`` gives of the same items, to the last digit of a score; where it cannot be had, that is asked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.domain.ranking import Best, cut, nearest, slips
from backlogtool.domain.search import COLUMNS, Word, texts
from backlogtool.domain.words import indexed
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.index.database import Connection, Database, MalformedError

NAME = "search.db"
#: To be raised when ``domain.words`` or ``domain.search.texts`` change what they give.
VERSION = 1
SCHEMA = f"""
CREATE TABLE state(held TEXT NOT NULL);
CREATE TABLE documents(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, blob TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5({", ".join(COLUMNS)}, tokenize='ascii');
"""
_RANKED = f"SELECT bm25(words, {', '.join(map(str, COLUMNS.values()))}), rowid FROM words WHERE words MATCH ?"
_INSERT = f"INSERT INTO words(rowid, {', '.join(COLUMNS)}) VALUES({', '.join('?' * (len(COLUMNS) + 1))})"
#: How many documents are asked for by number (for more of them the whole table is read), or told of at a time.
_MANY = 500
#: How many of those that are as good as the last of the best are expected; if there are more, all are fetched.
_TIED = 200

Progress = Callable[[int, int], object]
Result = TypeVar("Result")


class Source(Protocol):
    """The items that are searched: those that can be read, as they stand now."""

    def state(self) -> str:
        """What is another text whenever ``blobs`` may be others."""

    def blobs(self) -> Mapping[str, str]:
        """id -> the blob id of its file."""

    def items(self, ids: Iterable[str]) -> Iterator[tuple[Item, str]]:
        """The items with these ids, as far as they are still there, and the blob ids of what was read now."""

    def matching(self, query: Query) -> Collection[str]:
        """The ids of the items that match."""

    def first(self, ids: Collection[str], count: int, order: Sequence[str]) -> list[str]:
        """The first of these ids by the order of ``query.sort_key``, where ``order`` are the priorities."""


class SearchIndex:
    """Searches a source by its words. Every method raises ``UnavailableError`` where a database cannot be had.

    ``progress`` is told how many of how many items are read while the index is made.
    """

    def __init__(self, database: Database, source: Source, progress: Progress | None = None) -> None:
        self._database = database
        self._source = source
        self._progress = progress

    def best(self, words: Sequence[Word], *, limit: int | None, within: Collection[str] | None = None) -> Best[str]:
        """What ``domain.ranking.Texts.best`` gives."""

        def work(connection: Connection) -> Best[str]:
            self._refresh(connection)
            if within is not None:
                scored = [one for one in _named(connection, _matching(connection, words)) if one[1] in within]
                return cut(scored, limit)
            best = _first(connection, words, limit) or cut(_matching(connection, words), limit)
            return Best(best.total, _named(connection, best.scored))

        return self._done(work)

    def alike(self, word: str) -> str | None:
        """What ``domain.ranking.Texts.alike`` gives."""

        if not slips(word):
            return None

        def work(connection: Connection) -> tuple[str | None]:
            self._refresh(connection)
            there = connection.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", [_phrase(Word((word,)))])
            return (None if there.fetchone() else nearest(word, _vocabulary(connection, word)),)

        return self._done(work)[0]

    def matching(self, query: Query) -> Collection[str]:
        """The ids of the items that pass filters."""
        return self._source.matching(query)

    def first(self, best: Best[str], limit: int, order: Sequence[str]) -> list[str]:
        """The ids of the best, as many as wanted: of equally good ones the first by the order of a list."""
        last = max((score for score, _ in best.scored), default=0.0)
        better = [one for score, one in best.scored if score < last]
        equal = {one for score, one in best.scored if score == last}
        return better + self._source.first(equal, limit - len(better), order)

    def close(self) -> None:
        self._database.close()

    def _done(self, work: Callable[[Connection], Result]) -> Result:
        done = self._database.do(work)
        if done is None:
            raise UnavailableError("the index of words cannot be had")
        return done

    def _refresh(self, connection: Connection) -> None:
        """Makes the index what the source is now, and begins to read it.

        Where nothing has changed that costs a look at the source's state.
        """
        wanted = f"{unicodedata.unidata_version} {self._source.state()}"
        if _state(connection) != wanted:
            self._write(connection, wanted)
        connection.execute("BEGIN")

    def _write(self, connection: Connection, wanted: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        held = _state(connection)
        if held.partition(" ")[0] != unicodedata.unidata_version:
            connection.execute("DELETE FROM words")
            connection.execute("DELETE FROM documents")
        self._update(connection)
        connection.execute("DELETE FROM state")
        connection.execute("INSERT INTO state VALUES(?)", [wanted])
        connection.execute("COMMIT")

    def _update(self, connection: Connection) -> None:
        """Takes away what is gone or another, and adds what is new."""
        now = self._source.blobs()
        held = {item_id: (blob, number) for item_id, blob, number in connection.execute(_HELD)}
        gone = [number for item_id, (blob, number) in held.items() if now.get(item_id) != blob]
        connection.executemany("DELETE FROM words WHERE rowid=?", ((number,) for number in gone))
        connection.executemany("DELETE FROM documents WHERE number=?", ((number,) for number in gone))
        new = [item_id for item_id, blob in now.items() if item_id not in held or held[item_id][0] != blob]
        for done, (item, blob) in enumerate(self._source.items(new)):
            if self._progress and done % _MANY == 0:
                self._progress(done, len(new))
            inserted = connection.execute("INSERT INTO documents(id, blob) VALUES(?, ?)", [item.id, blob])
            connection.execute(_INSERT, [inserted.lastrowid, *map(indexed, texts(item))])


_HELD = "SELECT id, blob, number FROM documents"


def expression(words: Sequence[Word]) -> str:
    """The words in the language of FTS5, all of them in quotes; at least one is not negated."""
    wanted = " AND ".join(_phrase(word) for word in words if not word.negated)
    unwanted = " OR ".join(_phrase(word) for word in words if word.negated)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(word: Word) -> str:
    """Words hold neither quotes nor blanks (``domain.words``)."""
    column = f"{word.column} : " if word.column else ""
    return f'{column}"{" ".join(word.words)}"{" *" if word.prefix else ""}'


def _first(connection: Connection, words: Sequence[Word], limit: int | None) -> Best[int] | None:
    """What ``cut`` gives of everything that matches, without fetching it; None where too much is equally good."""
    if limit is None or limit > _MANY or not _wanted(words):
        return None
    asked = [expression(words)]
    total = connection.execute("SELECT count(*) FROM words WHERE words MATCH ?", asked).fetchone()[0]
    if not limit:
        return Best(total, [])
    found = connection.execute(f"{_RANKED} ORDER BY 1 LIMIT {limit + _TIED:d}", asked).fetchall()
    if len(found) < total and found[-1][0] == found[limit - 1][0]:
        return None
    return Best(total, cut(found, limit).scored)


def _matching(connection: Connection, words: Sequence[Word]) -> list[tuple[float, int]]:
    """(score, number of the document) of everything that matches."""
    if _wanted(words):
        return connection.execute(_RANKED, [expression(words)]).fetchall()
    unwanted = " OR ".join(_phrase(word) for word in words)
    beside = "SELECT 0.0, number FROM documents WHERE number NOT IN (SELECT rowid FROM words WHERE words MATCH ?)"
    return connection.execute(beside, [unwanted]).fetchall()


def _wanted(words: Sequence[Word]) -> bool:
    return any(not word.negated for word in words)


def _named(connection: Connection, scored: Sequence[tuple[float, int]]) -> list[tuple[float, str]]:
    """The same with the ids of the documents."""
    if len(scored) > _MANY:
        names = dict(connection.execute("SELECT number, id FROM documents"))
    else:
        numbers = ", ".join(str(number) for _, number in scored)
        asked = f"SELECT number, id FROM documents WHERE number IN ({numbers})"
        names = dict(connection.execute(asked))
    try:
        return [(score, names[number]) for score, number in scored]
    except KeyError as error:
        raise MalformedError("words of a document that is none") from error


def _state(connection: Connection) -> str:
    row = connection.execute("SELECT held FROM state").fetchone()
    return str(row[0]) if row else ""


def _vocabulary(connection: Connection, word: str) -> Iterator[tuple[str, int]]:
    """Every word that is about as long, with the number of items that hold it."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    within = slips(word)
    asked = "SELECT term, doc FROM temp.vocabulary WHERE length(term) BETWEEN ? AND ? AND term NOT GLOB '*[0-9]*'"
    return connection.execute(asked, [len(word) - within, len(word) + within])
