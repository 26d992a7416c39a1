"""The write protocol: one commit of exactly the given paths, beside whatever a person is doing.

::

    lock (one writer a clone)  →  heal what a dead writer left; nothing in progress
    journal, which is .git/index.lock too  →  no person's `git add` or `git commit` comes in between
    files as they were read    →  set aside, and the plan is on disk
    work files: temporary, fsync, rename
    index: a copy with our paths staged is put in place, before the branch moves
    git commit --only          on a private copy of the index: their hooks, their signing, our paths;
                               or plumbing, where nothing asks for git commit itself (``tip``, ``plumbing``)
    let go of .git/index.lock, and of the journal

`git commit` reads HEAD, then the index, then takes the lock. Whoever saw the new HEAD therefore sees the
new index too, and whoever saw the old one fails git's own comparison: nobody's next commit can revert ours.
Staged work of other paths stays staged. On any failure the work files are put back and the index is byte
for byte as it was; if the process dies, the next command does the same (`healing`). Why this way:
docs/decisions/0004-write-protocol.md and 0022-the-price-of-a-write.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from backlogtool.errors import BacklogError, ConflictError, RefusedError
from backlogtool.stores.git import edits, fault, plumbing, refs, tip
from backlogtool.stores.git.healing import locks_left, remove_locks, settle, stands
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.journal import Change, Journal, Plan
from backlogtool.stores.git.moving import folders, origins
from backlogtool.stores.git.plumbing import Made
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging, sync
from backlogtool.stores.git.tip import Tip
from backlogtool.stores.git.underway import Outcome, Write
from backlogtool.stores.git.workfiles import WorkFiles, answered


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
            plan, base = _prepare(repository, journal, staging, changes, with_edits, wait, interruptions)
            write = Write(repository, changes, journal, plan, staging, interruptions, message, at)
            outcome = _carry_out(write, base)
        finally:
            journal.close()
    if base is not None:
        plumbing.maintain(repository)
    return outcome


def _prepare(
    repository: Repository,
    journal: Journal,
    staging: Staging,
    changes: Sequence[Change],
    with_edits: bool,
    wait: float,
    interruptions: Interruptions,
) -> tuple[Plan, Tip | None]:
    """Takes the index, sees that everything is as it was read, and writes the plan down.

    The second value is the last commit, if one on top of it needs no ``git commit``.
    """
    try:
        journal.claim_index(wait, interruptions)
        head = repository.head()
        tree = WorkFiles(repository.root)
        for number, change in enumerate(changes):
            if change.seen is not None:
                tree.keep(change.path, staging.kept(number))
        _refuse_moved(tree, changes)
        base = None if with_edits else tip.plain(repository, head, changes)
        if base is None and not with_edits:
            _refuse_edited(repository, head, changes)
        interruptions.obey()
        return journal.record(head, staging.keep(), changes), base
    except BaseException:
        staging.remove()
        journal.end()
        raise


def _carry_out(write: Write, base: Tip | None) -> Outcome:
    repository, plan = write.repository, write.plan
    try:
        stamps = _write_files(write)
        made = _staged(write, base)
        _refuse_saved(WorkFiles(repository.root), stamps)
        write.staging.place()
        write.interruptions.obey()
        outcome = _with_git_commit(write, stamps) if made is None else plumbing.commit(write, made)
        _settle_branch(repository)
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


def _with_git_commit(write: Write, stamps: Mapping[str, tuple[int, ...]]) -> Outcome:
    from backlogtool.stores.git import porcelain  # most commits are made without

    return porcelain.commit(write, stamps)


def _staged(write: Write, base: Tip | None) -> Made | None:
    """Stages the files; the commit of them, where one on top of ``base`` needs no ``git commit``."""
    handles = [write.journal.handle]
    if base is not None:
        write.staging.stage(handles, plainly=True)
        made = plumbing.made(write, base)
        if made is not None:
            return made
    write.staging.stage(handles)
    return None


def _settle_branch(repository: Repository) -> None:
    """Makes durable that the branch has moved on which HEAD is."""
    held = refs.head(repository.git_dir, repository.common_dir)
    if held and held.branch:
        settle_branch(repository, held.branch)
    else:  # detached, or stored in a way of its own
        sync(repository.git_dir)
        fault.point()


def settle_branch(repository: Repository, branch: str) -> None:
    """Makes durable that a branch has moved. Git does that for the content of its file, and not for its name."""
    folder = branch.rpartition("/")[0]
    while folder.startswith("refs/"):
        with suppress(FileNotFoundError):  # somebody packs the branches
            sync(os.path.join(repository.common_dir, folder))
        folder = folder.rpartition("/")[0]
    fault.point()


def _refuse_moved(tree: WorkFiles, changes: Sequence[Change]) -> None:
    held = dict(tree.read([change.path for change in changes]))
    for change in changes:
        if held[change.path] != change.seen:
            raise ConflictError(f"{change.path} has changed since it was read", hint="repeat the command")


def _refuse_edited(repository: Repository, head: str, changes: Sequence[Change]) -> None:
    paths = {change.path for change in changes if not change.derived}
    edited = repository.uncommitted(*edits.asked(paths), head=head) & paths if paths else set()
    if edited and edited & repository.changed_for_git(sorted(edited)):
        raise RefusedError(
            f"{', '.join(sorted(edited))}: has edits that are not committed",
            hint="commit them first, or take them along with --with-edits",
        )


def _write_files(write: Write) -> dict[str, tuple[int, ...]]:
    """Writes each file; path -> its stamp. What a person saved a moment ago stays, and is a conflict."""
    tree = WorkFiles(write.repository.root)
    stamps: dict[str, tuple[int, ...]] = {}
    moved = origins(write.changes)
    gone = {one.path for one in moved.values()}
    for change in (one for one in write.changes if one.path not in gone):
        write.interruptions.obey()
        origin = moved.get(change.path)
        _refuse_moved(tree, [change, origin] if origin else [change])
        if origin:
            tree.move(origin.path, change.path)
        elif change.data is None:
            tree.remove(change.path, alone=False)
        else:
            tree.write(change.path, change.data, alone=False)
        stamps[change.path] = tree.stamp(change.path)
        fault.point()
    tree.settle(*folders(write.changes))
    return stamps | dict.fromkeys(gone, ())


def _refuse_saved(tree: WorkFiles, stamps: dict[str, tuple[int, ...]]) -> None:
    """What git has just staged must be what we wrote, and not what an editor saved over it."""
    for path, stamp in stamps.items():
        if tree.stamp(path) != stamp:
            raise ConflictError(f"{path} was saved by somebody while it was written", hint="repeat the command")
