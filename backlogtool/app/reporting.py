"""What reports of findings need beside them: the texts of files, the lines that a branch has changed, a summary."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress

from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.errors import InvalidError
from backlogtool.stores.git.objects import read_objects


def texts(space: Workspace, findings: Iterable[Finding]) -> dict[str, str]:
    """path -> text of the files in which findings have a line, as they stand; without those that cannot be read."""
    found = {}
    for path in dict.fromkeys(one.path for one in findings if one.path and one.line):
        with suppress(InvalidError, UnicodeDecodeError):
            data = space.store.file(path)
            if data is not None:
                found[path] = data.decode()
    return found


def changed_lines(space: Workspace, standing: Mapping[str, str], since: str) -> dict[str, frozenset[int]]:
    """path -> numbers of the lines that the merge base with ``since`` does not have.

    ``standing`` are the texts of the paths. Nothing without a revision; a line that has only moved has not changed.
    What is not checked out is compared with ``since`` itself, which is a merge base then.
    """
    if not since or space.repository is None:
        return {}
    commit = space.repository.resolve(since)
    base = commit if space.revision else space.repository.merge_base(commit)
    before = read_objects(space.repository.git, [f"{base}:{path}" for path in standing], (b"blob",))
    found = {}
    for path, text in standing.items():
        known = set(before.get(f"{base}:{path}", b"").split(b"\n"))
        lines = enumerate(text.encode().split(b"\n"), 1)
        found[path] = frozenset(number for number, line in lines if line not in known)
    return found


def append(path: str, text: str) -> bool:
    """Adds text to a regular file that is there; False if there is none, or it cannot be written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with open(handle, "ab") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        file.write(text.encode())
    return True
