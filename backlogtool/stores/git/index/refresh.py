"""Bringing the index of items up to date: what has not changed is not read.

Everything happens in one transaction, so other processes see an index that was true at some moment, or wait for it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.index import folders, rows
from backlogtool.stores.git.index.database import Connection, MalformedError
from backlogtool.stores.git.index.folders import Folder
from backlogtool.stores.git.index.work import STATE, Progress, State, Work


def refreshed(connection: Connection, root: str, progress: Progress, *, contents: bool) -> State | None:
    """The folders as they are now, with the index brought up to date.

    Without ``contents`` only names are, which is enough to know which items there are; then None for an index that
    was never built. Raises ``sqlite3.Error``.
    """
    version = _version(connection)
    state = loaded(connection)
    if not state and not contents:
        return None
    work = _survey(root, state, contents=contents)
    if work:
        with _unhindered(connection, cold=not state):
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) != version:  # another process has been here since
                state = loaded(connection)
                work = _survey(root, state, contents=contents)
            _update(connection, root, state, progress, work)
            connection.execute("COMMIT")
    return state


def _update(connection: Connection, root: str, state: State, progress: Progress, work: Work) -> None:
    # What is read is parsed, which takes longer to load than a look at what is there.
    from backlogtool.stores.git.index.update import Update

    before = connection.total_changes
    Update(connection, root, state, progress).run(work)
    if connection.total_changes != before:
        connection.execute("INSERT OR REPLACE INTO notes VALUES (?, hex(randomblob(8)))", (STATE,))


@contextmanager
def _unhindered(connection: Connection, *, cold: bool) -> Iterator[None]:
    """A cold build makes many objects and keeps few, and is made again if the machine dies."""
    if not cold or not gc.isenabled():
        yield
        return
    gc.disable()
    connection.execute("PRAGMA synchronous=OFF")
    try:
        yield
    finally:
        gc.enable()
        if not connection.in_transaction:
            connection.execute("PRAGMA synchronous=NORMAL")


def _version(connection: Connection) -> int:
    """Changes when another connection has changed something."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def loaded(connection: Connection) -> State:
    """The folders as the index has them. Raises ``MalformedError`` if they are not as they were put into it."""
    found: State = {}
    for number, path, stamp, names, stamps, odd, total in connection.execute("SELECT * FROM folders"):
        if total != rows.total(path, stamp, names, stamps, odd):
            raise MalformedError("a folder that is not as it was kept")
        folder = Folder(os.fsdecode(path), stamp, names, stamps, tuple(rows.unpacked(odd)))
        found[folder.path] = (number, folder)
    return found


def _survey(root: str, state: State, *, contents: bool) -> Work:
    """What differs. Files of a folder whose names may differ are looked at when that is done again."""
    work = Work([], {})
    if ITEMS not in state:
        work.folders.append(ITEMS)
    for path, (_, folder) in state.items():
        try:
            with folders.opened(root, path) as handle:
                if not folders.is_as_it_was(handle, folder):
                    work.folders.append(path)
                elif contents:
                    now = folders.stamps(handle, folder.files)
                    if folders.packed(now) != folder.stamps:
                        work.files[path] = folder.differing(now)
        except OSError:
            work.folders.append(path)
    return work
