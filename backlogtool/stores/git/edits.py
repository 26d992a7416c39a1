"""Which files differ from the last commit, found without git's help where that would run something.

``git status`` puts work files through the filters that a repository names, reads the attributes and ignore files
that it names, and enters submodules (ROBUSTNESS.md 2.3, M9). Here contents are compared instead.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from backlogtool.domain.finding import Finding
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.runner import Git

_LIMIT = 1 << 26  # bytes of a file that is compared; a larger one differs
_ATTRIBUTES = (".gitattributes", "items/.gitattributes", ".git/info/attributes")
_MANY = 100  # paths
#: How git is asked what is staged, odd entries and all; the paths follow (``tip.entries`` reads the answer).
LISTING = ("ls-files", "-v", "--stage", "-z", "--")
_LINK, _SUBMODULE = "120000", "160000"


class Edits(NamedTuple):
    """The files that differ from a commit, the submodules of the index whose folders stand, and all that it holds."""

    paths: set[str]
    modules: set[str]
    staged: Collection[str] = ()


def uncommitted(
    git: Git, head: str, root: str, paths: Sequence[str], known: Mapping[str, str] = MappingProxyType({})
) -> Edits:
    """The files at or below the paths that differ from the commit ``head`` (empty: none), in work tree or index.

    New and deleted files count, ignored ones too. A path that ends in ``/`` is a folder. Line ends alone are no
    difference where git may have turned them. ``known`` has the blob ids of files whose contents are known. Raises
    ``UnavailableError`` if git cannot read its index or objects.
    """
    tree = WorkTree(root)
    committed = _entries(git, "ls-tree", "-r", "-z", "--full-tree", head, "--", *paths) if head else {}
    staged = _entries(git, "ls-files", "--stage", "-z", "--", *paths)
    found = {path for path in committed.keys() | staged.keys() if committed.get(path) != staged.get(path)}
    modules = _modules(staged, root)
    inside = tuple(f"{path}/" for path, (mode, _) in staged.items() if mode == _SUBMODULE)
    standing = {path for path in _standing(tree, paths) if not path.startswith(inside)}
    unclear = (committed.keys() | standing) - found
    unclear = {path for path in unclear if path not in known or known[path] != committed.get(path, ("", ""))[1]}
    turned: bool | None = None
    for path, data in tree.read(sorted(unclear), _LIMIT):
        mode, blob = committed.get(path, ("", ""))
        if mode in (_LINK, _SUBMODULE) or _is(data, blob):
            continue
        if isinstance(data, bytes) and b"\r\n" in data:
            turned = _turns_line_ends(git, root) if turned is None else turned
            if turned and _is(data.replace(b"\r\n", b"\n"), blob):
                continue
        found.add(path)
    return Edits(found, modules, staged.keys())


def submodules(git: Git, root: str, paths: Collection[str]) -> set[str]:
    """Those of the paths, or of what is below them, at which a submodule stands that is in the index."""
    return _modules(_entries(git, "ls-files", "--stage", "-z", "--", *sorted(paths)), root) if paths else set()


def _modules(staged: Mapping[str, tuple[str, str]], root: str) -> set[str]:
    held = {path for path, (mode, _) in staged.items() if mode == _SUBMODULE}
    return {path for path in held if os.path.isdir(os.path.join(root, path))}


def altered(tree: WorkTree, blobs: Mapping[str, str]) -> set[str]:
    """Those of the files that do not hold what git calls by the name of their blob, byte for byte."""
    return {path for path, data in tree.read(sorted(blobs), _LIMIT) if not _is(data, blobs[path])}


def asked(paths: Iterable[str]) -> list[str]:
    """What to ask git for, to hear of all the paths and maybe of more.

    Git compares every path that it lists with every one that is asked for: many are asked for by their folders.
    """
    wanted = set(paths)
    folders = {f"{path.partition('/')[0]}/" if "/" in path else path for path in wanted}
    return sorted(folders if len(wanted) > _MANY else wanted)


def _entries(git: Git, *arguments: str) -> dict[str, tuple[str, str]]:
    """path -> (mode, id) of what git lists; a path with a conflict stands for none of its sides."""
    result = git.read(*arguments)
    if result.status:
        raise UnavailableError(f"git cannot tell what is committed: {result.err}")
    found: dict[str, tuple[str, str]] = {}
    for entry in result.out.split(b"\0"):
        if entry:
            told, _, path = entry.partition(b"\t")
            mode, *_, name, last = told.decode().split(" ")
            # ls-tree ends with "type id", ls-files with "id stage"
            found[os.fsdecode(path)] = (mode, last) if len(last) > 1 else (mode, name if last == "0" else "")
    return found


def _standing(tree: WorkTree, paths: Iterable[str]) -> Iterator[str]:
    """The files that may stand in the work tree."""
    for path in paths:
        if path.endswith("/"):
            yield from (one for one, _ in tree.entries(path.rstrip("/")))
        else:
            yield path


def _is(data: bytes | Finding | None, blob: str) -> bool:
    """Whether this is the content that git calls ``blob``; empty is no file."""
    if not isinstance(data, bytes):
        return data is None and not blob
    kind = "sha256" if len(blob) == 64 else "sha1"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == blob


def _turns_line_ends(git: Git, root: str) -> bool:
    """Whether something says that git turns line ends on their way to the work tree."""
    told = git.read("config", "--get", "core.autocrlf").out.strip().lower()
    return told not in (b"", b"false") or any(os.path.lexists(os.path.join(root, one)) for one in _ATTRIBUTES)
