"""Folders below ``items/`` as they were last seen, and whether they still are so."""

from __future__ import annotations

import errno
import os
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import NamedTuple

from backlogtool.domain.finding import Finding
from backlogtool.stores.git.files import FOLDER, ITEMS, Listing, judged, repeated
from backlogtool.stores.git.index.stamps import UNKNOWN, Clock, stamp_of

_PATH_MAX = 4096  # bytes, with the one that ends it
_SIGNED_64 = "q"
#: Stands between the names of a folder's files; no name holds it.
_BETWEEN = "/"


class Folder(NamedTuple):
    """One folder. ``names`` are its item files, sorted, with ``/`` between them, ``stamps`` theirs, 64 bits each.

    ``odd`` are the findings about what else stands there, in the order of the names.
    """

    path: str
    stamp: int
    names: str
    stamps: bytes
    odd: tuple[Finding, ...] = ()

    @property
    def files(self) -> list[str]:
        """The names, one by one."""
        return self.names.split(_BETWEEN) if self.names else []

    @property
    def known(self) -> dict[str, int]:
        """name -> stamp."""
        return dict(zip(self.files, array(_SIGNED_64, self.stamps), strict=True))

    def differing(self, now: Sequence[int]) -> list[str]:
        """The names of those files that have another stamp now, or none."""
        held = array(_SIGNED_64, self.stamps)
        return [
            name for name, one, other in zip(self.files, held, now, strict=True) if one != other or other == UNKNOWN
        ]

    def stamped(self, found: dict[str, int]) -> Folder:
        """With other stamps for some of its files."""
        held, places = array(_SIGNED_64, self.stamps), {name: place for place, name in enumerate(self.files)}
        for name, one in found.items():
            held[places[name]] = one
        return self._replace(stamps=held.tobytes())


class Seen(NamedTuple):
    """What a look at a folder found: its item files, folders in it, and findings about anything else."""

    stamp: int
    files: list[str]
    folders: list[str]
    odd: tuple[Finding, ...]


def made(path: str, seen: Seen, stamps: Sequence[int]) -> Folder:
    """The folder as it was seen, with the stamps of its files."""
    return Folder(path, seen.stamp, _BETWEEN.join(seen.files), packed(stamps), seen.odd)


def packed(stamps: Sequence[int]) -> bytes:
    return array(_SIGNED_64, stamps).tobytes()


@contextmanager
def opened(root: str, path: str) -> Iterator[int]:
    """The folder, opened step by step without following links. Raises ``OSError``.

    One whose path is too long for the system is not opened, as it could not be by its path.
    """
    if len(os.fsencode(os.path.join(root, path))) >= _PATH_MAX:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.split("/"):
            below = os.open(part, FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def look(handle: int, path: str, clock: Clock, known: Collection[str] = ()) -> Seen:
    """What stands in a folder; names that are ``known`` to be an item's need not be judged. Raises ``OSError``."""
    before = os.fstat(handle)
    files, folders, odd = [], [], []
    with os.scandir(handle) as entries:
        found = sorted(entries, key=attrgetter("name"))
    for entry in found:
        if entry.name in known and entry.is_file(follow_symlinks=False):
            files.append(entry.name)
            continue
        if entry.is_dir(follow_symlinks=False):
            folders += [] if entry.name.startswith(".") else [f"{path}/{entry.name}"]
            continue
        told = judged(f"{path}/{entry.name}", entry.is_file(follow_symlinks=False))
        if isinstance(told, Finding):
            odd.append(told)
        elif told:
            files.append(entry.name)
    same = stamp_of(os.fstat(handle)) == stamp_of(before)
    return Seen(clock.lasting(before) if same else UNKNOWN, files, folders, tuple(odd))


def closed(path: str) -> Seen:
    """A folder that cannot be opened; it is tried again each time."""
    told = judged(path, regular=False)
    return Seen(UNKNOWN, [], [], (told,) if isinstance(told, Finding) else ())


def is_as_it_was(handle: int, folder: Folder) -> bool:
    """Whether the same names stand in it."""
    return folder.stamp != UNKNOWN and stamp_of(os.fstat(handle)) == folder.stamp


def stamps(handle: int, names: Iterable[str]) -> list[int]:
    """The stamps of files in an open folder, ``UNKNOWN`` for one that is gone."""
    found = []
    for name in names:
        try:
            seen = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except OSError:
            found.append(UNKNOWN)
        else:
            # What stamp_of does, without the call: this runs for every file on every read.
            found.append(hash((seen.st_ctime_ns, seen.st_mtime_ns, seen.st_size, seen.st_ino)) or 1)
    return found


def listing(folders: Iterable[Folder]) -> Listing:
    """What ``files.listing`` says of the same files."""
    paths: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for folder in in_order(folders):
        findings += folder.odd
        for name in folder.files:
            paths.setdefault(name[:-3], []).append(f"{folder.path}/{name}")
    return Listing(paths, findings + repeated(paths))


def in_order(folders: Iterable[Folder]) -> list[Folder]:
    """In the order in which ``WorkTree.entries`` goes through them."""
    below: dict[str, list[Folder]] = {}
    for folder in folders:
        below.setdefault(folder.path.rpartition("/")[0], []).append(folder)
    found, waiting = [], below.get(ITEMS.rpartition("/")[0], [])[:1]
    while waiting:
        found.append(waiting.pop())
        waiting += sorted(below.get(found[-1].path, ()), key=lambda one: one.path)
    return found
