"""One commit on a branch that is not checked out: its folders are made anew, git commits them and moves the branch.

Until the branch moves nothing refers to what was made, so a write that dies leaves nothing to heal; its private files
go with those of the next write.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from backlogtool.errors import ConflictError, RefusedError, UnavailableError
from backlogtool.stores.git import branches, fault, plumbing, tip, trees
from backlogtool.stores.git.commit import settle_branch
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.objects import loose_commit, read_commits
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging
from backlogtool.stores.git.tip import Tip
from backlogtool.stores.git.trees import Entry
from backlogtool.stores.git.underway import Outcome
from backlogtool.stores.git.workfiles import answered

_FILES = (b"100644", b"100755")
#: What stands for a file that is new.
_NEW = Entry(_FILES[0], b"")
#: An index of ours alone: hooks that watch the user's have no business with it, and it is whole.
_PRIVATE = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.sparseCheckout=false"),
    *("-c", "core.splitIndex=false"),
    *("-c", "index.sparse=false"),
)


def commit_on_branch(
    repository: Repository,
    changes: Sequence[Change],
    message: str,
    *,
    at: str,
    with_edits: bool,  # noqa: ARG001 - there are none
    wait: float,  # noqa: ARG001 - nobody else's lock is taken
    name: str,
    new: bool,
) -> Outcome:
    """Commits the changes on top of the last commit of ``repository`` and moves the branch there.

    Raises ``ConflictError`` if the branch has moved on or is checked out by now, ``RefusedError`` for what cannot be
    committed without a work tree, ``UnavailableError`` if git says no. Then nothing has changed.
    """
    repository.refuse_if_busy()
    branches.refuse_checked_out(repository, name)
    staging = Staging(repository, ())
    with answered("the repository cannot be written to"), Interruptions() as interruptions:
        os.makedirs(staging.folder, exist_ok=True)
        try:
            work = _Work(repository, staging, message, at)
            made = work.commit(work.tree(changes))
            interruptions.obey()
            _move(work, interruptions, name, made, "" if new else repository.head())
        except UnavailableError:
            interruptions.obey()  # a git that was told to stop as well may have failed first
            raise
        finally:
            staging.remove()
    plumbing.maintain(repository)
    return Outcome(made, commit=loose_commit(repository.common_dir, made) or read_commits(repository.git, [made])[made])


class _Work:
    """The making of one commit: git on a private index."""

    def __init__(self, repository: Repository, staging: Staging, message: str, at: str) -> None:
        self.repository = repository
        self.message = message
        self.dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        self._staging = staging

    def tree(self, changes: Sequence[Change]) -> str:
        """The id of a tree that is the last commit's but for the changes."""
        head, blobs = self.repository.head(), self._blobs(changes)
        base = tip.read(self.repository, head, [change.path for change in changes])
        tree = (self._rebuilt(base, changes, blobs) if base else "") or self._indexed(head, changes, blobs)
        fault.point()
        if tree == (base.root if base else read_commits(self.repository.git, [head])[head].tree):
            raise UnavailableError("git could not commit: nothing would change", hint="the branch has all of it")
        return tree

    def _indexed(self, head: str, changes: Sequence[Change], blobs: Sequence[bytes]) -> str:
        """The same made by git, with all of the last commit in its index: of odd trees, and to say what is odd."""
        self._git("read-tree", head)
        modes = self._modes(changes)
        gone = b"0", b"0" * len(head)
        both = zip(changes, blobs, strict=True)
        self._index([(one.path, *((modes[one.path], blob) if blob else gone)) for one, blob in both])
        self._refuse_filtered(changes)
        return self._git("write-tree", "--missing-ok").decode().strip()

    def _index(self, entries: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Puts files, by path, mode and blob, into the private index."""
        lines = (b"%b %b\t%b\0" % (mode, blob, os.fsencode(path)) for path, mode, blob in entries)
        self._git("update-index", "-z", "--index-info", stdin=b"".join(lines))

    def commit(self, tree: str) -> str:
        """The id of the commit. It is signed where the person's commits are: ``commit-tree`` itself does not look."""
        git = self.repository.user_git
        told = git.write("config", "--type=bool", "--get", "commit.gpgSign")
        sign = ("-S",) if told.out.strip() == b"true" else ()
        arguments = ("commit-tree", *sign, "-p", self.repository.head(), tree)
        done = git.write(*arguments, stdin=self.message.encode(), extra=self.dates)
        fault.point()
        if done.status:
            self.repository.identity()  # the most usual reason, which is told better
            raise UnavailableError(f"git could not commit: {done.err}", hint="nothing was changed")
        return done.out.decode().strip()

    def _rebuilt(self, base: Tip, changes: Sequence[Change], blobs: Sequence[bytes]) -> str:
        """The id of the tree, made of the folders that hold the changes alone; empty where that takes an index."""
        held = {change.path: trees.entry(base.folders, change.path) for change in changes}
        entries = {
            change.path: Entry((held[change.path] or _NEW).mode, bytes.fromhex(blob.decode())) if blob else None
            for change, blob in zip(changes, blobs, strict=True)
        }
        folders = trees.rebuilt(base.folders, entries, base.size)
        if not folders:
            return ""
        self._index_attributes(base)
        self._refuse_filtered(changes)
        return folders[-1][0].hex() if plumbing.store_folders(self.repository, self._staging, folders) else ""

    def _index_attributes(self, base: Tip) -> None:
        """Makes the private index one of nothing but the files from which git takes the attributes of our files."""
        with suppress(FileNotFoundError):
            os.unlink(self._staging.environment["GIT_INDEX_FILE"])
        paths = [f"{folder}/.gitattributes" if folder else ".gitattributes" for folder in base.folders]
        found = {path: one for path in paths if (one := trees.entry(base.folders, path)) and one.mode != trees.FOLDER}
        if found:
            self._index([(path, one.mode, one.id.hex().encode()) for path, one in found.items()])

    def _modes(self, changes: Sequence[Change]) -> dict[str, bytes]:
        """The mode that each file keeps. Raises ``RefusedError`` where something else stands in its place."""
        held = {}
        for entry in self._git("ls-files", "--stage", "-z").split(b"\0")[:-1]:
            what, _, name = entry.partition(b"\t")
            held[os.fsdecode(name)] = what[:6]
        folders = {above for path in held for above in _above(path)}
        for path in (change.path for change in changes):
            odd = [one for one in _above(path) if one in held]
            if odd or path in folders or held.get(path, _FILES[0]) not in _FILES:
                raise RefusedError(f"{odd[0] if odd else path} is no {'folder' if odd else 'regular file'} there")
        return {change.path: held.get(change.path, _FILES[0]) for change in changes}

    def _blobs(self, changes: Sequence[Change]) -> list[bytes]:
        """The id of each content as it is, stored; empty for a file that goes."""
        written = [number for number, change in enumerate(changes) if change.data is not None]
        places = {number: self._staging.kept(number) for number in written}
        for number, place in places.items():
            with open(place, "wb") as file:
                file.write(changes[number].data or b"")
        stdin = os.fsencode("".join(f"{place}\n" for place in places.values()))
        names = self._git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=stdin).split()
        fault.point()
        stored = dict(zip(written, names, strict=True))
        return [stored.get(number, b"") for number in range(len(changes))]

    def _refuse_filtered(self, changes: Sequence[Change]) -> None:
        """Content that goes through a filter, to be encrypted for instance, must not be committed as it is."""
        stdin = b"".join(os.fsencode(change.path) + b"\0" for change in changes if change.data is not None)
        told = self._git("check-attr", "--cached", "-z", "--stdin", "filter", stdin=stdin).split(b"\0")[:-1]
        for path, filtered in zip(told[::3], told[2::3], strict=True):
            if filtered not in (b"unspecified", b"unset"):
                word = filtered.decode("utf-8", "replace")
                message = f"{os.fsdecode(path)} goes through git's filter '{word}', which needs a work tree"
                raise RefusedError(message, hint="check the branch out, and make the change there")

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        extra = {**self._staging.environment, "GIT_NO_REPLACE_OBJECTS": "1"}
        done = self.repository.user_git.write(*_PRIVATE, *arguments, stdin=stdin, extra=extra)
        if done.status:
            raise UnavailableError(f"git could not commit: {done.err}", hint="nothing was changed")
        return done.out


def _move(work: _Work, interruptions: Interruptions, name: str, made: str, old: str) -> None:
    """Moves the branch, if it is where the commit was made; an empty ``old`` makes it."""
    repository, ref = work.repository, f"{branches.HEADS}{name}"
    subject = work.message.partition("\n")[0]
    done = repository.user_git.write(
        *("update-ref", "-m", f"commit: {subject}", ref, made, old or "0" * len(made)),
        extra=work.dates,
        interruptions=interruptions,
    )
    fault.point()
    now = branches.tip(repository, name) if done.status else made
    if now != made:  # else git may have been killed after it had moved it
        interruptions.obey()
        if now != old:
            raise ConflictError(f"the branch {name} moved on while the commit was made", hint="repeat the command")
        raise UnavailableError(f"git could not move the branch {name}: {done.err}", hint="nothing was changed")
    settle_branch(repository, ref)


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
