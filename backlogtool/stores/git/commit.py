"""The write protocol: one commit of exactly the given paths, beside whatever a person is doing.

::

    lock (one writer a clone)  →  nothing in progress, files as they were read
    hold .git/index.lock       →  no person's `git add` or `git commit` comes in between
    work files: temporary, fsync, rename
    git commit --only          on a private copy of the index: their hooks, their signing, our paths
    the copy becomes the index, which lets go of the lock

The person's own index is replaced only at the end and only by one that differs in our paths, so staged
work stays staged and can never revert ours. On any failure the work files are put back and the index is
byte for byte as it was. Why this way: docs/decisions/0004-write-protocol.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from backlogtool.errors import BacklogError, ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.repository import Repository

AnyPath = TypeVar("AnyPath", str, bytes)

_PAUSE = 0.02
_REFUSING_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg")


@dataclass(slots=True)
class Change:
    """What a file is to become. ``seen`` is what its writer read (None: nothing); ``data`` None removes it.

    A ``derived`` file follows from others: uncommitted edits in it do not count.
    """

    path: str
    seen: bytes | None
    data: bytes | None
    derived: bool = False


@dataclass(slots=True)
class Outcome:
    """The new commit and what hooks printed."""

    id: str
    output: str = ""


@dataclass(slots=True)
class _Private:
    """Paths of one commit's private files in the git directory."""

    folder: str
    index: str = field(init=False)
    pathspecs: str = field(init=False)

    def __post_init__(self) -> None:
        self.index = os.path.join(self.folder, f"index.{os.getpid()}")
        self.pathspecs = os.path.join(self.folder, f"paths.{os.getpid()}")

    def remove(self) -> None:
        for path in (self.index, self.index + ".lock", self.pathspecs):
            with suppress(FileNotFoundError):
                os.unlink(path)


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
    repository.identity()
    tree = WorkTree(repository.root)
    private = _Private(os.path.join(repository.git_dir, "backlogtool"))
    with _index_lock(repository, wait) as finish:
        head = repository.head()
        _refuse_moved(tree, changes)
        if not with_edits:
            _refuse_edited(repository, changes)
        os.makedirs(private.folder, exist_ok=True)
        try:
            _write_files(tree, changes)
            outcome = _commit(repository, private, changes, message, at)
            _refuse_overtaken(repository, head, changes, outcome)
            finish(private.index)
        except BaseException:
            _put_back(tree, changes)
            raise
        finally:
            private.remove()
    return outcome


@contextmanager
def _index_lock(repository: Repository, wait: float) -> Iterator[Callable[[str], None]]:
    """Holds the index's lock file; the value takes the path of the index that is to replace it."""
    lock = repository.index_path + ".lock"
    deadline = time.monotonic() + wait
    while True:
        try:
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
            break
        except FileExistsError as error:
            if time.monotonic() > deadline:
                hint = "wait for it; if no git is running, remove that file"
                raise UnavailableError(f"another git holds {lock}", hint=hint) from error
            time.sleep(_PAUSE)
        except OSError as error:
            raise UnavailableError(f"the repository cannot be written to: {error.strerror}") from error
    done = False

    def finish(index: str) -> None:
        nonlocal done
        os.rename(index, lock)
        os.rename(lock, repository.index_path)
        done = True

    try:
        yield finish
    finally:
        if not done:
            with suppress(FileNotFoundError):
                os.unlink(lock)


def _refuse_moved(tree: WorkTree, changes: Sequence[Change]) -> None:
    held = dict(tree.read([change.path for change in changes]))
    for change in changes:
        if held[change.path] != change.seen:
            raise ConflictError(f"{change.path} has changed since it was read", hint="repeat the command")


def _refuse_edited(repository: Repository, changes: Sequence[Change]) -> None:
    edited: set[str] = set()
    for some in batched([change.path for change in changes if not change.derived], 500):
        edited |= repository.uncommitted(*some)
    if edited:
        raise RefusedError(
            f"{', '.join(sorted(edited))}: has edits that are not committed",
            hint="commit them first, or take them along with --with-edits",
        )


def _write_files(tree: WorkTree, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.data is None:
            tree.remove(change.path)
        else:
            tree.write(change.path, change.data)


def _put_back(tree: WorkTree, changes: Sequence[Change]) -> None:
    """Undoes ``_write_files`` wherever the file is still what it wrote."""
    for change in changes:
        for _, held in tree.read([change.path]):
            if held != change.data or held == change.seen:
                continue
            with suppress(UnavailableError):
                if change.seen is None:
                    tree.remove(change.path)
                else:
                    tree.write(change.path, change.seen)


def _commit(repository: Repository, private: _Private, changes: Sequence[Change], message: str, at: str) -> Outcome:
    git = repository.user_git
    extra = {"GIT_INDEX_FILE": private.index, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    _share(repository.index_path, private.index)
    with open(private.pathspecs, "wb") as file:
        file.write(b"".join(_spec(change) + b"\0" for change in changes))
    specs = (f"--pathspec-from-file={private.pathspecs}", "--pathspec-file-nul")
    for some in batched(_untracked(repository, changes, extra), 500):
        added = git.write("add", "--intent-to-add", "--force", "--", *some, extra=extra)
        if added.status:
            raise UnavailableError(f"git cannot add {some[0]}: {added.err}")
    arguments = ("commit", "--only", "--quiet", "--no-status", "--cleanup=verbatim", "--file=-", *specs)
    result = git.write(*arguments, stdin=message.encode(), extra=extra)
    printed = (result.out.decode("utf-8", "replace") + result.err).strip()
    if result.status:
        raise _refusal(repository, printed)
    return Outcome(repository.head(), printed)


def _spec(change: Change) -> bytes:
    """The path as a pathspec without magic. An option of git would reach the user's hooks as well."""
    return b":(top,literal)" + os.fsencode(change.path)


def _untracked(repository: Repository, changes: Sequence[Change], extra: Mapping[str, str]) -> list[str]:
    """The paths that the index does not know yet, as pathspecs."""
    there = [change for change in changes if change.data is not None]
    tracked: set[bytes] = set()
    for some in batched([_spec(change) for change in there], 500):
        listed = repository.user_git.write("ls-files", "-z", "--", *map(os.fsdecode, some), extra=extra)
        tracked |= set(listed.out.split(b"\0"))
    return [os.fsdecode(_spec(change)) for change in there if os.fsencode(change.path) not in tracked]


def _share(path: str, other: str) -> None:
    """The same content at another path. Git replaces an index by renaming, never in place, so a link will do."""
    with suppress(FileNotFoundError):
        try:
            os.link(path, other)
        except OSError:
            with open(path, "rb") as source, open(other, "wb") as target:
                target.write(source.read())


def _refusal(repository: Repository, printed: str) -> BacklogError:
    """Who said no: a hook of the user's, or git itself."""
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


def _refuse_overtaken(repository: Repository, head: str, changes: Sequence[Change], outcome: Outcome) -> None:
    """Takes the commit back if something that needs no index moved the branch and changed our paths meanwhile."""
    line = repository.first_parents(head, outcome.id)
    if not line:
        raise UnavailableError("git says that it committed, but the branch has not moved")
    if len(line) == 1:
        return
    paths = [change.path for change in changes]
    base = line[1]
    if not repository.differ(head, base, paths):
        return
    if repository.differ(base, outcome.id, paths):
        repository.user_git.write("update-ref", "-m", "backlogtool: overtaken", "HEAD", base, outcome.id)
        raise ConflictError("the branch moved on while the commit was made", hint="repeat the command")
    outcome.id = line[-1]  # a hook of the user's committed on top of ours


def batched(things: Sequence[AnyPath], size: int) -> Iterator[Sequence[AnyPath]]:
    """Slices of at most ``size``, so that a command line stays short enough."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
