"""Which item files differ from the last commit, found without reading those that git knows to be unchanged.

Stamps of the files are compared with those in git's index, in a fraction of the time that reading them takes: by git,
or here where git would read files again and the index is plain (``stamped``). What is not known to be the same is then
compared as ``edits.uncommitted`` does. All of that only where nothing that is configured could run or hide a file, else
every file is read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.edits import altered
from backlogtool.stores.git.files import ITEMS, WorkTree
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.stamped import Look, is_racy, look

_MANY = 500  # paths: more are found as quickly by a look at all files
#: Seconds for git to compare stamps; it may wait for a pipe that stands where it looks for attributes.
_PATIENCE = 5.0
#: Where stamps do not tell, git compares contents, through the filters that are configured. Those of git-lfs are
#: everywhere and are switched off; with any other one git is not asked.
_FILTER = re.compile(rb"filter\.(?!lfs\.(?:clean|smudge|process|required)\Z).*", re.IGNORECASE | re.DOTALL)
_CAREFUL = (
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "filter.lfs.clean="),
    *("-c", "filter.lfs.process="),
    *("-c", "filter.lfs.required=false"),
    *("-c", "core.checkStat=default"),
    *("-c", "core.trustctime=true"),
    *("-c", "core.ignoreStat=false"),
)
_ATTRIBUTES = (".gitattributes", f"{ITEMS}/.gitattributes")


def looked(repository: Repository) -> Look | None:
    """Our own look at all files below ``items/``, for ``edited``; None if git looks sooner, or only git can tell."""
    tip = repository.tip()
    if not tip or not is_racy(repository.root, repository.index_path):
        return None
    return look(repository.root, repository.index_path, len(tip) // 2)


def edited(
    repository: Repository, head: str, entries: Callable[[], bytes], seen: Callable[[], Look | None]
) -> set[str]:
    """What ``Repository.uncommitted`` says of all below ``items/``.

    ``head`` is the last commit, ``entries`` are its item files as ``differences.entries_of`` lists them, ``seen`` is
    what ``looked`` has found.
    """
    try:
        paths = _unlike(repository, entries, seen) if _is_plain(repository) else None
    except UnavailableError:  # the longer way tells what is wrong, or whether it matters at all
        paths = None
    if paths is None or len(paths) > _MANY:
        return repository.uncommitted(f"{ITEMS}/", head=head)
    return repository.uncommitted(*sorted(paths), head=head) if paths else set()


def _unlike(repository: Repository, entries: Callable[[], bytes], seen: Callable[[], Look | None]) -> set[str] | None:
    """The paths that may differ, by our own look or by git's; None if that has to be found in another way."""
    found = seen()
    if found is None or len(found.unclear) + len(found.others) > _MANY:
        return _candidates(repository, entries)
    told = {*found.others, *_differing(found.listing, entries())}
    unclear = {path: blob for path, blob in found.unclear.items() if path not in told}
    return told | altered(WorkTree(repository.root), unclear)


def _differing(listing: bytes, committed: bytes) -> list[str]:
    """The paths at which two lists of ``git ls-tree -r -z`` differ."""
    committed = committed.removesuffix(b"\0")
    if listing == committed:
        return []
    lines = {*listing.split(b"\0")} ^ {*committed.split(b"\0")}
    return [os.fsdecode(line.partition(b"\t")[2]) for line in lines if line]


def _is_plain(repository: Repository) -> bool:
    """Whether attributes stand in files, if anywhere, and no filter is configured."""
    places = [os.path.join(repository.root, name) for name in _ATTRIBUTES]
    for place in (*places, os.path.join(repository.common_dir, "info", "attributes")):
        try:
            if not stat.S_ISREG(os.lstat(place).st_mode):
                return False
        except OSError:
            continue
    names = _asked(repository, "config", "--list", "--name-only", "-z")
    return not any(_FILTER.match(name) for name in names.split(b"\0"))


def _candidates(repository: Repository, entries: Callable[[], bytes]) -> set[str] | None:
    """The paths that may differ, as git compares; None if that has to be found in another way."""
    index = _asked(repository, "ls-files", "-v", "--stage", "-z", "--", ITEMS)
    if not _is_all_plain(index):
        return None
    raw = ("--raw", "-z", "--no-renames", "--ignore-submodules=all")
    changed = _asked(repository, *_CAREFUL, "diff-files", *raw, "--", ITEMS)
    others = repository.git.read("ls-files", "--others", "-z", "--", ITEMS, patience=_PATIENCE)
    if others.status or others.err:  # a folder that cannot be opened is but a warning
        return None
    staged = {line[2:].replace(b" 0\t", b"\t", 1) for line in index.split(b"\0")}
    committed = {line.replace(b" blob ", b" ", 1) for line in entries().split(b"\0")}
    differing = [line.partition(b"\t")[2] for line in staged ^ committed]
    new = (path for path in others.out.split(b"\0") if b"/." not in path.rpartition(b"/")[0])  # hidden from us too
    told = {*changed.split(b"\0")[1::2], *new, *differing} - {b""}
    # A folder is a repository of its own, whose files git does not name; items itself should be one.
    odd = any(path.endswith(b"/") or path == ITEMS.encode() for path in told)
    return None if odd else {os.fsdecode(path) for path in told}


def _is_all_plain(index: bytes) -> bool:
    """Whether git looks at every file of its index, and none is in conflict. A name may look like a conflict."""
    told = b"\0" + index
    return told.count(b"\0H ") == index.count(b"\0") and not any(b" %d\t" % stage in index for stage in (1, 2, 3))


def _asked(repository: Repository, *arguments: str) -> bytes:
    found = repository.git.read(*arguments, patience=_PATIENCE)
    if found.status:
        raise UnavailableError(f"git cannot tell what has changed: {found.err}")
    return found.out
