"""The file beside a database that everybody locks who uses it, and that says which database is ours.

SQLite acts on what lies beside a database before it can be asked anything: it plays a journal back, deletes whatever
file a journal names as its super-journal, and puts a write-ahead log in the place of pages. All of these may have
come with an unpacked or copied repository (ROBUSTNESS.md 2.3). So the guard names the device and inode of itself and
of the database, and SQLite sees only what is named so.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

from backlogtool.stores.git.index.folder import own_file

_GUARD = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_JOURNAL = "-journal"
#: What our databases never have beside them, as they use a rollback journal.
_LOGS = ("-wal", "-shm")
#: The last bytes of a journal that names a super-journal; ours are of one database.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")


def guarded(path: str) -> int | None:
    """The guard of the database at a path, open and locked together with others; None if it cannot be had.

    Whoever replaces the database holds it alone: one that is unlinked under a writer would get that writer's journal,
    and be corrupted by it.
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


def is_ours(path: str, guard: int) -> bool:
    """Whether the database and what lies beside it were made here; it is made if it is not there.

    The database itself is not opened for that: closing it would let go of the locks that SQLite may have on it.
    Raises ``OSError`` where something is in the way.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, _NEW, 0o600))
    own, journal = _standing(path), _standing(path + _JOURNAL)
    if own is None:
        raise FileNotFoundError(path)
    if any(os.path.lexists(path + one) for one in _LOGS):
        return False
    mark = _mark(os.fstat(guard), own)
    if os.pread(guard, len(mark) + 1, 0) == mark:
        return journal is None or not _names_another(path + _JOURNAL)
    if own.st_size or journal is not None:
        return False
    os.ftruncate(guard, 0)
    os.pwrite(guard, mark, 0)
    return True


def removed(path: str, guard: int) -> bool:
    """Whether the database could be removed; never where another connection has it open."""
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for one in (_JOURNAL, *_LOGS, ""):
            with suppress(FileNotFoundError):
                os.unlink(path + one)
        fcntl.flock(guard, fcntl.LOCK_SH)
    except OSError:
        return False
    return True


def _standing(path: str) -> os.stat_result | None:
    """The state of a file of ours; None if nothing is there. Raises ``OSError`` for anything else."""
    found = own_file(path)
    if found is None and os.path.lexists(path):
        found = own_file(path)  # it may have come in between
        if found is None and os.path.lexists(path):
            raise PermissionError(path)
    return found


def _mark(guard: os.stat_result, own: os.stat_result) -> bytes:
    return b"guards %d:%d as %d:%d\n" % (own.st_dev, own.st_ino, guard.st_dev, guard.st_ino)


def _names_another(journal: str) -> bool:
    try:
        handle = os.open(journal, _READ)
    except FileNotFoundError:  # another process has come to the end of its transaction
        return False
    try:
        size = os.fstat(handle).st_size
        return os.pread(handle, len(_NAMES_ANOTHER), max(size - len(_NAMES_ANOTHER), 0)) == _NAMES_ANOTHER
    finally:
        os.close(handle)
