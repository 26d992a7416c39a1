"""Whether git merges items field by field here, as the repository wants, and conflicts that somebody committed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check, some
from backlogtool.app.health.repairs import Repair
from backlogtool.app.health.seen import Seen
from backlogtool.app.merging import ATTRIBUTE, SECTION, merge_files
from backlogtool.app.merging import driver as wanted
from backlogtool.app.workspace import Workspace
from backlogtool.errors import BacklogError
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.unmerged import unmerged

_FIX = "backlogtool init --merge-driver"
_LIMIT = 1 << 16  # bytes of the file of attributes that is read


def driver(seen: Seen) -> Iterator[Check]:
    """The attribute is shared, the program behind it is not: a fresh clone has the one without the other."""
    if not seen.repository.root or not _is_wanted(seen.repository.root):
        return
    command = seen.config.get(f"{SECTION}.driver", "")
    program = command.split("%", 1)[0] and _program(command)
    if not command:
        told = "this repository wants items merged field by field, and this clone has no driver for it"
        risk = "git merges them by lines: changes of one field on both sides, and two comments, are conflicts"
        yield Check("merging", NOTE, told, "git takes no programs from a repository that is cloned", risk, _FIX)
    elif not os.access(program, os.X_OK):
        told = f"the merge driver '{program}' is not there"
        yield Check(
            "merging", PROBLEM, told, "Python was moved or removed", "every merge of an item is a conflict", _FIX
        )
    elif command != wanted()[f"{SECTION}.driver"]:
        yield Check("merging", NOTE, "the merge driver is another program than this backlogtool", fix=_FIX)
    else:
        yield Check("merging", OK, "git merges items field by field")


def _program(command: str) -> str:
    try:
        return shlex.split(command)[0]
    except (ValueError, IndexError):
        return command


def _is_wanted(root: str) -> bool:
    for _, data in WorkTree(root).read([".gitattributes"], _LIMIT):
        return isinstance(data, bytes) and ATTRIBUTE.encode() in data.splitlines()
    return False


def markers(space: Workspace) -> Iterator[Check]:
    """Items with conflict markers that are in no conflict of git: a forge, or somebody, committed them."""
    if not _are_committed(space):
        return
    found = merge_files(space, dry=True)
    clean = [one.path for one in found if not one.left]
    left = [one.path for one in found if one.left]
    cause = "a merge that did not fit was committed with its markers"
    risk = "the items cannot be read"
    if clean:
        told = f"conflict markers that merge cleanly: {some(clean)}"
        yield Check(
            "markers", PROBLEM, told, cause, risk, "backlogtool doctor --fix, then git add and commit them", mends=True
        )
    if left:
        told = f"conflict markers that a person has to settle: {some(left)}"
        yield Check("markers", PROBLEM, told, cause, risk, "backlogtool merge tells what is left in each")


def mend_markers(space: Workspace) -> Repair:
    """Merges those that merge cleanly; the others stay as they are."""
    if not _are_committed(space):
        return Repair(())
    try:
        found = merge_files(space, clean=True)
    except BacklogError as error:
        return Repair((), (f"{error}; {error.hint}" if error.hint else str(error),))
    merged = [one.path for one in found if not one.left]
    done = f"conflict markers were merged in {some(merged)}: look at git diff, then git add and commit them"
    return Repair((done,) if merged else (), tuple(f"{one.path}: {told}" for one in found for told in one.left))


def _are_committed(space: Workspace) -> bool:
    """Files are looked through only where some item is known to have markers."""
    repository = space.repository
    if repository is None or not repository.root or space.loaded.policy is None:
        return False
    marked = any(finding.code == "BL118" for finding in space.store.find(space.query()).unreadable)
    return marked and not unmerged(repository)
