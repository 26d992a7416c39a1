"""What reports of findings need beside them: the texts of files, the lines that a branch has changed, a summary."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.errors import InvalidError
from backlogtool.stores.git.files import Tree


def texts(space: Workspace, findings: Iterable[Finding]) -> dict[str, str]:
    """path -> text of the files in which findings have a line, as they stand; without those that cannot be read."""
    paths = list(dict.fromkeys(one.path for one in findings if one.path and one.line))
    found = {}
    for path, data in _standing(space, paths):
        with suppress(UnicodeDecodeError):
            if isinstance(data, bytes):
                found[path] = data.decode()
    return found


def _standing(space: Workspace, paths: Iterable[str]) -> Iterator[tuple[str, object]]:
    """Each path with what stands there: all at once where git has to be asked for it."""
    if space.repository is not None and space.revision:
        yield from Tree(space.repository.git, space.revision).read(paths)
        return
    for path in paths:
        with suppress(InvalidError):
            yield path, space.store.file(path)


def changed_lines(space: Workspace, standing: Mapping[str, str], since: str) -> dict[str, frozenset[int]]:
    """path -> numbers of the lines that the merge base with ``since`` does not have.

    ``standing`` are the texts of the paths. Nothing without a revision; a line that has only moved has not changed.
    What is not checked out is compared with ``since`` itself, which is a merge base then.
    """
    if not since or space.repository is None:
        return {}
    commit = space.repository.resolve(since)
    base = commit if space.revision else space.repository.merge_base(commit)
    before = _before(Tree(space.repository.git, base), standing)
    found = {}
    for path, text in standing.items():
        known = set(before.get(path, b"").split(b"\n"))
        lines = enumerate(text.encode().split(b"\n"), 1)
        found[path] = frozenset(number for number, line in lines if line not in known)
    return found


def _before(tree: Tree, paths: Iterable[str]) -> dict[str, bytes]:
    """path -> content of those that the commit has; one that is missing there is not asked for."""
    wanted = list(paths)
    held = {path for top in {one.partition("/")[0] for one in wanted} for path, _ in tree.entries(top)}
    found = tree.read([path for path in wanted if path in held])
    return {path: data for path, data in found if isinstance(data, bytes)}


def append(path: str, text: str) -> bool:
    """Adds text to a regular file that is there; False if there is none, or it cannot be written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with open(handle, "ab") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return False
            file.write(text.encode())
    except OSError:  # the disk is full
        return False
    return True
