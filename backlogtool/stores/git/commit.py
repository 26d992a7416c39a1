"""The write protocol: one commit of exactly the given paths, beside whatever a person is doing.

::

    lock (one writer a clone)  →  nothing in progress, files as they were read
    hold .git/index.lock       →  no person's `git add` or `git commit` comes in between
    work files: temporary, fsync, rename
    index: a copy with our paths staged is put in place, before the branch moves
    git commit --only          on a private copy of the index: their hooks, their signing, our paths
    let go of .git/index.lock

`git commit` reads HEAD, then the index, then takes the lock. Whoever saw the new HEAD therefore sees the
new index too, and whoever saw the old one fails git's own comparison: nobody's next commit can revert ours.
Staged work of other paths stays staged. On any failure the work files are put back and the index is byte
for byte as it was. Why this way: docs/decisions/0004-write-protocol.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from backlogtool.errors import BacklogError, ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.repository import Repository

_PAUSE = 0.02
#: A path as a pathspec without magic. An option of git would reach the user's hooks as well.
_SPEC = b":(top,literal)"
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
    before: str = field(init=False)
    pathspecs: str = field(init=False)

    def __post_init__(self) -> None:
        self.index = os.path.join(self.folder, f"index.{os.getpid()}")
        self.before = os.path.join(self.folder, f"before.{os.getpid()}")
        self.pathspecs = os.path.join(self.folder, f"paths.{os.getpid()}")

    def remove(self) -> None:
        for path in (self.index, self.index + ".lock", self.before, self.pathspecs):
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
    with _index_lock(repository, wait):
        head = repository.head()
        _refuse_moved(tree, changes)
        if not with_edits:
            _refuse_edited(repository, changes)
        os.makedirs(private.folder, exist_ok=True)
        existed = _share(repository.index_path, private.before)
        try:
            _write_files(tree, changes)
            _stage(repository, private, changes)
            outcome = _commit(repository, private, message, at)
            _refuse_overtaken(repository, head, changes, outcome)
            os.rename(private.index, repository.index_path)  # a hook may have changed what was committed
        except BaseException:
            _put_back(tree, changes)
            _put_index_back(repository, private, existed)
            raise
        finally:
            private.remove()
    return outcome


@contextmanager
def _index_lock(repository: Repository, wait: float) -> Iterator[None]:
    """Holds the index's lock file, as git does while it changes the index."""
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
    try:
        yield
    finally:
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


def _stage(repository: Repository, private: _Private, changes: Sequence[Change]) -> None:
    """Puts an index in place in which exactly our paths are as in the work tree."""
    _share(repository.index_path, private.index)
    with open(private.pathspecs, "wb") as file:
        file.write(b"".join(_SPEC + os.fsencode(change.path) + b"\0" for change in changes))
    extra = {"GIT_INDEX_FILE": private.index}
    added = repository.user_git.write("add", "--all", "--force", *_specs(private), extra=extra)
    if added.status:
        raise UnavailableError(f"git cannot add the files: {added.err}")
    placed = f"{private.index}.lock"
    _share(private.index, placed)
    os.rename(placed, repository.index_path)


def _commit(repository: Repository, private: _Private, message: str, at: str) -> Outcome:
    extra = {"GIT_INDEX_FILE": private.index, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    arguments = ("commit", "--only", "--quiet", "--no-status", "--cleanup=verbatim", "--file=-")
    result = repository.user_git.write(*arguments, *_specs(private), stdin=message.encode(), extra=extra)
    printed = (result.out.decode("utf-8", "replace") + result.err).strip()
    if result.status:
        raise _refusal(repository, printed)
    return Outcome(repository.head(), printed)


def _specs(private: _Private) -> tuple[str, ...]:
    return f"--pathspec-from-file={private.pathspecs}", "--pathspec-file-nul"


def _put_index_back(repository: Repository, private: _Private, existed: bool) -> None:
    if existed:
        os.rename(private.before, repository.index_path)
    else:
        with suppress(FileNotFoundError):
            os.unlink(repository.index_path)


def _share(path: str, other: str) -> bool:
    """The same content at another path; False if there is none.

    Git replaces an index by renaming, never in place, so a link will do.
    """
    try:
        os.link(path, other)
    except FileNotFoundError:
        return False
    except OSError:
        with open(path, "rb") as source, open(other, "wb") as target:
            target.write(source.read())
    return True


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


def batched(things: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Slices of at most ``size``, so that a command line stays short enough."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
