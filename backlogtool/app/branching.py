"""Writing to a branch that is not checked out, for a pull request: ``--branch`` of every write.

A workspace is opened as it is at the branch's tip, and every verb reads and judges by what stands there. Its commits go
on top of that tip, and the person's own branch, index and work tree stay as they are.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence

from backlogtool.app.result import OnBranch
from backlogtool.app.workspace import Workspace
from backlogtool.domain import workflow
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.base import Write
from backlogtool.stores.git import remotes
from backlogtool.stores.git.beside import BranchStore
from backlogtool.stores.git.repository import Repository

_FOLDER = "backlog"
_WORDS, _LONGEST = 5, 40  # words and characters of a title that go into a name


def open_on(
    name: str, *, flags: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
) -> Workspace:
    """The backlog on a branch, to be read and written there; one that is new begins at HEAD.

    Without a name the first commit gives one (``default_name``). Raises ``UsageError`` for what is no branch's name,
    ``ConflictError`` if it is checked out, ``RefusedError`` if only a remote has it or pull requests go into it,
    ``NotFoundError`` where nothing is committed yet.
    """
    space = Workspace.open(flags=flags, environment=environment)
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store has no branches", hint="use the git store")
    if not repository.root:
        raise UnavailableError(
            "this is a bare repository: a change for a branch is made in a clone", hint="use a clone"
        )
    store = BranchStore(
        repository,
        name,
        naming=default_name,
        legal=lambda path: workflow.is_legal_path(path, space.policy),
        layout=lambda: space.policy.layout,
        lock_wait=space.settings.lock_wait,
        on_move=lambda: _follow(space, store),
        indexed=space.settings["index"] == "auto",
    )
    if name:
        _refuse_target(repository, name)
    space.store.close()
    space.store = store
    _follow(space, store)
    return space


def told(space: Workspace, writes: Sequence[Write], summary: str) -> OnBranch | None:
    """Where the commit of these writes is, or would be; None where it is on no branch of its own."""
    store = space.store
    if not isinstance(store, BranchStore) or space.repository is None:
        return None
    name = store.name_for(writes, summary)
    opening = remotes.opening(space.repository, name)
    push, link = opening or ("", "")
    return OnBranch(name, store.is_new, push, link, tuple(store.hooks()))


def default_name(writes: Sequence[Write], summary: str) -> str:
    """What a branch is called after what is first done on it: the item and its title, else the verb and its words."""
    if len(writes) != 1:
        return f"{_FOLDER}/{_words(summary.removeprefix('backlog: ')) or 'change'}"
    write = writes[0]
    item = write.after or (write.before.item if write.before else None)
    title = _words(item.title) if item else ""
    return f"{_FOLDER}/{write.item_id}{'-' if title else ''}{title}"


def _words(text: str) -> str:
    """The first words of a text as they may stand in the name of a branch."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = ""
    for word in re.findall(r"[a-z0-9]+", plain)[:_WORDS]:
        if len(found) + len(word) >= _LONGEST:
            break
        found += f"-{word}" if found else word
    return found


def _refuse_target(repository: Repository, name: str) -> None:
    """Raises ``RefusedError`` for the branch that pull requests go into: what we print would push straight to it."""
    current = remotes.current(repository)
    remote = remotes.target(repository, name, current)
    if remote and remotes.into(repository, remote, current) == name:
        hint = f"choose another name; or git switch {shlex.quote(name)}, and leave out --branch"
        raise RefusedError(f"{name} is the branch that pull requests go into", hint=hint)


def _follow(space: Workspace, store: BranchStore) -> None:
    space.revision = store.revision
    space.reload()
