"""Small texts that are kept in the cache folder of a git directory: written as one, read back only if they are ours.

Each names the device and inode of its own file in its first line, so one that came with an unpacked or copied
repository is as if it were not there (ROBUSTNESS.md 2.3). Neither reading nor writing ever fails.
"""

from __future__ import annotations

import os
from contextlib import suppress

from backlogtool.stores.git.index.folder import cache_folder, own_file
from backlogtool.stores.git.refs import content

LIMIT = 1 << 22  # bytes
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_kept(git_dir: str, name: str) -> bytes | None:
    """What is kept under a name; None if there is nothing, or nothing of ours."""
    folder = cache_folder(git_dir, make=False)
    if folder is None:
        return None
    path = os.path.join(folder, name)
    seen = own_file(path)
    data = content(path, LIMIT) if seen else None
    if seen is None or not data:
        return None
    mark = _mark(seen)
    return data[len(mark) :] if data.startswith(mark) else None


def keep(git_dir: str, name: str, data: bytes) -> None:
    """Keeps the data under a name in place of what was there: all of it, or, where that cannot be, nothing."""
    folder = cache_folder(git_dir)
    if folder is None or len(data) > LIMIT - 100:
        return
    temporary = os.path.join(folder, f"{name}.new")
    with suppress(OSError):
        try:
            handle = os.open(temporary, _NEW, 0o600)
            with open(handle, "wb") as file:
                file.write(_mark(os.fstat(handle)) + data)
            os.rename(temporary, os.path.join(folder, name))
        except OSError:
            # Nobody waits for anybody: what is half there, from here or from a process that died, goes away.
            os.unlink(temporary)


def _mark(seen: os.stat_result) -> bytes:
    return b"kept as %d:%d\n" % (seen.st_dev, seen.st_ino)
