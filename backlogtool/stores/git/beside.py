"""A store of a branch that is nowhere checked out: its items are those of its tip, and a write is a commit there.

::

    lock (one writer a clone)  →  heal what a dead writer left
    tip: the branch's, or HEAD where it is to be new
    private index of the tip, our files in it  →  tree, commit (signed where git is told to sign)
    the branch moves by compare and swap

The person's branch, HEAD, index and work tree are not looked at and stay as they are. Until the branch moves nothing
refers to what was made, so a write that dies leaves nothing to heal. Hooks of ``git commit`` expect a work tree that
holds what is committed, and there is none: they do not run (docs/manual/protected-branches.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import MappingProxyType

from backlogtool.domain.finding import Finding
from backlogtool.domain.layout import FLAT
from backlogtool.errors import UsageError
from backlogtool.stores.base import Commit, Committed, Write
from backlogtool.stores.git import branches, hookfiles, writer
from backlogtool.stores.git.branch_commit import commit_on_branch
from backlogtool.stores.git.files import Tree
from backlogtool.stores.git.items import Items
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.store import MAX_VIEW, GitStore

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
            branches.refuse_used(repository, name)
        self.branch = name
        self._here = repository
        self._naming = naming
        self._on_move = on_move
        #: What stands at the places that are about to be written, read at once: each alone would start a git.
        self._held: dict[str, bytes | None] = {}
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
                self._stand_on(start)
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
            read = self._files.read(places, MAX_VIEW)
            self._held = {path: data for path, data in read if not isinstance(data, Finding)}
            make = partial(commit_on_branch, name=name, new=self.is_new)
            done = writer.commit(
                self, writes, commit, files or {}, views or {}, with_edits=False, wait=self._wait, make=make
            )
            self._stand_on(done.id)
            return done

    def file(self, path: str) -> bytes | None:
        return self._held[path] if path in self._held else super().file(path)

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

    def _stand_on(self, commit: str) -> None:
        self._revision = commit
        self._held = {}
        self.repository = _beside(self._here, commit)
        self._files = Tree(self._here.git, commit)
        self._items = Items(self._files, None, self._layout)
        self._items.forget(held=self._writing)


def _beside(repository: Repository, commit: str) -> Beside:
    return Beside(repository.root, repository.git_dir, repository.common_dir, commit)
