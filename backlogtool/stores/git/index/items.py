"""The index of the items of a work tree: answers without reading the files that have not changed.

It is never needed for an answer: where it cannot be had, every method gives None, and the caller reads the files
(docs/decisions/0019-derived-index.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from backlogtool.domain.brief import SINGLE
from backlogtool.domain.finding import Finding
from backlogtool.domain.query import FIELDS, Query
from backlogtool.stores.base import Briefs, Judged
from backlogtool.stores.git.files import Listing
from backlogtool.stores.git.index import folders, rows
from backlogtool.stores.git.index.database import Connection, Database
from backlogtool.stores.git.index.folder import cache_folder
from backlogtool.stores.git.index.refresh import loaded, refreshed
from backlogtool.stores.git.index.where import Condition, condition
from backlogtool.stores.git.index.work import REPEATED, Progress, State

Result = TypeVar("Result")
#: Seconds to wait for another process where names are enough, which are quickly read from the folders themselves.
_SOON = 0.1
#: (path, content, findings) of each item at the paths that can be read.
Judgements = Callable[[Iterable[str]], Iterable[tuple[str, bytes, list[Finding]]]]


class ItemIndex:
    """The index below a git directory of the items below ``root``.

    ``note`` is told of repairs, ``progress`` how far a reading of many files has come.
    """

    def __init__(
        self, git_dir: str, root: str, *, note: Callable[[str], object] = str, progress: Progress | None = None
    ) -> None:
        self._git_dir = git_dir
        self._root = root
        self._note = note
        self._progress = progress or _silent
        self._database: Database | None = None
        self._held: dict[bool, State] | None = None

    def hold(self, held: bool) -> None:
        """Inside a write nothing changes: what was found to be so once is so until it is let go."""
        self._held = {} if held else None

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def listing(self) -> Listing | None:
        """What ``files.listing`` says."""
        return self._named(lambda state: folders.listing(folder for _, folder in state.values()))

    def paths(self, item_id: str) -> list[str] | None:
        """Every path at which a file with this id stands."""
        name = f"/{item_id}.md/"
        return self._named(
            lambda state: [f"{path}{name[:-1]}" for path, (_, one) in state.items() if name in f"/{one.names}/"]
        )

    def ids_starting(self, start: str) -> list[str] | None:
        """The ids that start like this, sorted, each once; the part before ``_`` may be left out."""
        starts = (start, f"bl_{start}", f"pln_{start}")
        return self._named(
            lambda state: sorted(
                {name[:-3] for _, one in state.values() for name in one.files if name.startswith(starts)}
            )
        )

    def page(self, query: Query, order: Sequence[str], limit: int | None, offset: int) -> Briefs | None:
        """The matching items by the order of ``query.sort_key``, where ``order`` are the priorities, highest first."""
        return self._read(lambda reader: reader.page(query, order, limit, offset), query)

    def found(self, query: Query) -> tuple[list[str], list[Finding]] | None:
        """The paths of the matching items, and what could not be read."""
        return self._read(lambda reader: (reader.matching(query), reader.unreadable()), query)

    def count(self, query: Query, by: str) -> Mapping[str, int] | None:
        """How many matching items have each value of a field of one value."""
        return self._read(lambda reader: reader.count(query, by), query) if by in SINGLE else None

    def holders(self, keys: Sequence[str]) -> tuple[dict[str, str], list[Finding]] | None:
        """dedupe key -> the first id, by id, of an item that has it; and what could not be read."""
        return self._read(lambda reader: (reader.holders(keys), reader.unreadable()))

    def sharing(self) -> list[str] | None:
        """The paths of the items whose dedupe key another one has too."""
        return self._read(lambda reader: reader.sharing())

    def judged(self, rules: str, judge: Judgements) -> Judged | None:
        """What ``judge`` finds in all items; only those are read that it has not judged by these rules before."""
        from backlogtool.stores.git.index import verdicts  # only ``validate`` asks

        def asked(connection: Connection) -> Judged:
            findings = verdicts.judged(connection, rules, judge, Reader(connection).folders())
            return Judged(tuple(findings), tuple(Reader(connection).unreadable()))

        return self.work(asked)

    def blobs(self) -> dict[str, str] | None:
        """path -> git blob id (SHA-1) of every item file that could be read."""
        return self._read(lambda reader: reader.blobs())

    def unreadable(self) -> list[Finding] | None:
        """What ``Found.unreadable`` says."""
        return self._read(lambda reader: reader.unreadable())

    def work(self, work: Callable[[Connection], Result]) -> Result | None:
        """What ``work`` makes of the database once that is up to date; it begins and ends its own transactions."""

        def done(connection: Connection) -> Result | None:
            return None if self._state(connection, contents=True) is None else work(connection)

        database = self._opened()
        return database.do(done) if database else None

    def reading(self, ask: Callable[[Connection], Result], query: Query | None = None) -> Result | None:
        """What is read at one moment of the database once that is up to date, by conditions made of ``query``."""
        needs_texts = query is not None and any(term.field == "text" for term in query.terms)

        def read(connection: Connection) -> Result | None:
            if needs_texts and not self._has_texts(connection):
                return None
            if not needs_texts:
                connection.execute("BEGIN")
            answer = ask(connection)
            connection.execute("COMMIT")
            return answer

        return self.work(read)

    def _has_texts(self, connection: Connection) -> bool:
        """Begins to read, with the texts of all items if they can be had now."""
        from backlogtool.stores.git.index import texts  # few queries look at them

        texts.keep(connection, self._root, Reader(connection).folders(), self._progress)
        connection.execute("BEGIN")
        return texts.are_there(connection)

    def _read(self, ask: Callable[[Reader], Result], query: Query | None = None) -> Result | None:
        if query is not None and not {term.field for term in query.terms} <= set(FIELDS):
            return None
        return self.reading(lambda connection: ask(Reader(connection)), query)

    def _named(self, ask: Callable[[State], Result]) -> Result | None:
        def asked(connection: Connection) -> Result | None:
            state = self._state(connection, contents=False)
            return None if state is None else ask(state)

        database = self._opened(make=False)
        return database.do(asked, patience=_SOON) if database else None

    def _state(self, connection: Connection, *, contents: bool) -> State | None:
        held = self._held
        if held is not None and (contents in held or True in held):
            return held.get(True, held.get(contents))
        state = refreshed(connection, self._root, self._progress, contents=contents)
        if held is not None and state is not None:
            held[contents] = state
        return state

    def _opened(self, *, make: bool = True) -> Database | None:
        if self._database is None:
            folder = cache_folder(self._git_dir, make=make)
            if folder is None or not (make or os.path.lexists(os.path.join(folder, "items.db"))):
                return None
            path = os.path.join(folder, "items.db")
            self._database = Database(path, rows.SCHEMA, rows.VERSION, note=self._note)
        return self._database


class Reader:
    """Answers from one moment of the database, inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._ask = connection.execute
        self._connection = connection
        noted = self._ask("SELECT value FROM notes WHERE name = ?", (REPEATED,)).fetchone()
        self._repeated = noted[0].split() if noted else []

    def folders(self) -> dict[int, str]:
        """number -> path."""
        return {number: os.fsdecode(path) for number, path in self._ask("SELECT number, path FROM folders")}

    def page(self, query: Query, order: Sequence[str], limit: int | None, offset: int) -> Briefs:
        """See ``ItemIndex.page``."""
        text, parameters = self._condition(query)
        counted = dict(self._ask(f"SELECT priority, count(*) FROM items WHERE {text} GROUP BY 1", parameters))
        total = sum(counted.values())
        wanted = max(total - offset, 0) if limit is None else limit
        found: list[Any] = []
        for group in (*([one] for one in dict.fromkeys(order)), sorted(counted.keys() - set(order))):
            size = sum(counted.get(one, 0) for one in group)
            if offset >= size or len(found) >= wanted:
                offset = max(offset - size, 0)
                continue
            found += self._ask(
                f"SELECT {rows.BRIEF} FROM items WHERE priority IN ({', '.join('?' * len(group))}) AND {text}"
                " ORDER BY due, id LIMIT ? OFFSET ?",
                (*group, *parameters, wanted - len(found), offset),
            )
            offset = 0
        places = self.folders()
        briefs = tuple(rows.brief(one, places) for one in found)
        return Briefs(briefs, total, tuple(self.unreadable()))

    def matching(self, query: Query) -> list[str]:
        """The paths of the items that match."""
        text, parameters = self._condition(query)
        return self._paths(f"SELECT folder, id FROM items WHERE {text}", parameters)

    def count(self, query: Query, by: str) -> dict[str, int]:
        """See ``ItemIndex.count``."""
        text, parameters = self._condition(query)
        counted = self._ask(f'SELECT "{by}", count(*) FROM items WHERE {text} GROUP BY 1', parameters)
        return dict(sorted((str(value), number) for value, number in counted))

    def holders(self, keys: Sequence[str]) -> dict[str, str]:
        """See ``ItemIndex.holders``."""
        text, parameters = self._condition(Query())
        asked = f"SELECT min(id) FROM items WHERE dedupe_key = ? AND {text}"
        found = {key: self._ask(asked, (key, *parameters)).fetchone()[0] for key in keys}
        return {key: item_id for key, item_id in found.items() if item_id is not None}

    def sharing(self) -> list[str]:
        """See ``ItemIndex.sharing``."""
        text, parameters = self._condition(Query())
        keys = f"SELECT dedupe_key FROM items WHERE dedupe_key <> '' AND {text} GROUP BY 1 HAVING count(*) > 1"
        asked = f"SELECT folder, id FROM items WHERE dedupe_key IN ({keys}) AND {text}"
        return self._paths(asked, parameters * 2)

    def blobs(self) -> dict[str, str]:
        """See ``ItemIndex.blobs``."""
        places = self.folders()
        asked = "SELECT folder, id, blob FROM items UNION ALL SELECT folder, id, blob FROM unreadable WHERE blob <> x''"
        return {f"{places[folder]}/{item_id}.md": blob.hex() for folder, item_id, blob in self._ask(asked)}

    def unreadable(self) -> list[Finding]:
        """What ``find`` of a store that reads all files says could not be read, in the same order."""
        files = self._ask("SELECT folder, id, findings FROM unreadable").fetchall()
        odd = self._ask("SELECT 1 FROM folders WHERE odd <> '' LIMIT 1").fetchone()
        if not (files or odd or self._repeated):
            return []
        state = loaded(self._connection)
        rank = {path: place for place, path in enumerate(one.path for one in folders.in_order(_folders(state)))}
        places = self.folders()
        single = [one for one in files if one[1] not in self._repeated]
        single.sort(key=lambda one: (rank.get(places[one[0]], 0), one[1]))
        findings = folders.listing(_folders(state)).findings
        return findings + [finding for _, _, told in single for finding in rows.unpacked(told)]

    def _condition(self, query: Query) -> Condition:
        """The query, over the items of which there is one file."""
        text, parameters = condition(query)
        if not self._repeated:
            return text, parameters
        return f"{text} AND id NOT IN ({', '.join('?' * len(self._repeated))})", [*parameters, *self._repeated]

    def _paths(self, asked: str, parameters: Sequence[str]) -> list[str]:
        places = self.folders()
        return sorted(f"{places[folder]}/{item_id}.md" for folder, item_id in self._ask(asked, parameters))


def _silent(done: int, total: int) -> None:
    """Tells nobody."""


def _folders(state: State) -> list[folders.Folder]:
    return [folder for _, folder in state.values()]
