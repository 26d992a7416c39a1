"""Whether an object is in a repository, read from git's own lists of what its packs hold; no process is started."""

from __future__ import annotations

import os
from collections.abc import Iterator

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: How the list of a pack begins: a mark, version 2, then how many ids begin with each byte or a smaller one.
_BEGIN = b"\xfftOc\0\0\0\2"
_COUNTS = len(_BEGIN)
_IDS = _COUNTS + 256 * 4


def is_there(common_dir: str, name: str) -> bool:
    """Whether there is an object with this id, in a file of its own or in a pack, whole or not.

    One that is borrowed from another repository is not seen.
    """
    objects = os.path.join(common_dir, "objects")
    if os.path.isfile(os.path.join(objects, name[:2], name[2:])):
        return True
    return any(_holds(path, bytes.fromhex(name)) for path in _lists(os.path.join(objects, "pack")))


def _lists(folder: str) -> Iterator[str]:
    """The lists of packs that are there themselves."""
    try:
        names = set(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if name.endswith(".idx") and f"{name[:-4]}.pack" in names:
            yield os.path.join(folder, name)


def _holds(path: str, name: bytes) -> bool:
    try:
        handle = os.open(path, _READ)
    except OSError:
        return False
    try:
        return os.pread(handle, _COUNTS, 0) == _BEGIN and _is_listed(handle, name)
    except OSError:
        return False
    finally:
        os.close(handle)


def _is_listed(handle: int, name: bytes) -> bool:
    """Looks for an id among the sorted ones, between those with a smaller first byte and those with a greater."""
    low = _number(handle, name[0] - 1) if name[0] else 0
    high = _number(handle, name[0])
    while low < high:
        middle = (low + high) // 2
        found = os.pread(handle, len(name), _IDS + middle * len(name))
        if found == name:
            return True
        low, high = (middle + 1, high) if found < name else (low, middle)
    return False


def _number(handle: int, byte: int) -> int:
    return int.from_bytes(os.pread(handle, 4, _COUNTS + byte * 4), "big")
