"""Tree objects, the lists of what a commit holds: read, changed, and made anew up to the root.

Only what git would make itself comes out of here: entries in git's order, names and modes as they were. What does
not fit together is answered with None, and then git itself makes the commit.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import NamedTuple

FOLDER = b"40000"
#: The modes of files.
FILES = (b"100644", b"100755")
#: An entry as git writes it, with an id of so many bytes.
_LINE = rb"(?:100644|100755|120000|160000|40000) [^\0/]+\0.{%d}"


class Entry(NamedTuple):
    """What stands under a name: the mode as a tree has it (``100644``), and the object's id as bytes."""

    mode: bytes
    id: bytes


class Folder:
    """A tree object, cut into its lines. There are thousands, so only those that are asked for are taken apart."""

    def __init__(self, lines: list[bytes], keys: list[bytes]) -> None:
        self._lines = lines
        self._keys = keys

    @property
    def data(self) -> bytes:
        """The tree object; empty if there is nothing in the folder."""
        return b"".join(self._lines)

    def get(self, name: bytes) -> Entry | None:
        """The entry of that name."""
        for key in (name, name + b"/"):
            place = bisect_left(self._keys, key)
            if place < len(self._keys) and self._keys[place] == key:
                mode, _, rest = self._lines[place].partition(b" ")
                return Entry(mode, rest[len(name) + 1 :])
        return None

    def changed(self, wanted: Mapping[bytes, Entry | None]) -> Folder:
        """The folder with these entries instead; None takes one out."""
        lines, keys = self._lines.copy(), self._keys.copy()
        for name, new in wanted.items():
            for key in (name, name + b"/"):
                place = bisect_left(keys, key)
                if place < len(keys) and keys[place] == key:
                    del keys[place], lines[place]
            if new is not None:
                key = name + b"/" if new.mode == FOLDER else name
                place = bisect_left(keys, key)
                keys.insert(place, key)
                lines.insert(place, b"%b %b\0%b" % (new.mode, name, new.id))
        return Folder(lines, keys)


#: The folders that hold some paths, by path (the root is empty).
Folders = Mapping[str, Folder]

_EMPTY = Folder([], [])


def folder(data: bytes, size: int) -> Folder | None:
    """A tree object whose ids have ``size`` bytes; None if it is not what git would write: other modes, another order.

    Old gits wrote such trees (modes like 100664 and 040000), and ``git commit`` puts them right.
    """
    lines = re.findall(_LINE % size, data, re.DOTALL)
    if sum(map(len, lines)) != len(data):  # something was skipped
        return None
    keys = [_key(line, size) for line in lines]
    known = set(keys)
    twice = any(key[:-1] in known for key in keys if key[-1:] == b"/")
    return Folder(lines, keys) if keys == sorted(known) and not twice else None


def _key(line: bytes, size: int) -> bytes:
    """What git sorts an entry by: a folder as if its name ended in a slash."""
    mode, _, rest = line[: -size - 1].partition(b" ")
    return rest + b"/" if mode.endswith(FOLDER) else rest


def object_id(kind: bytes, data: bytes, size: int) -> bytes:
    """What git calls an object, in a repository whose ids have ``size`` bytes."""
    made = hashlib.new("sha256" if size == 32 else "sha1", b"%b %d\0" % (kind, len(data)), usedforsecurity=False)
    made.update(data)
    return made.digest()


def folders_of(paths: Iterable[str]) -> list[str]:
    """The folders that hold the paths, inner ones first; the last one is the root."""
    found = {""}
    for path in paths:
        while path := path.rpartition("/")[0]:
            found.add(path)
    return sorted(found, key=lambda one: one.count("/") + 1 if one else 0, reverse=True)


def read(trees: Mapping[str, bytes], root: bytes) -> Folders | None:
    """Tree objects by the path of their folder; None if one is broken or is not what the one above it names.

    ``root`` is the id of the outermost one. Git does not look whether an object's content fits its name.
    """
    held: dict[str, Folder] = {}
    for path, data in sorted(trees.items()):  # what holds a folder comes before it
        found = folder(data, len(root))
        named = entry(held, path) if path else Entry(FOLDER, root)
        if found is None or named != Entry(FOLDER, object_id(b"tree", data, len(root))):
            return None
        held[path] = found
    return held


def entry(held: Folders, path: str) -> Entry | None:
    """What stands at a path."""
    above, name = _split(path)
    return held.get(above, _EMPTY).get(name)


def rebuilt(held: Folders, changes: Mapping[str, Entry | None], size: int) -> list[tuple[bytes, bytes]] | None:
    """(id, content) of the trees of a commit that has these files instead (None: not any more); the root is last.

    ``held`` are all folders that hold a changed path, without those that are not there. None if a file would stand
    where a folder is or the other way round, a file is not plain, or nothing would be left.
    """
    if not _fits(held, changes):
        return None
    wanted: dict[str, dict[bytes, Entry | None]] = {}
    for path, new in changes.items():
        above, name = _split(path)
        wanted.setdefault(above, {})[name] = new
    made: list[tuple[bytes, bytes]] = []
    for path in folders_of(changes):
        data = held.get(path, _EMPTY).changed(wanted.get(path, {})).data
        if data:
            made.append((object_id(b"tree", data, size), data))
        if path:
            above, name = _split(path)
            wanted.setdefault(above, {})[name] = Entry(FOLDER, made[-1][0]) if data else None
    return made if data else None


def _fits(held: Folders, changes: Mapping[str, Entry | None]) -> bool:
    """Whether files take the place of files only, and every folder that is there was read."""
    files = [one for path, new in changes.items() for one in (new, entry(held, path)) if one is not None]
    folders = [path for path in folders_of(changes) if path]
    above = [(path in held, entry(held, path)) for path in folders]
    return (
        all(one.mode in FILES for one in files)
        and changes.keys().isdisjoint(folders)
        and all((found is not None and found.mode == FOLDER) if known else found is None for known, found in above)
    )


def _split(path: str) -> tuple[str, bytes]:
    above, _, name = path.rpartition("/")
    return above, os.fsencode(name)
