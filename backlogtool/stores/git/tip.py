"""The last commit, where one on top of it needs no ``git commit``: no hook, no signature, nothing staged or edited.

Everything else that git does is done by its plumbing all the same (``plumbing``), filters and attributes included.
Which cases are left to git and why: docs/decisions/0022-the-price-of-a-write.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backlogtool.stores.git import edits, hookfiles, refs, trees
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.objects import parse_commit, read_objects
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.trees import Entry, Folders

#: With more folders to write than this ``git commit`` is not much slower, and looks after itself.
_FOLDERS = 600
_PACKED_REFS = 1 << 26  # bytes
_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction", "post-index-change")
_NO = ("", "0", "false", "no", "off")
#: The setting that ``Git.write`` gives last, and git lists last.
_LAST = b"i18n.commitencoding\nUTF-8\0"


class Tip(NamedTuple):
    """A commit that another one can be made on: its id, and its folders that hold our paths."""

    repository: Repository
    head: str
    folders: Folders

    @property
    def size(self) -> int:
        """How many bytes an id has."""
        return len(self.head) // 2

    @property
    def root(self) -> str:
        """The id of its tree."""
        return trees.object_id(b"tree", self.folders[""].data, self.size).hex()

    def agrees(self, other: Tip, paths: Sequence[str]) -> bool:
        """Whether both commits hold the same at the paths."""
        return all(trees.entry(self.folders, path) == trees.entry(other.folders, path) for path in paths)


def plain(repository: Repository, head: str, changes: Sequence[Change]) -> Tip | None:
    """The last commit, if a commit of these changes on top of it is plain work; None if git has to make it."""
    paths = [change.path for change in changes]
    if not (paths and head and _plain_paths(paths) and _plain_repository(repository)):
        return None
    base = read(repository, head, paths)
    return base if base is not None and _clean(base, changes) else None


def _plain_paths(paths: Sequence[str]) -> bool:
    """Whether git can be asked for their folders line by line, and these are few enough."""
    return len(trees.folders_of(paths)) <= _FOLDERS and not any("\n" in path for path in paths)


def _plain_repository(repository: Repository) -> bool:
    sparse = os.path.lexists(os.path.join(repository.git_dir, "info", "sparse-checkout"))
    settings = None if sparse or _replaces(repository) else _settings(repository)
    if settings is None or settings.get("extensions.refstorage", "files") != "files":
        return False
    signs = settings.get("commit.gpgsign", "false").lower() not in _NO
    return not signs and not any(name.startswith("hook.") for name in settings) and not _hooks(repository, settings)


def _replaces(repository: Repository) -> bool:
    """Whether git may be told to take one object for another (``git replace``)."""
    if os.path.isdir(os.path.join(repository.common_dir, "refs", "replace")):
        return True
    packed = refs.content(os.path.join(repository.common_dir, "packed-refs"), _PACKED_REFS)
    return packed is None or b" refs/replace/" in packed


def _settings(repository: Repository) -> dict[str, str] | None:
    """What the user's git is configured to; a setting without a value is true. None if git cannot tell all of it."""
    told = repository.user_git.write("config", "--list", "-z")
    if told.status or not told.out.endswith(_LAST):
        return None
    pairs = (entry.partition("\n") for entry in os.fsdecode(told.out).split("\0"))
    return {name: value if line else "true" for name, line, value in pairs}


def _hooks(repository: Repository, settings: Mapping[str, str]) -> bool:
    """Whether a hook may want to see the commit."""
    folder = settings.get("core.hookspath") or os.path.join(repository.common_dir, "hooks")
    if folder[0] in "~%":  # git knows what that stands for
        return True
    folder = os.path.join(repository.root, folder)
    places = (os.path.join(folder, name) for name in _HOOKS)
    return any(os.access(place, os.X_OK) and not hookfiles.judges(place) for place in places)


def read(repository: Repository, head: str, paths: Sequence[str]) -> Tip | None:
    """The commit ``head`` as far as the paths go; None if it cannot be read, or there is none."""
    if not head:
        return None
    names = {f"{head}:{path}" if path else f"{head}^{{tree}}": path for path in trees.folders_of(paths)}
    found = read_objects(repository.git, [head, *names], kinds=(b"commit", b"tree"))
    root = parse_commit(head, found.pop(head, b"")).tree
    held = {names[name]: data for name, data in found.items()}
    folders = trees.read(held, bytes.fromhex(root)) if root and "" in held else None
    return Tip(repository, head, folders) if folders is not None else None


def _clean(tip: Tip, changes: Sequence[Change]) -> bool:
    """Whether all changes start from what the commit holds, and neither index nor work tree says otherwise."""
    told = tip.repository.git.read(*edits.LISTING, *edits.asked(change.path for change in changes))
    staged = entries(told.out)
    return all(_starts_from(tip, change, staged.get(change.path)) for change in changes)


def _starts_from(tip: Tip, change: Change, staged: Entry | None) -> bool:
    held = trees.entry(tip.folders, change.path)
    if held is None or change.seen is None or staged != held or held.mode not in trees.FILES:
        return held is None and change.seen is None and staged is None
    mode = os.lstat(os.path.join(tip.repository.root, change.path)).st_mode
    if bool(mode & 0o100) != (held.mode == b"100755"):
        return False
    return change.derived or trees.object_id(b"blob", change.seen, tip.size) == held.id


def entries(told: bytes) -> dict[str, Entry]:
    """path -> what an index has there, in git's answer to ``edits.LISTING``.

    An entry that is not plain (a conflict, a sparse file) has no mode, and so is like no other.
    """
    found: dict[str, Entry] = {}
    for line in told.split(b"\0")[:-1]:
        fields, _, path = line.partition(b"\t")
        tag, mode, name, stage = fields.split(b" ")
        usual = tag == b"H" and stage == b"0"
        found[os.fsdecode(path)] = Entry(mode if usual else b"", bytes.fromhex(name.decode()))
    return found
