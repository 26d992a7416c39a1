"""What commits did to items, as git tells it: by comparison of each commit with the one before it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

#: The modes of regular files; other entries are links and submodules, whose ids name nothing to read here.
_FILES = ("100644", "100755")
#: How git has to be asked lest ``.gitmodules`` of the work tree, or a setting, name submodules that it leaves out.
WHOLE = "--ignore-submodules=none"
#: How ``git diff-tree`` has to be asked about two trees.
TREES = ("-r", "--raw", "-z", "--no-renames", "--no-abbrev", WHOLE)
#: The same for what is read here: commits.
RAW = (*TREES, "--root")


class Step(NamedTuple):
    """What one commit did to one item: blob before and after, None where there is none."""

    commit: str
    item_id: str
    before: str | None
    after: str | None


class PathStep(NamedTuple):
    """What one commit did to one file: blob before and after, None where there is none, and git's modes of them."""

    path: str
    before: str | None
    after: str | None
    modes: tuple[str, str]


def changes(fields: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """(modes and blobs, path) of every file that each commit changed, after (the commit, nothing).

    ``fields`` are what stands between the zero bytes that ``git diff-tree --stdin`` prints.
    """
    places = iter(fields)
    for head in places:
        yield (head.decode(), os.fsdecode(next(places))) if head.startswith(b":") else (head.decode().strip(), "")


def steps(told: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """The steps in what ``changes`` tells. A file that moved within ``items/`` is one step of one item."""
    commit = ""
    found: dict[str, list[str | None]] = {}
    for head, path in told:
        if path:
            name = path.rpartition("/")[2]
            if name.endswith(".md"):
                pair = found.setdefault(name.removesuffix(".md"), [None, None])
                old, new = _blobs(head)
                pair[0] = pair[0] or old
                pair[1] = pair[1] or new
        else:
            yield from (Step(commit, name, before, after) for name, (before, after) in found.items())
            commit, found = head, {}
    yield from (Step(commit, name, before, after) for name, (before, after) in found.items())


def path_steps(fields: Iterable[bytes]) -> list[PathStep]:
    """The steps of all files of one commit."""
    found = []
    for head, path in changes(fields):
        if path:
            mode, then, old, new, _ = head.removeprefix(":").split(" ")
            found.append(PathStep(path, _blob(old), _blob(new), (mode, then)))
    return found


def _blobs(head: str) -> tuple[str | None, str | None]:
    """The blobs before and after of a line such as ``:100644 100644 <id> <id> M``; only files count."""
    before_mode, after_mode, before, after = head.removeprefix(":").split(" ")[:4]
    return _blob(before) if before_mode in _FILES else None, _blob(after) if after_mode in _FILES else None


def _blob(name: str) -> str | None:
    """A blob's id; git writes zeros where there is none."""
    return name if name.strip("0") else None
