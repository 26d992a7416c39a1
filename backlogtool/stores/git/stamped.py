"""Which files are as git's index knows them, told by stamps down to the nanosecond.

Git keeps the nanoseconds of every stamp, but as it is mostly built it compares whole seconds. In a clone that was just
made every file has the second of the index, so git reads all of them again ("racily clean"). Here a file that was
changed before the index was written, by the file system's own clock, is the same if its stamps are.

That is worth it only there: else git, which is another process, compares sooner than we do.

Only what is plain is judged: an index of version 2 or 3 in one piece, with regular files in it, none of them hidden or
in conflict. For anything else the answer is None, and git has to be asked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from itertools import islice
from struct import Struct, error
from typing import NamedTuple

from backlogtool.stores.git.files import ITEMS

#: What git keeps of one file: change and modification in seconds and nanoseconds, device, inode, mode, owner, group,
#: size, its blob's id, and flags with the length of its path.
_Entry = tuple[int, int, int, int, int, int, int, int, int, int, bytes, int]
_LIMIT = 1 << 27  # bytes of an index: a million items
_OPENED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_VERSIONS = (2, 3)
#: Parts of an index that say nothing about single files which is believed here. Not among them are those of an index
#: in two pieces, and of one that leaves out folders.
_EXTENSIONS = frozenset((b"TREE", b"REUC", b"UNTR", b"FSMN", b"EOIE", b"IEOT"))
_HEADER = 12  # bytes of an index, and of one extension 8
_LENGTH = 0xFFF  # of a path; this long or longer stands for itself elsewhere
_MODES = (0o100644, 0o100755)
_SECOND = 10**9
#: How many entries of ``items`` are looked at to see whether git would read files again, and that it is worth it if
#: git would read a fifth of all: in the time for which we take longer than git to compare 10,000 it reads 2,000.
_SOME, _MUCH = 40, 5
_32_BITS = (1 << 32) - 1
_ODD_PARTS = frozenset(("", ".", "..", ".git"))


class Look(NamedTuple):
    """What a look at git's index and at the files below ``items/`` found.

    ``listing`` is what the index holds, as ``git ls-tree -r -z`` lists a commit. ``unclear`` maps files that may differ
    from it to the ids of their blobs there; ``others`` are not in the index, or no more in the work tree. All other
    files are as the index says.
    """

    listing: bytes
    unclear: dict[str, str]
    others: list[str]


def is_racy(root: str, index: str) -> bool:
    """Whether git, asked what has changed, would read more than a few files again, by a look at some of them."""
    try:
        second = os.lstat(index).st_mtime_ns // _SECOND
        if os.path.islink(os.path.join(root, ITEMS)):
            return False
        with os.scandir(os.path.join(root, ITEMS)) as found:
            some = [one for entry in islice(found, _SOME) for one in _in_it(entry)]
        young = sum(one.stat(follow_symlinks=False).st_mtime_ns // _SECOND >= second for one in some)
    except OSError:
        return False
    return young * _MUCH > len(some)


def _in_it(entry: os.DirEntry[str]) -> list[os.DirEntry[str]]:
    """The entry itself, or if it is a folder one that stands in it."""
    if not entry.is_dir(follow_symlinks=False):
        return [entry]
    with os.scandir(entry.path) as inner:
        return list(islice(inner, 1))


class _Index(NamedTuple):
    """The entries below ``items/``, the device, and the moment from which the index does not know of changes."""

    entries: Mapping[bytes, _Entry]
    device: int
    written: int


def look(root: str, index: str, digest: int) -> Look | None:
    """Compares the files of a work tree with the index at a path, whose ids have so many bytes.

    Looks where ``WorkTree.entries`` does. None if the index is not plain, or a folder cannot be listed.
    """
    known = _read(index, digest)
    if known is None:
        return None
    lines = (f"{one[6]:o} blob {one[10].hex()}\t".encode() + path for path, one in known.entries.items())
    try:
        found = _compared(os.fsencode(root), known)
    except OSError:
        return None
    if any(not _ODD_PARTS.isdisjoint(path.split("/")) for path in found.others):
        return None
    return found._replace(listing=b"\0".join(lines))


def _compared(root: bytes, index: _Index) -> Look:
    """A look at the files, without the listing. Raises ``OSError`` for a folder that cannot be listed."""
    left, unclear, others = dict(index.entries), dict[str, str](), list[bytes]()
    folders = [os.fsencode(ITEMS)]
    if os.path.islink(os.path.join(root, *folders)):
        raise NotADirectoryError
    while folders:
        inner = folders.pop() + b"/"
        with os.scandir(os.path.join(root, inner)) as found:
            for one in found:
                path = inner + one.name
                known = left.pop(path, None)
                if known and _is_same(known, one.stat(follow_symlinks=False), index):
                    continue
                if known:
                    unclear[os.fsdecode(path)] = known[10].hex()
                if one.is_dir(follow_symlinks=False):
                    folders += [] if one.name.startswith(b".") else [path]
                elif not known:
                    others.append(path)
    return Look(b"", unclear, [os.fsdecode(path) for path in (*others, *left)])


def _is_same(known: _Entry, seen: os.stat_result, index: _Index) -> bool:
    """Whether a file cannot have changed since git looked at it: what git compares is equal, to the nanosecond.

    A change in the same tick of the clock as the writing of the index may leave no trace.
    """
    changed, modified = seen.st_ctime_ns, seen.st_mtime_ns
    return (
        known[0] * _SECOND + known[1] == changed < index.written
        and known[2] * _SECOND + known[3] == modified < index.written
        and known[9] == seen.st_size
        and known[5] == seen.st_ino & _32_BITS
        and known[7] == seen.st_uid
        and known[8] == seen.st_gid
        and seen.st_dev == index.device
        and stat.S_ISREG(seen.st_mode)
    )


def _read(path: str, digest: int) -> _Index | None:
    """The index at a path; None if it is not plain."""
    try:
        handle = os.open(path, _OPENED)
    except OSError:
        return None
    try:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode) or not _HEADER + digest <= seen.st_size <= _LIMIT:
            return None
        data = os.read(handle, seen.st_size + 1)
        entries = _entries(data, digest) if len(data) == seen.st_size else None
    except (OSError, error, IndexError):  # the last two: it ends too soon
        return None
    finally:
        os.close(handle)
    # Whoever sets the time of a file forward cannot do so with that of its last change.
    written = min(seen.st_mtime_ns, seen.st_ctime_ns)
    return _Index(entries, seen.st_dev, written) if entries is not None else None


def _entries(data: bytes, digest: int) -> dict[bytes, _Entry] | None:
    """path -> what an index says of it, for all below ``items/``; None if anything is not plain."""
    if data[:4] != b"DIRC" or int.from_bytes(data[4:8], "big") not in _VERSIONS:
        return None
    fixed = Struct(f">10I{digest}sH")
    unpack, size, start = fixed.unpack_from, fixed.size, os.fsencode(f"{ITEMS}/")
    found: dict[bytes, _Entry] = {}
    last, place = b"", _HEADER
    for _ in range(int.from_bytes(data[8:12], "big")):
        entry: _Entry = unpack(data, place)
        length = entry[11]
        if not length < _LENGTH:  # or a flag: hidden, in conflict, or one of the flags of version 3
            return None
        end = place + size + length
        path = data[place + size : end]
        # Zeros stand behind it; a path that holds one, or that comes twice, would hide another.
        if path <= last or b"\0" in path or data[end]:
            return None
        last, place = path, place + (size + length + 8) // 8 * 8
        if path.startswith(start):
            if entry[6] not in _MODES:
                return None
            found[path] = entry
    return found if _is_plain_end(data, place, len(data) - digest) else None


def _is_plain_end(data: bytes, place: int, end: int) -> bool:
    """Whether only such extensions follow as change nothing here."""
    while place < end:
        if data[place : place + 4] not in _EXTENSIONS:
            return False
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    return place == end
