"""After a write that did not come to its end: finish it if its commit stands, undo it if not.

One piece of code for a write that fails and for one whose process died; it may itself be interrupted at any
point and be done again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

from backlogtool.errors import UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.journal import Journal, Plan
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging
from backlogtool.stores.git.workfiles import WorkFiles, answered

#: Git holds the lock of a branch for milliseconds; one that stays this long after its writer died is left over.
_SETTLED = 1.0  # seconds
_PAUSE = 0.05
#: How the names of the indexes begin that ``git commit --only`` makes for a while.
_NEXT = "next-index-"


def heal(repository: Repository, wait: float) -> str:
    """Heals what a dead writer left; tells what it did, or nothing. The caller holds the clone's writer lock.

    Raises ``UnavailableError`` if a git still works on it, or somebody else holds the index, for ``wait`` seconds.
    """
    journal = Journal.left(repository, wait)
    if journal is None:
        return ""
    try:
        with answered("an interrupted write cannot be healed"), Interruptions() as interruptions:
            plan = journal.plan()
            if plan is None:
                Staging(repository, ()).remove()
                journal.end()
                return ""
            held = journal.holds_index()
            if not held:
                journal.claim_index(wait, interruptions)
            committed = stands(repository, plan)
            settle(repository, journal, plan, committed=committed, held=held, wait=wait)
            paths = ", ".join(plan.paths[:3]) + (" …" if len(plan.paths) > 3 else "")
            return f"an interrupted write was {'finished' if committed else 'undone'}: {paths}"
    finally:
        journal.close()


def stands(repository: Repository, plan: Plan) -> bool:
    """Whether the write's commit was made: the branch has moved on, and changed our paths."""
    head = repository.head()
    return head != plan.head and repository.differ(plan.head, head, plan.paths)


def settle(
    repository: Repository, journal: Journal, plan: Plan, *, committed: bool, held: bool = True, wait: float = 10.0
) -> None:
    """Leaves the repository as it is after the write, or as it was before it, and ends the journal.

    ``held`` says that nobody else can have touched the index since the write began.
    """
    tree, staging = WorkFiles(repository.root), Staging(repository, plan.paths)
    remove_locks(repository, journal, wait)
    back = [] if committed else _put_back(tree, staging, plan)
    tree.remove_temporary(plan.paths)
    if committed or not held:
        staging.align(plan.paths if committed else back)
    else:
        staging.put_back(plan.indexed)
    staging.remove()
    journal.end()


def _put_back(tree: WorkFiles, staging: Staging, plan: Plan) -> list[str]:
    """Puts each file back that is still what the write left there; a person's later edit stays."""
    back = []
    for number, step in enumerate(plan.steps):
        for _, data in tree.read([step.path]):
            if step.wrote(data) and step.written != step.seen:
                if step.seen is None:
                    tree.remove(step.path)
                else:
                    tree.put_back(step.path, staging.kept(number))
                back.append(step.path)
                fault.point()
    return back


def remove_locks(repository: Repository, journal: Journal, wait: float = 10.0) -> None:
    """Removes the locks of a git of ours that was killed: younger than the journal, and nobody lets go of them.

    ``git commit`` needs ``index.lock`` before these, and we hold it; other commands hold them for moments.
    """
    for name in _left(repository):
        if name.startswith(_NEXT):
            _unlink(os.path.join(repository.git_dir, name))
    begun = os.fstat(journal.handle).st_mtime
    deadline = time.monotonic() + wait
    for path in _branch_locks(repository):
        seen, since = _identity(path), time.monotonic()
        while seen and seen[2] >= begun and _identity(path) == seen and time.monotonic() < since + _SETTLED:
            time.sleep(_PAUSE)
        if not seen or _identity(path) != seen or seen[2] < begun:
            continue
        while any(_gits_at_work(repository)):
            if time.monotonic() > deadline:
                raise UnavailableError(f"another git holds {path}", hint="wait for it to end")
            time.sleep(_PAUSE)
        _unlink(path)


def locks_left(repository: Repository) -> bool:
    """Whether a git that has ended may have left locks: it could not remove them, or was killed."""
    return bool(_left(repository))


def _left(repository: Repository) -> list[str]:
    names = _names(repository.git_dir)
    return [name for name in names if name == "HEAD.lock" or (name.startswith(_NEXT) and name.endswith(".lock"))]


def _branch_locks(repository: Repository) -> list[str]:
    """The lock files that ``git commit`` takes to move the branch."""
    found = repository.git.read("symbolic-ref", "--quiet", "HEAD")
    branch = os.fsdecode(found.out).rstrip("\n")
    locks = [os.path.join(repository.git_dir, "HEAD.lock")]
    return locks + ([os.path.join(repository.common_dir, branch + ".lock")] if branch.startswith("refs/heads/") else [])


def _gits_at_work(repository: Repository) -> Iterator[str]:
    """The running gits whose directory lies in this repository; empty where the system does not tell."""
    places = tuple(os.path.join(os.path.realpath(one), "") for one in (repository.root, repository.common_dir))
    for process in _names("/proc"):
        if not process.isdigit():
            continue
        with suppress(OSError):
            command = os.path.basename(os.readlink(f"/proc/{process}/exe"))
            if command == "git" and os.path.join(os.readlink(f"/proc/{process}/cwd"), "").startswith(places):
                yield process


def _identity(path: str) -> tuple[int, int, float] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
