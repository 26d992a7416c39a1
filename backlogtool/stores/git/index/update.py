"""Reading again what has changed below ``items/``, into the index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.codec.quick import item_of
from backlogtool.domain.finding import Finding
from backlogtool.stores.git.files import ITEMS, content
from backlogtool.stores.git.index import folders, rows
from backlogtool.stores.git.index.database import Connection
from backlogtool.stores.git.index.folders import Folder, Seen
from backlogtool.stores.git.index.stamps import UNKNOWN, Clock, stamp_of
from backlogtool.stores.git.index.work import REPEATED, Progress, State, Work

_MANY = 500  # rows that are written at once
_LONG = 2000  # files of which somebody may want to know how far their reading has come


class Update:
    """One transaction, which the caller begins and ends. ``state`` changes along with the database."""

    def __init__(self, connection: Connection, root: str, state: State, progress: Progress) -> None:
        self._connection = connection
        self._root = root
        self._state = state
        self._progress = progress
        self._clock = Clock(connection.guard)
        self._last = connection.execute("SELECT coalesce(max(number), 0) FROM items").fetchone()[0]
        self._items: list[tuple[Any, ...]] = []
        self._read = self._total = 0
        #: Nothing is known yet, so nothing has to be looked up or taken away.
        self._cold = not state
        #: Whether other names stand in some folder than before.
        self._renamed = False

    def run(self, work: Work) -> None:
        """Does all of it. Raises ``sqlite3.Error``."""
        seen = dict(self._look(work.folders))
        if self._cold and seen:
            self._begin()
        files = {path: names for path, names in work.files.items() if path in self._state and path not in seen}
        self._total = sum(len(one.files) for one in seen.values()) + sum(map(len, files.values()))
        if self._total > _MANY:
            rows.expect_many()
        for path, one in seen.items():
            self._folder(path, one)
        for path, names in files.items():
            number, folder = self._state[path]
            self._keep(number, folder.stamped(self._files(number, path, names)))
        self._flush()
        if self._total > _LONG:
            self._progress(self._total, self._total)
        if self._cold and seen:
            self._end()
        if self._renamed:
            self._note_repeated()

    def _begin(self) -> None:
        """An index of the database is made quicker of all rows at once; to others it never shows that it was gone."""
        for table in ("items", "texts", "unreadable", "verdicts"):
            self._connection.execute(f"DELETE FROM {table}")
        for name in rows.INDEXES:
            self._connection.execute(f"DROP INDEX {name}")

    def _end(self) -> None:
        for name, columns in rows.INDEXES.items():
            self._connection.execute(f"CREATE INDEX {name} ON items ({columns})")

    def _look(self, changed: Iterable[str]) -> Iterator[tuple[str, Seen]]:
        """The folders as they are now, with new ones that are found below them; what is gone is dropped."""
        waiting, new = sorted(set(changed), reverse=True), {ITEMS}
        while waiting:
            path = waiting.pop()
            if path not in self._state and path not in new:
                continue  # a folder above it has lost it
            seen = self._seen(path)
            if seen is None:
                self._drop([path])
                continue
            self._drop({one for one in self._state if one.rpartition("/")[0] == path} - set(seen.folders))
            fresh = [one for one in seen.folders if one not in self._state]
            new.update(fresh)
            waiting += fresh
            yield path, seen

    def _seen(self, path: str) -> Seen | None:
        known = set(self._state[path][1].files) if path in self._state else ()
        try:
            with folders.opened(self._root, path) as handle:
                return folders.look(handle, path, self._clock, known)
        except FileNotFoundError:
            return None
        except OSError:
            return folders.closed(path)

    def _drop(self, paths: Iterable[str]) -> None:
        """Forgets folders with all that stood in them."""
        for gone in paths:
            for path in [one for one in self._state if one == gone or one.startswith(f"{gone}/")]:
                number, folder = self._state.pop(path)
                self._renamed = True
                for name in folder.files:
                    self._forget(number, name[:-3])
                self._connection.execute("DELETE FROM folders WHERE number = ?", (number,))

    def _folder(self, path: str, seen: Seen) -> None:
        """Takes over the names of a folder, and what is new or changed in its files."""
        number, held = self._state.get(path) or (self._new_number(path), None)
        if held and held.files == seen.files:  # saved by another name that took the place of the first, as editors do
            changed = held.differing(self._stamps(path, seen.files))
            same = held.stamped(self._files(number, path, changed))
            self._keep(number, same._replace(stamp=seen.stamp, odd=seen.odd))
            return
        known = held.known if held else {}
        for name in known.keys() - set(seen.files):
            self._forget(number, name[:-3])
        found = self._unchanged(path, {name: known[name] for name in seen.files if name in known})
        found |= self._files(number, path, [name for name in seen.files if name not in found])
        self._keep(number, folders.made(path, seen, [found[name] for name in seen.files]))

    def _unchanged(self, path: str, known: dict[str, int]) -> dict[str, int]:
        """Those of the files that have the stamp that is known."""
        now = self._stamps(path, list(known))
        return {name: one for name, one in zip(known, now, strict=True) if one == known[name] != UNKNOWN}

    def _stamps(self, path: str, names: list[str]) -> list[int]:
        """The stamps of files of a folder, ``UNKNOWN`` for what is gone."""
        if names:
            with suppress(OSError), folders.opened(self._root, path) as handle:
                return folders.stamps(handle, names)
        return [UNKNOWN] * len(names)

    def _files(self, number: int, path: str, names: list[str]) -> dict[str, int]:
        """Reads files of a folder; gives their stamps."""
        if not names:
            return {}
        try:
            with folders.opened(self._root, path) as handle:
                return {name: self._file(handle, number, f"{path}/{name}") for name in names}
        except OSError:
            return dict.fromkeys(names, UNKNOWN)  # gone since it was looked at, so it is looked at again

    def _file(self, handle: int, folder: int, path: str) -> int:
        """Reads one file, if its content is new; gives its stamp."""
        name = path.rpartition("/")[2]
        data, status = content(handle, path, MAX_FILE)
        self._read += 1
        if self._read % _MANY == 0:
            self._flush()
            if self._total > _LONG:
                self._progress(self._read, self._total)
        self._take(folder, name[:-3], path, data)
        if not isinstance(data, bytes) or status is None:
            return UNKNOWN
        after = os.stat(name, dir_fd=handle, follow_symlinks=False)
        return self._clock.lasting(after) if stamp_of(after) == stamp_of(status) else UNKNOWN

    def _take(self, folder: int, item_id: str, path: str, data: bytes | Finding | None) -> None:
        """Takes over what a file holds, unless that is what the index has of it."""
        blob = rows.blob_id(data) if isinstance(data, bytes) else b""
        if blob and self._held("items", "blob", folder, item_id) == (blob,):
            return
        item, findings = item_of(data, item_id) if isinstance(data, bytes) else (None, [data] if data else [])
        told = rows.packed(one._replace(path=path, item=item_id) for one in findings)
        if item is None and data and self._held("unreadable", "blob, findings", folder, item_id) == (blob, told):
            return
        self._forget(folder, item_id)
        if item is not None:
            self._last += 1
            self._items.append(rows.row(self._last, folder, blob, told, item))
        elif data is not None:
            row = (item_id, folder, blob, told)
            self._connection.execute("INSERT INTO unreadable VALUES (?, ?, ?, ?)", row)

    def _held(self, table: str, columns: str, folder: int, item_id: str) -> Any:
        if self._cold:
            return None
        asked = f"SELECT {columns} FROM {table} WHERE id = ? AND folder = ?"
        return self._connection.execute(asked, (item_id, folder)).fetchone()

    def _forget(self, folder: int, item_id: str) -> None:
        """What was known of a file. No file is read twice in one update, so what it knew has been written."""
        if self._cold:
            return
        number = self._held("items", "number", folder, item_id)
        if number is not None:
            for table in ("items", "texts", "verdicts"):
                self._connection.execute(f"DELETE FROM {table} WHERE number = ?", number)
        else:
            self._connection.execute("DELETE FROM unreadable WHERE id = ? AND folder = ?", (item_id, folder))

    def _flush(self) -> None:
        self._connection.executemany(rows.INSERT, self._items)
        self._items.clear()

    def _new_number(self, path: str) -> int:
        made = self._connection.execute(
            "INSERT INTO folders VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows.folder(path, UNKNOWN, "", b"", ())
        )
        return int(made.lastrowid or 0)

    def _keep(self, number: int, folder: Folder) -> None:
        held = self._state.get(folder.path)
        if held != (number, folder):
            self._renamed |= held is None or held[1].names != folder.names
            self._state[folder.path] = (number, folder)
            self._connection.execute(
                "REPLACE INTO folders VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *rows.folder(*folder))
            )

    def _note_repeated(self) -> None:
        """The ids that several files claim."""
        met: set[str] = set()
        twice: set[str] = set()
        for _, folder in self._state.values():
            files = set(folder.files)
            twice |= files & met
            met |= files
        noted = " ".join(sorted(name[:-3] for name in twice))
        self._connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (REPEATED, noted))
