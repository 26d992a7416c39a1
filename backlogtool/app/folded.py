"""Folders that are ``items/``, ``config/`` or ``templates/`` where letters of either case are the same, and such files.

What stands in ``Items/`` is no item here, and one in a clone on macOS or Windows: two answers about one commit. Other
people's folders with such names that hold nothing of ours (``Config/app.json``) are none of our business.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from backlogtool.app import packaged
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, few
from backlogtool.stores.git.files import ITEMS, Files, Tree, WorkTree, folded, judged
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.sound import lines_of

_CONFIG = packaged.POLICY_PATH.partition("/")[0]
_FOLDERS = (ITEMS, _CONFIG, packaged.TEMPLATES)
_TEMPLATE = ".j2"


def namesakes(space: Workspace, base: str = "") -> Iterator[Finding]:
    """A finding for each of them, and what would be read there; not what stood so at the commit ``base`` already."""
    repository = space.repository
    if repository is None:
        return
    revision = space.revision or ("" if repository.root else repository.head())
    if not revision and not repository.root:
        return
    held = _held(space, repository, revision)
    before = _held(space, repository, base) if held and base else {}
    for path, paths in sorted(held.items()):
        new = sorted(paths - before.get(path, set()))
        if new:
            ours = "/".join(map(folded, path.split("/")))
            more = "" if new == [path] else f", and {few(new)} would be read there"
            message = f"is {ours} where letters of either case are the same{more}"
            yield Finding("BL120", message, path=path, fix=f"move it to {ours}, or name it otherwise")


def _held(space: Workspace, repository: Repository, revision: str) -> Mapping[str, set[str]]:
    """Such a folder or file -> what would be read of it, or in it; itself if it is in the way of ours."""
    files: Files = Tree(repository.git, revision) if revision else WorkTree(repository.root)
    top, inside = _names(repository, revision)
    rules = _rules(space)
    found = {
        path: {path} for path in (f"{_CONFIG}/{name}" for name in inside) if path not in rules and _is(path, rules)
    }
    for name in top:
        ours = folded(name)
        if ours in _FOLDERS and ours != name:
            found[name] = _read(files, name, ours, rules) or ({name} if _hides(repository, files, name, top) else set())
    return {path: paths for path, paths in found.items() if revision or not _is_same(repository.root, path)}


def _names(repository: Repository, revision: str) -> tuple[Sequence[str], Sequence[str]]:
    """What stands at the top, and in ``config/``; of a commit one process tells both."""
    if not revision:
        inside = [path.partition("/")[2] for path, _ in WorkTree(repository.root).entries(_CONFIG)]
        with suppress(OSError):  # whoever looks for items there says so
            return os.listdir(repository.root), inside
        return [], inside
    wanted = f"{revision}^{{tree}}", f"{revision}:{_CONFIG}"
    held = read_objects(repository.git, wanted, (b"tree",))
    both = (lines_of(held.get(one, b""), len(revision) // 2) for one in wanted)
    top, inside = ([os.fsdecode(name) for _, name, _ in lines] for lines in both)
    return top, inside


def _read(files: Files, name: str, ours: str, rules: set[str]) -> set[str]:
    """What stands in a folder and would be read if it stood in ours."""
    inside = [(path, regular) for path, regular in files.entries(name) if path != name]
    if ours == ITEMS:
        return {path for path, regular in inside if judged(path, regular) != ""}
    if ours == _CONFIG:
        return {path for path, _ in inside if _is(path, rules)}
    return {path for path, _ in inside if path.endswith(_TEMPLATE)}


def _is(path: str, rules: set[str]) -> bool:
    return "/".join(map(folded, path.split("/"))) in {one.casefold() for one in rules}


def _hides(repository: Repository, files: Files, name: str, top: Sequence[str]) -> bool:
    """Whether it is no folder, and would be followed in the place of ours or is in the way of it."""
    if not any(path == name for path, _ in files.entries(name)):
        return False
    return folded(name) in top or os.path.islink(os.path.join(repository.root, name))


def _is_same(root: str, path: str) -> bool:
    """Whether this system is such a one: what stands there is ours, by another name."""
    with suppress(OSError):
        ours = os.lstat(os.path.join(root, *map(folded, path.split("/"))))
        return os.path.samestat(os.lstat(os.path.join(root, path)), ours)
    return False


def _rules(space: Workspace) -> set[str]:
    signers = {space.policy.rbac.allowed_signers} if space.loaded.policy else set()
    return {packaged.POLICY_PATH, packaged.ROLES_PATH, *signers}
