"""Which item files differ from the last commit, found without reading those that git knows to be unchanged.

Git compares its stamps with those of the files, in a fraction of the time that reading them takes; what it does not
know to be the same is then compared as ``edits.uncommitted`` does. Git is asked only where nothing that is configured
could run or hide a file, else every file is read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.repository import Repository

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


def edited(repository: Repository, head: str, entries: Callable[[], bytes]) -> set[str]:
    """What ``Repository.uncommitted`` says of all below ``items/``.

    ``head`` is the last commit, ``entries`` are its item files as ``differences.entries_of`` lists them.
    """
    try:
        paths = _candidates(repository, entries) if _is_plain(repository) else None
    except UnavailableError:  # the longer way tells what is wrong, or whether it matters at all
        paths = None
    if paths is None or len(paths) > _MANY:
        return repository.uncommitted(f"{ITEMS}/", head=head)
    return repository.uncommitted(*sorted(paths), head=head) if paths else set()


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
    """The paths that may differ; None if that has to be found in another way."""
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
    told = {*changed.split(b"\0")[1::2], *others.out.split(b"\0"), *differing} - {b""}
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
