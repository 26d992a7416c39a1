"""Random changes of random trees, and what git makes of them: thousands in a handful of processes.

The oracle is ``git mktree --batch`` over a plain mapping of paths, folder by folder from the innermost ones.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from backlogtool.stores.git import trees
from backlogtool.stores.git.trees import Entry
from tests.repositories import Repo

#: Names that sort elsewhere as a folder, look like a mode, or are no text.
_NAMES = (
    *(b"a", b"a-", b"a.", b"a.b", b"a.md", b"a0", b"ab", b"A", b"b", b"-", b" ", b"a b", b"zz", b"items", b"items.md"),
    *(b"100644 a", b"40000 a", b"0", b"\x01", b"\xc3\xa9", b"\xff\xfe", b"a\xff", b"a\n", b'"a', b"~"),
)
_MODES = (b"100644", b"100644", b"100644", b"100755", b"120000", b"160000")
#: Beginnings of ids that look like entries.
_BEGINNINGS = (b"", b"", b"100644 a\0", b"40000 a\0", b"\0\0100755 b\0", b"\n\n", b" ")

Files = Mapping[str, Entry]


class Case(NamedTuple):
    """The files of a commit, and what is to change of them (None: not any more)."""

    before: Files
    changes: Mapping[str, Entry | None]


def cases(seed: int, amount: int, size: int) -> list[Case]:
    """As many cases as wanted; ``size`` is the number of bytes in an id."""
    chance = random.Random(seed)
    return [_case(chance, size) for _ in range(amount)]


def _case(chance: random.Random, size: int) -> Case:
    before: dict[str, Entry] = {}
    for path in _paths(chance, chance.choice((0, 1, 3, 12, 40))):
        if not _in_the_way(before, path):
            before[path] = Entry(chance.choice(_MODES), _id(chance, size))
    changes: dict[str, Entry | None] = {}
    known = sorted(before)
    for path in _paths(chance, chance.randint(1, 4)) + chance.sample(known, min(len(known), chance.randint(0, 4))):
        changes[path] = None if chance.random() < 0.4 else Entry(chance.choice(_MODES[:5]), _id(chance, size))
    if chance.random() < 0.1:  # a whole folder, or everything
        top = chance.choice(known).partition("/")[0] if known and chance.random() < 0.7 else ""
        changes = {path: None for path in known if path.startswith(top)} or changes
    return Case(before, changes)


def _paths(chance: random.Random, amount: int) -> list[str]:
    return [
        os.fsdecode(b"/".join(chance.choice(_NAMES) for _ in range(chance.choice((1, 2, 2, 3))))) for _ in range(amount)
    ]


def _id(chance: random.Random, size: int) -> bytes:
    return (chance.choice(_BEGINNINGS) + chance.randbytes(size))[:size]


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _in_the_way(files: Mapping[str, object], path: str) -> bool:
    """Whether a file would stand where others need a folder, or the other way round."""
    return any(one in files for one in _above(path)) or any(one.startswith(f"{path}/") for one in files)


def after(case: Case) -> Files | None:
    """The files afterwards; None if that is for git to judge: odd modes, a file in a folder's place, nothing left."""
    plain = (b"100644", b"100755")
    for path, new in case.changes.items():
        odd = any(one is not None and one.mode not in plain for one in (new, case.before.get(path)))
        if odd or _in_the_way(case.before, path) or _in_the_way(case.changes, path):
            return None
    changed = {**case.before, **case.changes}
    return {path: one for path, one in changed.items() if one is not None} or None


def rebuilt(repo: Repo, some: Sequence[Case], size: int) -> list[bytes | None]:
    """The id of each case's tree afterwards as our own code makes it, from the objects that git made before."""
    made = _folders(repo, [case.before for case in some], size)
    objects = _read(repo, {name for one in made for name in one.values()}, size)
    found: list[bytes | None] = []
    for case, names in zip(some, made, strict=True):
        wanted = [path for path in trees.folders_of(case.changes) if path in names]
        held = trees.read({path: objects[names[path]] for path in wanted}, names[""])
        assert held is not None, "git wrote it"
        told = trees.rebuilt(held, case.changes, size)
        found.append(told[-1][0] if told else None)
    return found


def written(repo: Repo, some: Sequence[Files], size: int) -> list[bytes]:
    """The id of each tree as git makes it."""
    return [one[""] for one in _folders(repo, some, size)]


def _folders(repo: Repo, some: Sequence[Files], size: int) -> list[dict[str, bytes]]:
    """Folder -> id of each tree; one git for every depth."""
    found: list[dict[str, bytes]] = [{} for _ in some]
    inside: list[dict[str, dict[bytes, Entry]]] = [{"": {}} for _ in some]
    for files, folders in zip(some, inside, strict=True):
        for path, one in files.items():
            for folder in _above(path):
                folders.setdefault(folder, {})
            above, _, name = path.rpartition("/")
            folders[above][os.fsencode(name)] = one
    deepest = max((path.count("/") + bool(path) for one in inside for path in one), default=0)
    for depth in range(deepest, -1, -1):
        now = [(n, path) for n, one in enumerate(inside) for path in one if path.count("/") + bool(path) == depth]
        for (number, path), made in zip(now, _mktree(repo, [inside[n][path] for n, path in now], size), strict=True):
            found[number][path] = made
            if path:
                above, _, last = path.rpartition("/")
                inside[number][above][os.fsencode(last)] = Entry(b"40000", made)
    return found


def _mktree(repo: Repo, some: Sequence[Mapping[bytes, Entry]], size: int) -> list[bytes]:
    kinds = {b"40000": b"tree", b"160000": b"commit"}
    told = b""
    for one in some:
        lines = (
            b"%b %b %b\t%b\0" % (mode.rjust(6, b"0"), kinds.get(mode, b"blob"), name.hex().encode(), path)
            for path, (mode, name) in one.items()
        )
        told += b"".join(lines) + b"\0"
    names = repo.git("mktree", "-z", "--batch", "--missing", stdin=told).split()
    assert [len(name) for name in names] == [2 * size] * len(some)
    return [bytes.fromhex(name) for name in names]


def _read(repo: Repo, names: set[bytes], size: int) -> dict[bytes, bytes]:
    wanted = sorted(names)
    out = os.fsencode(repo.git("cat-file", "--batch", stdin=b"".join(b"%b\n" % one.hex().encode() for one in wanted)))
    found, position = {}, 0
    for name in wanted:
        end = out.index(b"\n", position)
        length = int(out[position:end].split()[2])
        found[name] = out[end + 1 : end + 1 + length]
        position = end + 2 + length
    return found
