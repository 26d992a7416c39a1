"""What views show of single items, kept by what it was made of: the content of a file, and the rules.

A row is found by the blob of its item, so nothing in here has to follow what changes below ``items/``. Like the index
of items it is never needed for an answer: where it cannot be had, the caller reads the files
(docs/decisions/0019-derived-index.md).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from backlogtool.codec.quick import item_of
from backlogtool.domain.brief import Brief
from backlogtool.domain.item import Item
from backlogtool.domain.layout import stem_of
from backlogtool.domain.query import Query
from backlogtool.stores.base import Briefs
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.index import rows
from backlogtool.stores.git.index.database import Connection, Database, MalformedError
from backlogtool.stores.git.index.folder import cache_folder
from backlogtool.stores.git.index.items import ItemIndex, Reader

NAME = "tasks.db"
#: Raised with every change of the schema, of how an item is read, or of what is shown of it by the same rules.
VERSION = 1
#: A blob is a git blob id in bytes, by SHA-1 in every repository; a task is a JSON object.
SCHEMA = """
CREATE TABLE tasks (blob BLOB PRIMARY KEY, task TEXT NOT NULL);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_RULES = "rules"

#: What is shown of an item: text keys, and values that JSON has.
Task = dict[str, Any]


class Tasks(NamedTuple):
    """Every item without its texts, in the order of ``query.sort_key``, and id -> task of those that are shown."""

    briefs: tuple[Brief, ...]
    tasks: Mapping[str, Task]


class TaskIndex:
    """The tasks of the items below ``root``, beside the index of these items below a git directory."""

    def __init__(self, items: ItemIndex, git_dir: str, root: str, *, note: Callable[[str], object] = str) -> None:
        self._items = items
        self._files = WorkTree(root)
        folder = cache_folder(git_dir)
        self._database = Database(os.path.join(folder, NAME), SCHEMA, VERSION, note=note) if folder else None

    def read(
        self, order: Sequence[str], rules: str, is_shown: Callable[[Brief], bool], show: Callable[[Item], Task]
    ) -> Tasks | None:
        """All items, with what ``show`` makes of those that are shown; only what is new is read.

        ``order`` are the priorities, highest first; ``rules`` name all that ``show`` goes by. None where the index
        cannot be had, where an item cannot be read, and where one changes at this moment.
        """
        found = self._items.work(lambda connection: _items(connection, order))
        if found is None or found[0].unreadable:
            return None
        listed, blobs = found
        wanted = {blobs[one.id]: one for one in listed.briefs if is_shown(one)}
        tasks = self._kept(rules, wanted)
        fresh = {}
        for blob, item in self._read(one for blob, one in wanted.items() if blob not in tasks):
            fresh[blob] = show(item)
        if fresh:
            self._keep(rules, fresh, wanted)
        tasks |= fresh
        if not wanted.keys() <= tasks.keys():
            return None
        return Tasks(listed.briefs, {one.id: tasks[blob] for blob, one in wanted.items()})

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _read(self, briefs: Iterable[Brief]) -> Iterator[tuple[bytes, Item]]:
        """The blob and the item of each file that can be read now."""
        for path, data in self._files.read([one.path for one in briefs]):
            if isinstance(data, bytes):
                item = item_of(data, stem_of(path))[0]
                if item is not None:
                    yield rows.blob_id(data), item

    def _kept(self, rules: str, wanted: Mapping[bytes, Brief]) -> dict[bytes, Task]:
        """What is kept of the wanted blobs."""

        def held(connection: Connection) -> dict[bytes, Task]:
            connection.execute("BEGIN")
            same = _rules(connection) == rules
            every = connection.execute("SELECT blob, task FROM tasks") if same else ()
            found = {blob: _task(task) for blob, task in every if blob in wanted}
            connection.execute("COMMIT")
            return found

        return (self._database.do(held) if self._database else None) or {}

    def _keep(self, rules: str, fresh: Mapping[bytes, Task], wanted: Mapping[bytes, Brief]) -> None:
        """Keeps what is fresh, and of what no item has now as much as of what one has: a branch may come back."""

        def done(connection: Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            if _rules(connection) != rules:
                connection.execute("DELETE FROM tasks")
                connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (_RULES, rules))
            texts = ((blob, json.dumps(task, ensure_ascii=False)) for blob, task in fresh.items())
            connection.executemany("INSERT OR REPLACE INTO tasks VALUES (?, ?)", texts)
            gone = [(blob,) for (blob,) in connection.execute("SELECT blob FROM tasks") if blob not in wanted]
            if len(gone) > len(wanted):
                connection.executemany("DELETE FROM tasks WHERE blob = ?", gone)
            connection.execute("COMMIT")

        if self._database is not None:
            self._database.do(done)


def is_begun(git_dir: str) -> bool:
    """Whether there is an index of items below a git directory, up to date or not."""
    folder = cache_folder(git_dir, make=False)
    return folder is not None and os.path.lexists(os.path.join(folder, "items.db"))


def _items(connection: Connection, order: Sequence[str]) -> tuple[Briefs, dict[str, bytes]]:
    """All items, and id -> blob, of one moment."""
    connection.execute("BEGIN")
    listed = Reader(connection).page(Query(), order, None, 0)
    blobs = dict(connection.execute("SELECT id, blob FROM items").fetchall())
    connection.execute("COMMIT")
    return listed, blobs


def _rules(connection: Connection) -> str:
    held = connection.execute("SELECT value FROM notes WHERE name = ?", (_RULES,)).fetchone()
    return str(held[0]) if held else ""


def _task(held: str) -> Task:
    """Raises ``MalformedError`` if the text is no task."""
    try:
        task = json.loads(held)
    except ValueError as error:
        raise MalformedError("a task that is no JSON") from error
    if type(task) is not dict:
        raise MalformedError("a task that is none")
    return task
