"""The write protocol: one commit of exactly the given paths, beside whatever a person is doing.

::

    lock (one writer a clone)  →  heal what a dead writer left; nothing in progress
    journal, which is .git/index.lock too  →  no person's `git add` or `git commit` comes in between
    files as they were read    →  set aside, and the plan is on disk
    work files: temporary, fsync, rename
    index: a copy with our paths staged is put in place, before the branch moves
    git commit --only          on a private copy of the index: their hooks, their signing, our paths
    let go of .git/index.lock, and of the journal

`git commit` reads HEAD, then the index, then takes the lock. Whoever saw the new HEAD therefore sees the
new index too, and whoever saw the old one fails git's own comparison: nobody's next commit can revert ours.
Staged work of other paths stays staged. On any failure the work files are put back and the index is byte
for byte as it was; if the process dies, the next command does the same (`healing`). Why this way:
docs/decisions/0004-write-protocol.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from backlogtool.errors import BacklogError, ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.files import WorkTree, answered
from backlogtool.stores.git.healing import locks_left, remove_locks, settle, stands
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.journal import Change, Journal, Plan
from backlogtool.stores.git.objects import CommitObject
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging

_REFUSING_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg")


@dataclass(slots=True)
class Outcome:
    """The new commit and what hooks printed. ``commit`` is it if it holds exactly what was asked for."""

    id: str
    output: str = ""
    commit: CommitObject | None = None


def commit_files(
    repository: Repository,
    changes: Sequence[Change],
    message: str,
    *,
    at: str,
    with_edits: bool = False,
    wait: float = 10.0,
) -> Outcome:
    """Commits the changes and nothing else. The caller holds the clone's writer lock.

    ``at`` is the author's time. Raises ``ConflictError`` if a file or the branch is not what it was,
    ``RefusedError`` for uncommitted edits (unless ``with_edits``) and for a hook that says no,
    ``UnavailableError`` if the repository cannot be committed to now. Then nothing has changed.
    """
    repository.refuse_if_busy()
    staging = Staging(repository, [change.path for change in changes])
    with answered("the repository cannot be written to"), Interruptions() as interruptions:
        journal = Journal.begin(repository)
        try:
            plan = _prepare(repository, journal, staging, changes, with_edits, wait, interruptions)
            return _carry_out(_Write(repository, changes, journal, plan, staging, interruptions), message, at)
        finally:
            journal.close()


def _prepare(
    repository: Repository,
    journal: Journal,
    staging: Staging,
    changes: Sequence[Change],
    with_edits: bool,
    wait: float,
    interruptions: Interruptions,
) -> Plan:
    """Takes the index, sees that everything is as it was read, and writes the plan down."""
    try:
        journal.claim_index(wait, interruptions)
        head = repository.head()
        tree = WorkTree(repository.root)
        for number, change in enumerate(changes):
            if change.seen is not None:
                tree.keep(change.path, staging.kept(number))
        _refuse_moved(tree, changes)
        if not with_edits:
            _refuse_edited(repository, head, changes)
        interruptions.obey()
        return journal.record(head, staging.keep(), changes)
    except BaseException:
        staging.remove()
        journal.end()
        raise


@dataclass(frozen=True, slots=True)
class _Write:
    """A write whose plan is on disk."""

    repository: Repository
    changes: Sequence[Change]
    journal: Journal
    plan: Plan
    staging: Staging
    interruptions: Interruptions


def _carry_out(write: _Write, message: str, at: str) -> Outcome:
    repository, plan = write.repository, write.plan
    try:
        written = _write_files(write)
        write.staging.stage()
        _refuse_saved(WorkTree(repository.root), written)
        write.staging.place()
        write.interruptions.obey()
        outcome = _commit(write, message, at)
        parent = _refuse_overtaken(repository, plan, outcome)
        _refuse_stray(write, written, parent, outcome)
        if not write.staging.follow(parent, outcome.id):
            outcome.commit = None
        if locks_left(repository):
            remove_locks(repository, write.journal)
    except BaseException as error:
        if isinstance(error, ConflictError) or not stands(repository, plan):
            settle(repository, write.journal, plan, committed=False)
            write.interruptions.obey()
            raise
        # Whatever failed, failed after the commit: it counts, and what is left the next command can do as well.
        with suppress(BacklogError, OSError):
            settle(repository, write.journal, plan, committed=True)
        return Outcome(repository.head())
    with suppress(OSError):  # the commit stands; what is left to tidy, the next command finds
        write.staging.remove()
        write.journal.end()
    return outcome


def _refuse_moved(tree: WorkTree, changes: Sequence[Change]) -> None:
    held = dict(tree.read([change.path for change in changes]))
    for change in changes:
        if held[change.path] != change.seen:
            raise ConflictError(f"{change.path} has changed since it was read", hint="repeat the command")


def _refuse_edited(repository: Repository, head: str, changes: Sequence[Change]) -> None:
    edited: set[str] = set()
    for some in batched([change.path for change in changes if not change.derived], 500):
        edited |= repository.uncommitted(*some, head=head)
    if edited and edited & repository.changed_for_git(sorted(edited)):
        raise RefusedError(
            f"{', '.join(sorted(edited))}: has edits that are not committed",
            hint="commit them first, or take them along with --with-edits",
        )


def _write_files(write: _Write) -> dict[str, tuple[int, ...]]:
    """Writes each file; path -> its stamp. What a person saved a moment ago stays, and is a conflict."""
    tree = WorkTree(write.repository.root)
    stamps = {}
    for change in write.changes:
        write.interruptions.obey()
        _refuse_moved(tree, [change])
        if change.data is None:
            tree.remove(change.path)
        else:
            tree.write(change.path, change.data)
        stamps[change.path] = tree.stamp(change.path)
        fault.point()
    return stamps


def _refuse_saved(tree: WorkTree, stamps: dict[str, tuple[int, ...]]) -> None:
    """What git has just staged must be what we wrote, and not what an editor saved over it."""
    for path, stamp in stamps.items():
        if tree.stamp(path) != stamp:
            raise ConflictError(f"{path} was saved by somebody while it was written", hint="repeat the command")


def _commit(write: _Write, message: str, at: str) -> Outcome:
    extra = {**write.staging.environment, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    result = write.repository.user_git.write(
        *("commit", "--only", "--quiet", "--no-status", "--cleanup=verbatim", "--file=-"),
        *write.staging.pathspecs,
        stdin=message.encode(),
        extra=extra,
        inherited=[write.journal.handle],
        interruptions=write.interruptions,
    )
    fault.point()
    printed = (result.out.decode("utf-8", "replace") + result.err).strip()
    if result.status:
        raise _refusal(write.repository, printed)
    return Outcome("", printed)


def _refusal(repository: Repository, printed: str) -> BacklogError:
    """Who said no: a hook of the user's, or git itself."""
    repository.identity()  # raises if that is what is missing
    told = printed or "no reason given"
    if "cannot lock ref" in told and "but expected" in told:
        return ConflictError("the branch moved on while the commit was made", hint="repeat the command")
    if not any(line.startswith(("fatal:", "error:")) for line in told.splitlines()) and _has_hooks(repository):
        return RefusedError(f"a hook refused the commit: {told}", hint="nothing was changed; do what the hook asks")
    return UnavailableError(f"git could not commit: {told}", hint="nothing was changed")


def _has_hooks(repository: Repository) -> bool:
    found = repository.user_git.write("rev-parse", "--git-path", "hooks")
    folder = os.path.join(repository.root, os.fsdecode(found.out).rstrip("\n"))
    return any(os.access(os.path.join(folder, hook), os.X_OK) for hook in _REFUSING_HOOKS)


def _refuse_overtaken(repository: Repository, plan: Plan, outcome: Outcome) -> str:
    """Takes the commit back if something that needs no index moved the branch and changed our paths meanwhile.

    Otherwise names the new commit in ``outcome``, and gives the one that it stands on; empty for the first one.
    """
    line = repository.first_parents(plan.head)
    if not line:
        raise UnavailableError("git says that it committed, but the branch has not moved")
    outcome.id, outcome.commit = line[0].id, line[0]
    base = line[1].id if len(line) > 1 else plan.head
    if base == plan.head or not repository.differ(plan.head, base, plan.paths):
        return base
    if repository.differ(base, outcome.id, plan.paths):
        _take_back(repository, base, outcome)
        raise ConflictError("the branch moved on while the commit was made", hint="repeat the command")
    outcome.id, outcome.commit = line[-1].id, line[-1]  # a hook of the user's committed on top of ours
    return plan.head


def _refuse_stray(write: _Write, stamps: dict[str, tuple[int, ...]], parent: str, outcome: Outcome) -> None:
    """Takes the commit back if git committed what an editor saved in the moment before; hooks may change files."""
    tree = WorkTree(write.repository.root)
    saved = [path for path, stamp in stamps.items() if tree.stamp(path) != stamp]
    if not saved or _has_hooks(write.repository) or not write.staging.differs(outcome.id, saved):
        return
    _take_back(write.repository, parent, outcome)
    raise ConflictError(f"{saved[0]} was saved by somebody while it was committed", hint="repeat the command")


def _take_back(repository: Repository, base: str, outcome: Outcome) -> None:
    arguments = ("HEAD", base, outcome.id) if base else ("-d", "HEAD", outcome.id)
    repository.user_git.write("update-ref", "-m", "backlogtool: overtaken", *arguments)


def batched(things: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Slices of at most ``size``, so that a command line stays short enough."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
