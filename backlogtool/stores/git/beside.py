"""A store of a branch that is nowhere checked out: its items are those of its tip, and a write is a commit there.

::

    lock (one writer a clone)  →  heal what a dead writer left
    tip: the branch's, or HEAD where it is to be new
    the folders of our files made anew  →  tree, commit (signed where git is told to sign)
    the branch moves by compare and swap

The person's branch, HEAD, index and work tree are not looked at and stay as they are. Until the branch moves nothing
refers to what was made, so a write that dies leaves nothing to heal. Hooks of ``git commit`` expect a work tree that
holds what is committed, and there is none: they do not run (docs/manual/protected-branches.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Any

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.finding import Finding
from backlogtool.domain.layout import FLAT
from backlogtool.errors import UsageError
from backlogtool.stores.base import MAX_VIEW, Commit, Committed, Write
from backlogtool.stores.git import branches, hookfiles, writer
from backlogtool.stores.git.branch_commit import commit_on_branch
from backlogtool.stores.git.differences import ODD, listing
from backlogtool.stores.git.files import Tree
from backlogtool.stores.git.items import Items
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.underway import Outcome

#: So many files that are read at once are kept; more are not.
_FEW = 50
#: The hooks of ``git commit`` that a person may count on.
_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit")


class Beside(Repository):
    """A repository as a branch that is not checked out sees it: ``last`` is the last commit, and nothing is edited."""

    root: str
    git_dir: str
    common_dir: str
    last: str

    def head(self) -> str:
        return self.last

    def tip(self) -> str | None:
        return self.last

    def sighted(self) -> str:
        return self.last

    def uncommitted(
        self,
        *paths: str,  # noqa: ARG002
        head: str | None = None,  # noqa: ARG002
        known: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG002
    ) -> set[str]:
        return set()

    def changed_for_git(self, paths: Sequence[str]) -> set[str]:  # noqa: ARG002
        return set()


class BranchStore(GitStore):
    """The backlog on a branch. ``name`` is empty where ``naming`` is to choose one for what the first commit does.

    ``on_move`` is called when the branch has moved since it was read: the policy may be another one.
    """

    def __init__(
        self,
        repository: Repository,
        name: str,
        *,
        naming: Callable[[Sequence[Write], str], str],
        legal: Callable[[Sequence[str]], bool] = lambda path: False,  # noqa: ARG005
        layout: Callable[[], str] = lambda: FLAT,
        lock_wait: float = 10.0,
        on_move: Callable[[], None] = lambda: None,
        indexed: bool = True,
    ) -> None:
        if name:
            branches.refuse_name(repository, name)
            branches.refuse_checked_out(repository, name)
            branches.refuse_taken(repository, name)
        self.branch = name
        self._here = repository
        self._naming = naming
        self._on_move = on_move
        start = branches.start(repository, name)
        #: Whether the last commit made the branch, or the next one will.
        self.is_new = not (name and branches.tip(repository, name))
        super().__init__(
            _beside(repository, start),
            legal=legal,
            layout=layout,
            revision=start,
            lock_wait=lock_wait,
            on_heal=on_move,
            indexed=indexed,
        )
        self._stand_on(start, {})

    @property
    def revision(self) -> str:
        """The commit that is read, and that the next one is made on."""
        return self._revision

    def name_for(self, writes: Sequence[Write], subject: str) -> str:
        """The branch's name; chosen now if it was left to us."""
        self.branch = self.branch or branches.unused(self._here, self._naming(writes, subject))
        return self.branch

    @contextmanager
    def writing(self, *, dry: bool = False) -> Iterator[None]:
        if self._writing:
            yield
            return
        with super().writing(dry=dry):
            start = branches.start(self._here, self.branch)
            self.is_new = not (self.branch and branches.tip(self._here, self.branch))
            if start != self._revision:
                self._stand_on(start, {})
                self._on_move()
            yield

    def commit(
        self,
        writes: Sequence[Write],
        commit: Commit,
        *,
        files: Mapping[str, bytes | None] | None = None,
        views: Mapping[str, bytes] | None = None,
        with_edits: bool = False,
    ) -> Committed:
        """As ``Store.commit``. Raises ``UsageError`` for ``with_edits``: edits are of the work tree."""
        if with_edits:
            raise UsageError("edits of the work tree cannot be taken to another branch")
        with self.writing():
            name = self.name_for(writes, commit.subject)
            places = [path for several in writer.places_after(writes, self.layout()).values() for path in several]
            self._read.first(places)
            written: dict[str, bytes | None] = {}

            def make(repository: Repository, changes: Sequence[Change], message: str, **more: Any) -> Outcome:
                written.update((change.path, change.data) for change in changes)
                return commit_on_branch(repository, changes, message, name=name, new=self.is_new, **more)

            done = writer.commit(
                self, writes, commit, files or {}, views or {}, with_edits=False, wait=self._wait, make=make
            )
            self._stand_on(done.id, {**self._read.held, **written})
            self._items.know(writer.places_after(writes, self.layout()))
            return done

    def put(self, files: Mapping[str, bytes]) -> None:
        """Raises ``UsageError``: nothing is written but by a commit."""
        if files:
            raise UsageError("without a commit there is nothing to put on a branch", hint="add --commit")

    def hooks(self) -> list[str]:
        """The hooks of ``git commit`` that are set up here and do not run, but for ours: a write has been judged."""
        told = self._here.user_git.write("rev-parse", "--git-path", "hooks")
        folder = os.path.join(self._here.root, os.fsdecode(told.out).rstrip("\n"))
        places = ((hook, os.path.join(folder, hook)) for hook in _HOOKS)
        return [hook for hook, place in places if os.access(place, os.X_OK) and not hookfiles.judges(place)]

    def _turn(self) -> AbstractContextManager[str]:
        return writer.turn(self._here, self._wait)

    def _stand_on(self, commit: str, held: dict[str, bytes | None]) -> None:
        """Goes on at a commit. ``held`` is what stands at some paths there; None where nothing does."""
        self._revision = commit
        self.repository = _beside(self._here, commit)
        self._files = self._read = _Read(Tree(self._here.git, commit), held)
        self._items = Items(self._files, None, self._layout, self._places)
        self._items.forget(held=self._writing)

    def _places(self, item_id: str) -> list[str]:
        steps = listing(self._here.git, self._revision, {item_id}).get(item_id, ())
        return [step.path for step in steps if step.after != ODD]


class _Read:
    """The files of a commit. What was read of some of them is ``held``: it stays as it is, and asking starts a git."""

    def __init__(self, tree: Tree, held: dict[str, bytes | None]) -> None:
        self._tree = tree
        self.held = held

    def entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        return self._tree.entries(folder)

    def read(self, paths: Iterable[str], limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | Finding | None]]:
        wanted = list(paths)
        left = [path for path in wanted if path not in self.held or len(self.held[path] or b"") > limit]
        found = dict(self._tree.read(left, limit)) if left else {}
        if len(left) <= _FEW:
            self.held |= {path: data for path, data in found.items() if not isinstance(data, Finding)}
        for path in wanted:
            yield path, found[path] if path in found else self.held[path]

    def first(self, paths: Iterable[str]) -> None:
        """Reads what will be asked for file by file."""
        for _ in self.read(paths, MAX_VIEW):
            pass


def _beside(repository: Repository, commit: str) -> Beside:
    return Beside(repository.root, repository.git_dir, repository.common_dir, commit)
