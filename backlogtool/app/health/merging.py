"""Whether git merges items field by field here, as the repository wants."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check
from backlogtool.app.health.seen import Seen
from backlogtool.app.merging import ATTRIBUTE, SECTION
from backlogtool.app.merging import driver as wanted
from backlogtool.stores.git.files import WorkTree

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
