"""The journal of a write: one file that is its plan, its claim on the index, and its sign of life.

``<git directory>/backlogtool/journal`` is also ``index.lock``: a second link to the same file, whose first line is
like no other. So a lock that a dead writer left can be told from everybody else's, whose lock is never removed. A
kernel lock on the file is held by the writer and by the git it runs; once it is free nobody works on that write any
more. The plan follows the first line and is complete before the first file is touched, so a journal without a whole
plan stands for a write that had not begun.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from backlogtool.domain.finding import Finding
from backlogtool.errors import UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import sync
from backlogtool.stores.git.unfinished import journal_path
from backlogtool.stores.git.workfiles import answered

_PAUSE = 0.02
#: How the first line of a journal begins.
_MARK = "backlogtool journal "


class Change(NamedTuple):
    """What a file is to become. ``seen`` is what its writer read (None: nothing); ``data`` None removes it.

    A ``derived`` file follows from others: uncommitted edits in it do not count.
    """

    path: str
    seen: bytes | None
    data: bytes | None
    derived: bool = False


class Step(NamedTuple):
    """A change as the journal keeps it: digests of what its writer read and of what it writes (None: nothing)."""

    path: str
    seen: str | None
    written: str | None

    def wrote(self, data: bytes | Finding | None) -> bool:
        """Whether this is what the write left at the path."""
        return digest(data) == self.written if isinstance(data, bytes) else data is None and self.written is None


class Plan(NamedTuple):
    """What a write was about to do: from which commit, whether there was an index, which files."""

    head: str
    indexed: bool
    steps: tuple[Step, ...]

    @property
    def paths(self) -> list[str]:
        return [step.path for step in self.steps]


class Journal:
    """The open journal of the write that holds the index."""

    def __init__(self, repository: Repository, handle: int) -> None:
        self._lock = repository.index_path + ".lock"
        self._path = journal_path(repository)
        self.handle = handle

    @classmethod
    def begin(cls, repository: Repository) -> Journal:
        """A new journal, still without a plan. The caller holds the writer's lock of the clone, and has healed."""
        path = journal_path(repository)
        with answered("the repository cannot be written to"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                _write(handle, f"{_MARK}{os.urandom(16).hex()}\n".encode())
            except OSError:
                os.unlink(path)
                os.close(handle)
                raise
        fault.point()
        return cls(repository, handle)

    @classmethod
    def left(cls, repository: Repository, wait: float) -> Journal | None:
        """The journal of a write whose process is gone; None if there is none.

        Raises ``UnavailableError`` if the git that it had started still runs after ``wait`` seconds.
        """
        try:
            handle = os.open(journal_path(repository), os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnavailableError(f"the journal of an interrupted write cannot be opened: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UnavailableError(f"{journal_path(repository)} is not a regular file", hint="remove it")
        deadline = time.monotonic() + wait
        while not _locked(handle):
            if time.monotonic() > deadline:
                os.close(handle)
                hint = "wait for it, or end it: a hook may hang"
                raise UnavailableError("a git that an interrupted command started is still running", hint=hint)
            time.sleep(_PAUSE)
        return cls(repository, handle)

    def holds_index(self) -> bool:
        """Whether ``index.lock`` is this journal's. Raises ``OSError`` if that cannot be found out now."""
        try:
            lock = os.lstat(self._lock)
        except FileNotFoundError:
            return False
        if os.path.samestat(lock, os.fstat(self.handle)):
            return True
        return stat.S_ISREG(lock.st_mode) and _same_mark(self._lock, self._path)

    def claim_index(self, wait: float, interruptions: Interruptions) -> None:
        """Takes ``index.lock``, as git does while it changes the index. Raises ``UnavailableError`` after a while."""
        deadline = time.monotonic() + wait
        while not self._claimed():
            interruptions.obey()
            if time.monotonic() > deadline:
                hint = "wait for it; if no git is running, remove that file"
                raise UnavailableError(f"another git holds {self._lock}", hint=hint)
            time.sleep(_PAUSE)
        fault.point()

    def record(self, head: str, indexed: bool, changes: Sequence[Change]) -> Plan:
        """Writes the plan down, durably, before the first file is touched."""
        steps = [(change.path, digest(change.seen), digest(change.data)) for change in changes]
        data = json.dumps({"version": 1, "head": head, "indexed": indexed, "steps": steps}).encode()
        try:
            _write(self.handle, data)
            os.fsync(self.handle)
            sync(os.path.dirname(self._path))
        except OSError as error:
            raise UnavailableError(f"the repository cannot be written to: {error.strerror}") from error
        fault.point()
        return Plan(head, indexed, tuple(Step(*step) for step in steps))

    def plan(self) -> Plan | None:
        """The plan as it was written down; None if the write had not begun."""
        try:
            with open(self._path, "rb") as file:
                held = json.loads(file.read().partition(b"\n")[2])
            return Plan(held["head"], held["indexed"], tuple(Step(*step) for step in held["steps"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def end(self) -> None:
        """Lets go of the index, and says that nothing is left to do."""
        if self.holds_index():
            with suppress(FileNotFoundError):
                os.unlink(self._lock)
            fault.point()
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        fault.point()

    def close(self) -> None:
        """Ends this process's part; a journal that still stands is for the next command to heal."""
        os.close(self.handle)

    def _claimed(self) -> bool:
        try:
            os.link(self._path, self._lock)
        except FileExistsError:
            return False
        except OSError:
            return self._claimed_without_links()
        return True

    def _claimed_without_links(self) -> bool:
        """Where the file system has no links, the lock repeats the journal's first line."""
        try:
            handle = os.open(self._lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            return False
        except OSError as error:
            raise UnavailableError(f"the repository cannot be written to: {error.strerror}") from error
        try:
            os.write(handle, _first_line(self._path) + b"\n")
        finally:
            os.close(handle)
        return True


def _same_mark(lock: str, journal: str) -> bool:
    """Whether a lock is the journal of a copied clone, or was taken where the file system has no links."""
    line = _first_line(lock)
    return line.startswith(_MARK.encode()) and line == _first_line(journal)


def _first_line(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(200).partition(b"\n")[0]


def digest(data: bytes | None) -> str | None:
    """What tells a content from every other; None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
