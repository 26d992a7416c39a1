"""Reading files that somebody names: never without an end, whatever stands there (ROBUSTNESS.md 2.2, 2.3)."""

from __future__ import annotations

import errno
import os
import stat

from backlogtool.errors import InvalidError


def read_bounded(path: str | os.PathLike[str], limit: int) -> bytes:
    """The content of a regular file of at most ``limit`` bytes.

    Raises ``InvalidError`` for a pipe, a device or a file that holds more, ``OSError`` if it cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe that nobody writes to opens as well
    with open(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise InvalidError(f"{os.fspath(path)} is not a regular file", hint="pipe what it gives into stdin: -")
        data = file.read(limit + 1)
    refuse_larger(data, os.fspath(path), limit)
    return data


def refuse_larger(data: bytes, name: str, limit: int) -> None:
    """Raises ``InvalidError`` if that is more than ``limit`` bytes."""
    if len(data) > limit:
        raise InvalidError(f"{name} is larger than the {limit} bytes it may have")
