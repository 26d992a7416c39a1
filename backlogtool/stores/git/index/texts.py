"""The texts of the items, which only ``text:`` terms look at: kept when they are first asked for.

They are most of what there is to keep of a backlog, and most backlogs are never filtered so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from backlogtool.codec.quick import item_of
from backlogtool.domain.layout import stem_of
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.index import rows
from backlogtool.stores.git.index.database import Connection
from backlogtool.stores.git.index.work import Progress

_MANY = 500  # texts that are written at once, so that nobody has to wait for all of them
_LONG = 2000  # files of which somebody may want to know how far their reading has come
_WAITING = "FROM items WHERE number NOT IN (SELECT number FROM texts)"
_KEEP = "INSERT OR IGNORE INTO texts SELECT number, ?3 FROM items WHERE number = ?1 AND blob = ?2"


def are_there(connection: Connection) -> bool:
    """Whether those of all items are, in the transaction that asks."""
    return connection.execute(f"SELECT 1 {_WAITING} LIMIT 1").fetchone() is None


def keep(connection: Connection, root: str, places: Mapping[int, str], progress: Progress) -> None:
    """Adds what is missing, as far as the files are those that the index knows; ``places`` are the folders.

    Raises ``sqlite3.Error``.
    """
    found = connection.execute(f"SELECT number, folder, id {_WAITING} ORDER BY folder, id").fetchall()
    waiting = {f"{places[folder]}/{item_id}.md": number for number, folder, item_id in found}
    made = _made(root, waiting)
    if len(waiting) > _MANY:
        rows.expect_many()
    for done in range(0, len(waiting), _MANY):
        some = list(islice(made, _MANY))
        if len(waiting) > _LONG:
            progress(min(done + _MANY, len(waiting)), len(waiting))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_KEEP, some)
        connection.execute("COMMIT")


def _made(root: str, waiting: Mapping[str, int]) -> Iterator[tuple[int, bytes, str]]:
    """(number, blob, text) of the items at these paths."""
    for path, data in WorkTree(root).read(waiting):
        item = item_of(data, stem_of(path))[0] if isinstance(data, bytes) else None
        if item is not None and isinstance(data, bytes):
            yield waiting[path], rows.blob_id(data), rows.text(item)
