"""Databases of what is derived: opened safely, made anew when wrong, shared by many processes.

A database that cannot be had is no error: ``None`` says that the caller has to read the truth itself. One that
came with an unpacked or copied repository is not ours (ROBUSTNESS.md 2.3): it is not opened at all (``guard``), and
one that is opened holds exactly the tables of its schema, so that no foreign trigger or view is ever looked at.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from backlogtool.stores.git.index.guard import guarded, is_ours, removed

Result = TypeVar("Result")

#: Seconds to wait for another process; then the truth is read, as nobody should wait for long (ROBUSTNESS.md 3.2).
PATIENCE = 1.0
#: What a database that misbehaves raises, in SQLite or where its rows are no longer what was put into them; and what
#: cannot be put into one, such as half a surrogate pair.
FAILURES = (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, OverflowError)
_UNSUITABLE = (UnicodeEncodeError, OverflowError)


class Connection(sqlite3.Connection):
    """A connection that commits only where asked to, and that keeps its file from being replaced until closed.

    ``guard`` is the open file that stands beside the database, locked by all who use it; its times are of the clock
    of the file system.
    """

    guard = -1
    _patience = -1.0

    def wait(self, patience: float) -> None:
        """Lets statements wait so many seconds for other processes."""
        if patience != self._patience:
            self.execute(f"PRAGMA busy_timeout={int(patience * 1000):d}")
            self._patience = patience

    def close(self) -> None:
        with suppress(sqlite3.Error):
            super().close()
        if self.guard >= 0:
            os.close(self.guard)
            self.guard = -1

    def __del__(self) -> None:
        self.close()


class MalformedError(sqlite3.DatabaseError):
    """What was read from a database is not what was once put into it: for callers of ``Database.do`` to raise."""


class IndexWarning(ResourceWarning):
    """Work with a database that was new failed: a mistake of this program, although the answer is right without it.

    Nobody sees it unless warnings are asked for, as they are in tests, where it is an error.
    """


class _WrongError(Exception):
    """The file is no database of ours. ``corrupt`` if it was meant to be one, not merely of another version."""

    def __init__(self, *, corrupt: bool) -> None:
        self.corrupt = corrupt


def open_database(
    path: str, schema: str, version: int, *, patience: float = PATIENCE, note: Callable[[str], object] = str
) -> Connection | None:
    """The database at a path in a cache folder (``folder.cache_folder``), made if it is not there.

    ``schema`` are CREATE statements with ``;`` after each, without triggers. A file of another version, another
    schema or another clone, or a corrupt one, is made anew; ``note`` is told of corruption. None where the database
    cannot be had: read-only, of somebody else, a link in the way, in use while it has to be replaced, or busy for
    ``patience`` seconds. Statements begin and end transactions themselves; a rollback journal is used.
    """
    guard = guarded(path)
    if guard is None:
        return None
    for attempt in (1, 2):
        try:
            connection = _connected(path, guard, schema, version, patience)
        except _WrongError as wrong:
            if attempt == 2 or not removed(path, guard):
                break
            if wrong.corrupt:
                note(told_of(path))
            continue
        except (OSError, sqlite3.Error):
            break
        connection.guard = guard
        return connection
    os.close(guard)
    return None


def told_of(path: str) -> str:
    """What to say where a database is made anew because it was corrupt."""
    return f"the index {os.path.basename(path)} was damaged; it is made anew"


class Database:
    """A database that is opened when it is first needed and made anew if it proves corrupt.

    Threads may share one: they take turns.
    """

    def __init__(self, path: str, schema: str, version: int, *, note: Callable[[str], object] = str) -> None:
        self._path = path
        self._schema = schema
        self._version = version
        self._note = note
        self._connection: Connection | None = None
        self._lost = False
        self._turn = threading.Lock()

    def do(self, work: Callable[[Connection], Result], *, patience: float = PATIENCE) -> Result | None:
        """What ``work`` makes of the database; None where it cannot be had, and then it stays so.

        Corruption that shows in the middle of the work removes the database; the work is done again with a new one,
        once. What is busy for ``patience`` seconds, or full, is not tried again. A transaction that the work leaves
        open is rolled back. Warns (``IndexWarning``) of work that fails with a new database as well.
        """
        if not self._turn.acquire(timeout=patience):
            return None
        try:
            return self._done(work, patience)
        finally:
            self._turn.release()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _done(self, work: Callable[[Connection], Result], patience: float) -> Result | None:
        for again in (True, False):
            connection = self._opened(patience)
            if connection is None:
                return None
            try:
                return work(connection)
            except FAILURES as error:
                if not (again and _is_corruption(error) and self._discarded()):
                    self._lost = True
                    self._given_up(error, new=not again)
            finally:
                _rolled_back(connection)
        return None

    def _opened(self, patience: float) -> Connection | None:
        if self._connection is None and not self._lost:
            self._connection = open_database(
                self._path, self._schema, self._version, patience=patience, note=self._note
            )
            self._lost = self._connection is None
        if self._connection is None or self._lost:
            return None
        self._connection.wait(patience)
        return self._connection

    def _discarded(self) -> bool:
        self.close()
        guard = guarded(self._path)
        if guard is None:
            return False
        try:
            gone = removed(self._path, guard)
        finally:
            os.close(guard)
        if gone:
            self._note(told_of(self._path))
        return gone

    def _given_up(self, error: Exception, *, new: bool) -> None:
        """What is busy or full is nobody's mistake, and the disk's not ours."""
        if not _is_corruption(error):
            return
        told = f"the index {os.path.basename(self._path)} is not used: {type(error).__name__}: {error}"
        self._note(told)
        if new and not isinstance(error, sqlite3.Error):
            warnings.warn(told, IndexWarning, stacklevel=2)


def _is_corruption(error: Exception) -> bool:
    """Busy, full, read-only and the like are operational errors; a malformed database is their parent class."""
    if not isinstance(error, sqlite3.Error):
        return not isinstance(error, _UNSUITABLE)
    if isinstance(error, sqlite3.OperationalError):
        return "decode" in str(error)  # bytes that are no text
    return type(error) is sqlite3.DatabaseError or isinstance(
        error, (MalformedError, sqlite3.IntegrityError, UnicodeDecodeError)
    )


def _rolled_back(connection: Connection) -> None:
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _connected(path: str, guard: int, schema: str, version: int, patience: float) -> Connection:
    """Raises ``_WrongError``, or ``OSError`` and ``sqlite3.Error`` where it cannot be had."""
    if not is_ours(path, guard):
        raise _WrongError(corrupt=False)
    connection: Connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, factory=Connection, check_same_thread=False
    )
    try:
        _check(connection, path, schema, version)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a message that quotes what is no text
        connection.close()
        raise _WrongError(corrupt=True) from error
    except _WrongError:
        connection.close()
        raise
    return connection


def _check(connection: Connection, path: str, schema: str, version: int) -> None:
    """Makes an empty file a database; raises ``_WrongError`` for one that is not ours."""
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA synchronous=NORMAL")
    if _number(connection, "page_count") == 0:
        _make(connection, schema, version)
        return
    if _number(connection, "user_version") != version:
        raise _WrongError(corrupt=False)
    if os.path.getsize(path) % _number(connection, "page_size"):
        raise _WrongError(corrupt=True)  # SQLite would fill up the last page with zeros
    held = _held(connection)
    texts = sorted(sql for _, sql in held if sql is not None)
    if texts != sorted(_statements(schema)) and held != _made_of(schema):
        raise _WrongError(corrupt=True)
    if any(sql is None and not name.startswith("sqlite_autoindex_") for name, sql in held):
        raise _WrongError(corrupt=True)


def _make(connection: Connection, schema: str, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if _number(connection, "user_version") != version:  # another process may have made it meanwhile
        for statement in _statements(schema):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={version:d}")
    connection.execute("COMMIT")


def _number(connection: Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _statements(schema: str) -> list[str]:
    return [one.strip() for one in schema.split(";") if one.strip()]


def _held(connection: sqlite3.Connection) -> list[tuple[str, str | None]]:
    return [
        (str(name), sql if sql is None else str(sql))
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
    ]


def _made_of(schema: str) -> list[tuple[str, str | None]]:
    """What this SQLite makes of a schema whose virtual tables bring tables of their own."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in _statements(schema):
            connection.execute(statement)
        return _held(connection)
    finally:
        connection.close()
