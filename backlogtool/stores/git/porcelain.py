"""The commit of a write as ``git commit --only`` makes it: with the user's hooks, signing, and all else git does."""

from __future__ import annotations

import os
from collections.abc import Mapping

from backlogtool.errors import BacklogError, ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.journal import Plan
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.underway import Outcome, Write
from backlogtool.stores.git.workfiles import WorkFiles

_REFUSING_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg")


def commit(write: Write, stamps: Mapping[str, tuple[int, ...]]) -> Outcome:
    """Makes the commit of what is staged, and moves the branch. ``stamps`` are those of the files as we wrote them.

    Raises ``ConflictError`` if somebody else changed our paths, ``RefusedError`` for a hook that says no, and
    ``UnavailableError``.
    """
    printed = _run(write)
    parent, outcome = _refuse_overtaken(write.repository, write.plan)
    _refuse_stray(write, stamps, parent, outcome)
    untouched = write.staging.follow(parent, outcome.id)
    return outcome._replace(output=printed, commit=outcome.commit if untouched else None)


def _run(write: Write) -> str:
    """Runs ``git commit``; gives what it and the user's hooks print."""
    extra = {**write.staging.environment, "GIT_AUTHOR_DATE": write.at, "GIT_COMMITTER_DATE": write.at}
    result = write.repository.user_git.write(
        *("commit", "--only", "--quiet", "--no-status", "--cleanup=verbatim", "--file=-"),
        *write.staging.pathspecs,
        stdin=write.message.encode(),
        extra=extra,
        inherited=[write.journal.handle],
        interruptions=write.interruptions,
    )
    fault.point()
    printed = (result.out.decode("utf-8", "replace") + result.err).strip()
    if result.status:
        raise refusal(write.repository, printed)
    return printed


def refusal(repository: Repository, printed: str) -> BacklogError:
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


def _refuse_overtaken(repository: Repository, plan: Plan) -> tuple[str, Outcome]:
    """The new commit, and the id of the one that it stands on; empty for the first one.

    Takes it back if something that needs no index moved the branch and changed our paths meanwhile.
    """
    line = repository.first_parents(plan.head)
    if not line:
        raise UnavailableError("git says that it committed, but the branch has not moved")
    outcome = Outcome(line[0].id, commit=line[0])
    base = line[1].id if len(line) > 1 else plan.head
    if base == plan.head or not repository.differ(plan.head, base, plan.paths):
        return base, outcome
    if repository.differ(base, outcome.id, plan.paths):
        _take_back(repository, base, outcome)
        raise ConflictError("the branch moved on while the commit was made", hint="repeat the command")
    return plan.head, Outcome(line[-1].id, commit=line[-1])  # a hook of the user's committed on top of ours


def _refuse_stray(write: Write, stamps: Mapping[str, tuple[int, ...]], parent: str, outcome: Outcome) -> None:
    """Takes the commit back if git committed what an editor saved in the moment before; hooks may change files."""
    tree = WorkFiles(write.repository.root)
    saved = [path for path, stamp in stamps.items() if tree.stamp(path) != stamp]
    if not saved or _has_hooks(write.repository) or not write.staging.differs(outcome.id, saved):
        return
    _take_back(write.repository, parent, outcome)
    raise ConflictError(f"{saved[0]} was saved by somebody while it was committed", hint="repeat the command")


def _take_back(repository: Repository, base: str, outcome: Outcome) -> None:
    arguments = ("HEAD", base, outcome.id) if base else ("-d", "HEAD", outcome.id)
    repository.user_git.write("update-ref", "-m", "backlogtool: overtaken", *arguments)
