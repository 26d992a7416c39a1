"""The folder of what is derived and may be deleted at any time: ``backlogtool/cache`` in a git directory.

A git directory may come from elsewhere, unpacked or copied, so nothing in it leads us anywhere: a link, or
a folder of somebody else's, is not used (ROBUSTNESS.md 2.3).
"""

from __future__ import annotations

import os
import stat

NAME = ("backlogtool", "cache")
#: The databases of items and of events.
ITEMS, EVENTS = "items.db", "events.db"


def cache_folder(git_dir: str, *, make: bool = True) -> str | None:
    """The folder in this git directory, made if it is not there; None where it cannot be had."""
    path = git_dir
    for name in NAME:
        path = os.path.join(path, name)
        if not _is_ours(path) and not (make and _made(path)):
            return None
    return path


def is_kept(git_dir: str, name: str) -> bool:
    """Whether there is a file of that name in the folder already."""
    folder = cache_folder(git_dir, make=False)
    return folder is not None and own_file(os.path.join(folder, name)) is not None


def own_file(path: str) -> os.stat_result | None:
    """The state of a regular file of our own with this one name; None if it is anything else, or not there."""
    try:
        seen = os.lstat(path)
    except OSError:
        return None
    ours = stat.S_ISREG(seen.st_mode) and seen.st_uid == os.geteuid() and seen.st_nlink == 1
    return seen if ours else None


def _is_ours(path: str) -> bool:
    try:
        seen = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()


def _made(path: str) -> bool:
    """Makes the folder; another process may do so at the same moment."""
    try:
        os.mkdir(path)
    except FileExistsError:
        return _is_ours(path)
    except OSError:
        return False
    return True
