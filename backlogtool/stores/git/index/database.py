"""Databases of what is derived: opened safely, made anew when wrong, shared by many processes.

A database that cannot be had is no error: ``None`` says that the caller has to read the truth itself. One that
came with an unpacked or copied repository is not ours (ROBUSTNESS.md 2.3): each is marked with the device and inode
of its own file, and holds exactly the tables of its schema, so that no foreign trigger or view is ever looked at.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from backlogtool.stores.git.index.folder import own_file

Result = TypeVar("Result")

PATIENCE = 5.0  # seconds to wait for another process; then reading the truth is quicker
_GUARD = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: What a database that misbehaves raises, in SQLite or where its rows are no longer what was put into them; and what
#: cannot be put into one, such as half a surrogate pair.
FAILURES = (sqlite3.Error, ValueError, TypeError, LookupError, OverflowError)
_UNSUITABLE = (UnicodeEncodeError, OverflowError)


class Connection(sqlite3.Connection):
    """A connection that commits only where asked to, and that keeps its file from being replaced until closed.

    ``guard`` is the open file that stands beside the database, locked by all who use it; its times are of the clock
    of the file system.
    """

    guard = -1

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
    guard = _guard(path)
    if guard is None:
        return None
    for attempt in (1, 2):
        try:
            connection = _connected(path, schema, version, patience)
        except _WrongError as wrong:
            if attempt == 2 or not _removed(path, guard):
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
    """A database that is opened when it is first needed and made anew if it proves corrupt."""

    def __init__(self, path: str, schema: str, version: int, *, note: Callable[[str], object] = str) -> None:
        self._path = path
        self._schema = schema
        self._version = version
        self._note = note
        self._connection: Connection | None = None
        self._lost = False

    def do(self, work: Callable[[Connection], Result]) -> Result | None:
        """What ``work`` makes of the database; None where it cannot be had, and then it stays so.

        Corruption that shows in the middle of the work removes the database; the work is done again with a new one,
        once. What is busy or full is not tried again. A transaction that the work leaves open is rolled back.
        """
        for again in (True, False):
            connection = self._opened()
            if connection is None:
                return None
            try:
                return work(connection)
            except FAILURES as error:
                if not (_is_corruption(error) and self._discarded() and again):
                    self._lost = True
            finally:
                _rolled_back(connection)
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> Connection | None:
        if self._connection is None and not self._lost:
            self._connection = open_database(self._path, self._schema, self._version, note=self._note)
            self._lost = self._connection is None
        return None if self._lost else self._connection

    def _discarded(self) -> bool:
        self.close()
        guard = _guard(self._path)
        if guard is None:
            return False
        try:
            removed = _removed(self._path, guard)
        finally:
            os.close(guard)
        if removed:
            self._note(told_of(self._path))
        return removed


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


def _guard(path: str) -> int | None:
    """The file that everybody locks who uses the database; whoever replaces it holds it alone.

    A database that is unlinked under a writer would get that writer's journal, and be corrupted by it.
    """
    try:
        guard = os.open(f"{path}.lock", _GUARD, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(guard, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if own_file(f"{path}.lock") is not None:
            return guard
    except OSError:
        pass
    os.close(guard)
    return None


def _removed(path: str, guard: int) -> bool:
    """Whether the database could be removed; never where another connection has it open."""
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for one in (f"{path}-journal", path):
            with suppress(FileNotFoundError):
                os.unlink(one)
        fcntl.flock(guard, fcntl.LOCK_SH)
    except OSError:
        return False
    return True


def _connected(path: str, schema: str, version: int, patience: float) -> Connection:
    """Raises ``_WrongError``, or ``OSError`` and ``sqlite3.Error`` where it cannot be had."""
    with suppress(FileExistsError):
        os.close(os.open(path, _NEW, 0o600))
    own = own_file(path)
    journal = f"{path}-journal"
    if own is None or (os.path.lexists(journal) and own_file(journal) is None):
        raise PermissionError(path)
    mark = hash((own.st_dev, own.st_ino)) & 0x7FFFFFFF
    connection: Connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, factory=Connection, check_same_thread=False
    )
    try:
        _check(connection, path, schema, version, mark)
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


def _check(connection: Connection, path: str, schema: str, version: int, mark: int) -> None:
    """Makes an empty file a database; raises ``_WrongError`` for one that is not ours."""
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA synchronous=NORMAL")
    if _number(connection, "page_count") == 0:
        _make(connection, schema, version, mark)
        return
    if (_number(connection, "application_id"), _number(connection, "user_version")) != (mark, version):
        raise _WrongError(corrupt=False)
    if os.path.getsize(path) % _number(connection, "page_size"):
        raise _WrongError(corrupt=True)  # SQLite would fill up the last page with zeros
    held = _held(connection)
    texts = sorted(sql for _, sql in held if sql is not None)
    if texts != sorted(_statements(schema)) and held != _made_of(schema):
        raise _WrongError(corrupt=True)
    if any(sql is None and not name.startswith("sqlite_autoindex_") for name, sql in held):
        raise _WrongError(corrupt=True)


def _make(connection: Connection, schema: str, version: int, mark: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if _number(connection, "user_version") != version:  # another process may have made it meanwhile
        for statement in _statements(schema):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={mark:d}")
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
