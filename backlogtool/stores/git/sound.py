"""Whether the folders of commits are as git writes them: sorted, each name once, and no path for a name.

Of any other, what is compared is not what is checked out: a name that stands there twice hides a version of the file
from whoever judges. Git takes such trees from a push unless ``receive.fsckObjects`` is set, and never looks when it
compares.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import lt
from typing import NamedTuple

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.objects import CommitObject, read_objects
from backlogtool.stores.git.runner import Git

#: path of a folder -> the ids of trees that stand there, in the order of the commits.
Trees = Mapping[bytes, dict[str, None]]
#: An entry of a tree: mode, name, id.
Line = tuple[bytes, bytes, bytes]

_DEEPEST = 1 << 11  # folders: with a letter each, the longest path that Linux takes
_AT_ONCE = 64  # trees; one of 10,000 files takes half a megabyte
#: Modes that git reads as the file, link, submodule or folder that others, and old gits, meant by them.
_LINE = rb"(100[0-7]{3}|120000|160000|0?40000) ([^\0/]+)\0(.{%d})"
_FOLDERS = (b"40000", b"040000")
_FOLDER = b"40000 "
#: Characters that macOS leaves out of names (git help config, core.protectHFS).
_IGNORED = re.compile(rb"\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf")
#: What leads elsewhere, or into a git directory on some system; each name stands between zero bytes.
_LEADS_ELSEWHERE = re.compile(rb"\0(\.\.?|(?:\.git|git~1)[ .]*(?:[:\\][^\0]*)?)(?=\0)", re.IGNORECASE)


class Leaf(NamedTuple):
    """A sound tree without folders, and where each of its entries ends."""

    data: bytes
    ends: list[int]


_NO_LEAF = Leaf(b"", [])


def refuse_odd_trees(git: Git, commits: Mapping[str, CommitObject], judged: Collection[str]) -> None:
    """Raises ``UnavailableError`` if the ``judged`` ones among the commits hold an odd tree that the others do not.

    What is read follows what differs: of a folder that both have, nothing. Folders are gone through level by level.
    What is below a tree follows from it and from what the others have in its place, so each of these pairs is gone
    through once: nine small trees can stand for a hundred million paths.
    """
    inside: Trees = {b"": {commits[name].tree: None for name in judged}}
    known: Trees = {b"": {one.tree: None for name, one in commits.items() if name not in judged}}
    seen: set[tuple[str, frozenset[str]]] = set()
    levels = 0
    while brought := _fresh(inside, known, seen):
        levels += 1
        if levels > _DEEPEST:
            raise UnavailableError(f"folders stand more than {_DEEPEST} deep: no system checks them out")
        inside, known = _below(git, brought, {path: known.get(path, {}) for path in brought})


def _fresh(inside: Trees, known: Trees, seen: set[tuple[str, frozenset[str]]]) -> dict[bytes, dict[str, None]]:
    """What stands in the one and not in the other, without what was ``seen`` before, to which it is added."""
    found: dict[bytes, dict[str, None]] = {}
    for path, names in inside.items():
        there = frozenset(known.get(path, ()))
        new = {name: None for name in names if name not in there and (name, there) not in seen}
        seen.update((name, there) for name in new)
        if new:
            found[path] = new
    return found


def _below(git: Git, brought: Trees, known: Trees) -> tuple[Trees, Trees]:
    """What stands in the brought trees and in the known ones.

    Raises ``UnavailableError`` for a brought tree that is odd, or not here.
    """
    inside: dict[bytes, dict[str, None]] = {}
    before: dict[bytes, dict[str, None]] = {}
    places: dict[str, list[tuple[bytes, dict[bytes, dict[str, None]]]]] = {}
    for level, found in ((brought, inside), (known, before)):
        for path, names in level.items():
            for name in names:
                places.setdefault(name, []).append((path, found))
    leaves: dict[bytes, Leaf] = {}
    for name, data in _read(git, list(places)):
        path, first = places[name][0]
        if first is inside:
            _refuse_odd(path, name, data, leaves)
        folders = lines_of(data, len(name) // 2) if data and _FOLDER in data else []
        for path, found in places[name]:
            for mode, entry, tree in folders:
                if mode in _FOLDERS:
                    found.setdefault(path + b"/" + entry if path else entry, {})[tree.hex()] = None
    return inside, before


def _read(git: Git, names: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        held = read_objects(git, some, (b"tree",))
        yield from ((name, held.get(name)) for name in some)


def _refuse_odd(path: bytes, name: str, data: bytes | None, leaves: dict[bytes, Leaf]) -> None:
    """Raises ``UnavailableError`` for an odd tree; ``leaves`` keeps the last one of a folder, for the next."""
    folder = f"the folder {_shown(path)}" if path else "the topmost folder"
    if data is None:
        message = f"{folder}, tree {name[:10]}, is missing here: not all can be judged"
        raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
    like = leaves.get(path, _NO_LEAF) if _FOLDER not in data else _NO_LEAF
    part = part_unlike(data, like)
    fault = odd_about(part, lines_of(part, len(name) // 2))
    if fault:
        hint = "git fsck tells what is damaged; make the commit anew, with git itself"
        raise UnavailableError(f"{folder}, tree {name[:10]}, is not as git writes it: {fault}", hint=hint)
    if _FOLDER not in data:
        leaves[path] = leaf_after(data, like, len(name) // 2)


def lines_of(data: bytes, size: int) -> list[Line]:
    """The entries of a tree object whose ids have ``size`` bytes; what is no entry is left out."""
    return re.findall(_LINE % size, data, re.DOTALL)


def odd_about(data: bytes, lines: Collection[Line]) -> str:
    """In what a tree object with these entries is not as git writes it; empty if it is."""
    modes, names, trees = zip(*lines, strict=True) if lines else ((), (), ())
    if sum(map(len, modes)) + sum(map(len, names)) + sum(map(len, trees)) + 2 * len(lines) != len(data):
        return "it holds a mode or a name that git does not write"
    keys = [name + b"/" if mode in _FOLDERS else name for mode, name, _ in lines]
    if not all(map(lt, keys, keys[1:])):
        wrong = next(new for old, new in pairwise(keys) if old >= new)
        return f"{_shown(wrong)} is out of order, or stands twice"
    if len(set(names)) != len(names):
        return "a file and a folder have one name"
    told = b"\0%b\0" % b"\0".join(names)
    led = _LEADS_ELSEWHERE.search(told if told.isascii() else _IGNORED.sub(b"", told))
    if led:
        return f"{_shown(led[1])} is no name for a file"
    return "it holds an entry without an object" if lines and bytes(len(trees[0])) in trees else ""


def part_unlike(data: bytes, like: Leaf) -> bytes:
    """The entries of a tree without folders that a sound one does not have so, with one before and one behind.

    If they are sound, all of it is: what goes before and what comes behind is the same. A large folder that ten commits
    change is so looked through once.
    """
    if not like.ends:
        return data
    alike, behind = _alike(data, like)
    start = like.ends[alike - 2] if alike > 1 else 0
    stop = like.ends[min(behind, len(like.ends) - 1)]
    return data[start : len(data) - len(like.data) + stop]


def leaf_after(data: bytes, like: Leaf, size: int) -> Leaf:
    """The leaf of a sound tree without folders whose ids have ``size`` bytes, by what it has otherwise than another."""
    alike, behind = _alike(data, like)
    more = len(data) - len(like.data)
    begin, stop = (like.ends[at - 1] if at else 0 for at in (alike, behind))
    lengths = (len(mode) + len(name) + size + 2 for mode, name, _ in lines_of(data[begin : stop + more], size))
    between = list(accumulate(lengths, initial=begin))[1:]
    kept = like.ends[behind:]
    return Leaf(data, [*like.ends[:alike], *between, *([end + more for end in kept] if more else kept)])


def _alike(data: bytes, like: Leaf) -> tuple[int, int]:
    """How many entries of the one are the first ones of both, and behind how many of them both go on alike."""
    alike = bisect_right(like.ends, _common(data, like.data))
    begin = like.ends[alike - 1] if alike else 0
    goes_on = len(like.data) - _common_end(data[begin:], like.data[begin:])
    return alike, alike if goes_on == begin else bisect_left(like.ends, goes_on) + 1


def _common(one: bytes, other: bytes) -> int:
    """With how many bytes both begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _common_end(one: bytes, other: bytes) -> int:
    """With how many bytes both end."""
    return _common(one[::-1], other[::-1])


def _shown(name: bytes) -> str:
    return f"'{os.fsdecode(name)}'"
