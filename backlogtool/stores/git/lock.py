"""One writer at a time in a clone: a lock that the kernel releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import Repository

WAIT = 10.0  # seconds
_PAUSE = 0.005


def path(repository: Repository) -> str:
    """The file whose lock a writer holds, one for all work trees of a clone."""
    return os.path.join(repository.common_dir, "backlogtool", "lock")


@contextmanager
def exclusive(path: str, wait: float = WAIT) -> Iterator[None]:
    """Holds the lock on a file, which is made if need be. Raises ``UnavailableError`` after ``wait`` seconds.

    The file stays: it says nothing, only the kernel's lock on it counts.
    """
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise UnavailableError(f"{folder} is a link, so nothing is written there", hint="remove it")
    try:
        os.makedirs(folder, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UnavailableError(f"the repository cannot be written to: {error.strerror}") from error
    try:
        _acquire(handle, wait)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"another backlogtool has been writing for {wait:.0f} seconds", hint="try again when it is done"
                ) from error
            time.sleep(_PAUSE)
        else:
            return
