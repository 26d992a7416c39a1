"""What the index of words is made of: the items of a work tree, as the index of items knows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from backlogtool.codec.quick import item_of
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.index import rows
from backlogtool.stores.git.index.database import Connection, Database
from backlogtool.stores.git.index.folder import cache_folder
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.index.search import NAME, SCHEMA, VERSION, Progress, SearchIndex
from backlogtool.stores.git.index.where import condition
from backlogtool.stores.git.index.work import REPEATED, STATE

Result = TypeVar("Result")
Note = Callable[[str], object]


@contextmanager
def searching(
    items: ItemIndex, git_dir: str, root: str, *, note: Note = str, progress: Progress | None = None, held: bool = False
) -> Iterator[SearchIndex | None]:
    """The index of words below a git directory; None where it cannot be had.

    The items are looked at once, unless they are ``held`` anyway.
    """
    folder = cache_folder(git_dir)
    if folder is None:
        yield None
        return
    database = Database(os.path.join(folder, NAME), SCHEMA, VERSION, note=note)
    items.hold(True)
    try:
        yield SearchIndex(database, WorkTreeItems(root, items), progress)
    finally:
        if not held:
            items.hold(False)
        database.close()


class WorkTreeItems:
    """A ``Source``: those items below ``root`` that can be read, of which there is one file.

    Every method raises ``UnavailableError`` where the index of items cannot be had.
    """

    def __init__(self, root: str, items: ItemIndex) -> None:
        self._files = WorkTree(root)
        self._items = items

    def state(self) -> str:
        return self._asked(lambda connection: _noted(connection, STATE))

    def blobs(self) -> Mapping[str, str]:
        return self._asked(_blobs)

    def items(self, ids: Iterable[str]) -> Iterator[tuple[Item, str]]:
        wanted = set(ids)
        places = {path: item_id for item_id, path in self._asked(_paths) if item_id in wanted}
        for path, data in self._files.read(places):
            item = item_of(data, places[path])[0] if isinstance(data, bytes) else None
            if item is not None and isinstance(data, bytes):
                yield item, rows.blob_id(data).hex()

    def matching(self, query: Query) -> Collection[str]:
        text, parameters = condition(query)
        asked = f"SELECT id FROM items WHERE {text}"
        found = self._items.reading(lambda connection: {one for (one,) in connection.execute(asked, parameters)}, query)
        return _had(found)

    def first(self, ids: Collection[str], count: int, order: Sequence[str]) -> list[str]:
        return self._asked(
            lambda connection: list(islice((one for one in _listed(connection, order) if one in ids), count))
        )

    def _asked(self, work: Callable[[Connection], Result]) -> Result:
        return _had(self._items.work(work))


def _had(found: Result | None) -> Result:
    if found is None:
        raise UnavailableError("the index of items cannot be had")
    return found


def _blobs(connection: Connection) -> dict[str, str]:
    """Those that several files claim cannot be read."""
    held = {item_id: blob.hex() for item_id, blob in connection.execute("SELECT id, blob FROM items")}
    for item_id in _noted(connection, REPEATED).split():
        held.pop(item_id, None)
    return held


def _listed(connection: Connection, order: Sequence[str]) -> Iterator[str]:
    """The ids in the order of a list; not more of them are read than are taken."""
    priorities = list(dict.fromkeys(order))
    others = f"priority NOT IN ({', '.join('?' * len(priorities))})"
    for where, values in (*(("priority = ?", [one]) for one in priorities), (others, priorities)):
        yield from (
            one for (one,) in connection.execute(f"SELECT id FROM items WHERE {where} ORDER BY due, id", values)
        )


def _paths(connection: Connection) -> list[tuple[str, str]]:
    folders = {number: os.fsdecode(path) for number, path in connection.execute("SELECT number, path FROM folders")}
    found = connection.execute("SELECT id, folder FROM items")
    return [(item_id, f"{folders[folder]}/{item_id}.md") for item_id, folder in found]


def _noted(connection: Connection, name: str) -> str:
    found = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else ""
