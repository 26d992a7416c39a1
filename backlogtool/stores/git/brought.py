"""What stands now of what an older commit does not have so: items, and what is odd among their files.

What is read follows what differs. Beside it only names are looked through: a file that did not change may claim the id
of one that did.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from backlogtool.domain.finding import Finding
from backlogtool.stores.base import Stored
from backlogtool.stores.git.differences import ODD, ByItem, Difference, by_item
from backlogtool.stores.git.edits import submodules
from backlogtool.stores.git.files import Files, WorkTree, judged, repeated, submodule
from backlogtool.stores.git.items import parsed
from backlogtool.stores.git.runner import Git

#: The files of those items in a commit.
Names = Callable[[Collection[str]], ByItem]


class Brought(NamedTuple):
    """The items that can be read, and what is wrong with the names and the form of the others."""

    stored: tuple[Stored, ...]
    findings: tuple[Finding, ...]


def brought(files: Files, differing: Iterable[Difference], names: Names, edits: Mapping[str, bool | None]) -> Brought:
    """What stands in ``files`` at the ``differing`` paths of a commit, and at those of ``edits``.

    ``names`` lists the files of items in that commit; ``edits`` says whether a regular file stands at a path now, None
    for nothing.
    """
    steps = [*differing, *(Difference(path, None, None) for path in edits)]
    ids = by_item(steps).keys()
    held = [*steps, *(one for some in (names(ids) if ids else {}).values() for one in some)]
    standing = {one.path: one.after != ODD for one in held if one.after is not None and one.path not in edits}
    standing |= {path: regular for path, regular in edits.items() if regular is not None}
    told = {path: judged(path, regular) for path, regular in standing.items()}
    paths: dict[str, list[str]] = {}
    for path, name in told.items():
        if isinstance(name, str) and name:
            paths.setdefault(name, []).append(path)
    odd = [name for name in told.values() if isinstance(name, Finding)]
    stored, unreadable = _read(files, sorted(some[0] for some in paths.values() if len(some) == 1))
    return Brought(tuple(stored), (*odd, *repeated(paths), *unreadable))


def brought_here(
    git: Git, root: str, differing: Collection[Difference], names: Names, edited: Collection[str]
) -> Brought:
    """As ``brought``, of a work tree with some ``edited`` paths, and of the submodules among them all."""
    # A submodule is a folder here, and the place of a link may hold a file.
    edits = standing(root, {*edited, *(one.path for one in differing if one.after == ODD)})
    found = brought(WorkTree(root), differing, names, edits)
    modules = submodules(git, root, [path for path, regular in edits.items() if regular is None])
    return found._replace(findings=(*found.findings, *filter(None, map(submodule, sorted(modules)))))


def standing(root: str, paths: Collection[str]) -> dict[str, bool | None]:
    """Each of the paths in a work tree, and whether a regular file stands there; None for nothing.

    A folder is nothing, as it is for a list of all (``WorkTree.entries``): what stands in it has paths of its own. One
    that cannot be listed is odd: nobody knows what it holds.
    """
    return {path: _stands(os.path.join(root, path)) for path in paths}


def _stands(path: str) -> bool | None:
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
            return None
        return stat.S_ISREG(mode)
    except (FileNotFoundError, NotADirectoryError):  # it was deleted, or a folder above it
        return None
    except OSError:
        return False


def _read(files: Files, paths: Collection[str]) -> tuple[list[Stored], list[Finding]]:
    stored: list[Stored] = []
    findings: list[Finding] = []
    for path, data in files.read(paths):
        one, told = parsed(path, data)
        if one is None:
            findings += told
        else:
            stored.append(one)
    return stored, findings
