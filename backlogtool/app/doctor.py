"""The verb ``doctor``: the state of the repository, of git and of the backlog, each with cause, risk and fix.

It answers what the reference's runbook looks for in logs: which repository, branch, policy, how many items
(R-088, R-110); and it finds every state of ROBUSTNESS.md 3.2. The checks themselves stand in ``health``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator

from backlogtool.app import rendering
from backlogtool.app.health import backlog, repairs, traces
from backlogtool.app.health.attributes import filters
from backlogtool.app.health.check import PROBLEM, Check, command, guarded
from backlogtool.app.health.history import history
from backlogtool.app.health.index import index
from backlogtool.app.health.layout import layout
from backlogtool.app.health.merging import driver, markers, mend_markers
from backlogtool.app.health.repairs import Repair
from backlogtool.app.health.repository import clock, form, identity, kind, operation, place, version
from backlogtool.app.health.seen import Seen, names
from backlogtool.app.health.settings import hooks, line_ends, signing
from backlogtool.app.health.system import permission, space
from backlogtool.app.workspace import Workspace
from backlogtool.errors import BacklogError, InvalidError, NotFoundError
from backlogtool.stores.git.store import GitStore

#: name of the check that tells if one cannot be made -> what is looked at, from the outside in
_OF_REPOSITORY: tuple[tuple[str, Callable[[Seen], Iterator[Check]]], ...] = (
    ("repository", place),
    ("repository", kind),
    ("format", form),
    ("long history", history),
    ("clock", clock),
    ("identity", identity),
    ("signing", signing),
    ("hooks", hooks),
    ("line ends", line_ends),
    ("filters", filters),
    ("merging", driver),
    ("permission", permission),
    ("disk", space),
    ("operation", operation),
    ("writing", traces.writing),
    ("writing", traces.elsewhere),
    ("locks", traces.locks),
    ("leftovers", traces.leftovers),
    ("unfinished", traces.temporary),
    ("derived", traces.derived),
)
_OF_BACKLOG: tuple[tuple[str, Callable[[Workspace], Iterator[Check]]], ...] = (
    ("items", backlog.items),
    ("markers", markers),
    ("clashes", backlog.clashes),
    ("edits", backlog.edits),
    ("digests", backlog.digests),
    ("layout", layout),
)
#: a part of what is said where a repository cannot be opened -> cause, risk, what to do if the error has no hint
_UNOPENED: tuple[tuple[str, str, str, str], ...] = (
    (
        "sparse checkout",
        "git sparse-checkout left them out of the work tree",
        "the backlog would look smaller than it is, so nothing is shown or written",
        "",
    ),
    (
        "belongs to somebody else",
        "the folder is owned by another user",
        "its configuration can name programs, which git would run as you",
        "",
    ),
    (
        "core.worktree",
        "the configuration of the repository sends git to another folder",
        "files that are no part of this repository would be shown and written",
        "",
    ),
    (
        "cannot read this repository",
        "its configuration is damaged, or of a newer git",
        "no git command works here",
        "mend .git/config in an editor, or install a newer git",
    ),
    (
        "does not answer",
        "a pipe or a device stands in .git, or is named by the configuration, and git waits for it",
        "no git command comes to its end here",
        "",
    ),
)


def examine(space: Workspace) -> list[Check]:
    """Every check, in the order from the outside in."""
    checks: list[Check] = []
    if isinstance(space.store, GitStore):
        checks += of_repository(space.store, space.clock().timestamp(), _view_paths(space))
    checks += guarded("policy", backlog.policy(space))
    if space.loaded.policy is not None:
        for name, look in (*_OF_BACKLOG, ("views", _views)):
            checks += guarded(name, look(space))
    return checks


def of_repository(store: GitStore, now: float, views: Collection[str]) -> Iterator[Check]:
    """The checks of git and the repository at ``now``, in seconds since 1970."""
    seen = Seen(store.repository, now)
    yield from guarded("git", version(store.repository.root or store.repository.git_dir))
    for name, look in _OF_REPOSITORY:
        yield from guarded(name, look(seen))
    yield from guarded("index", index(seen, views))


def _view_paths(space: Workspace) -> Collection[str]:
    """Where views stand, or may; nothing where items, rules or templates cannot be read, which other checks tell."""
    if space.loaded.policy is None:
        return ()
    try:
        return rendering.of_backlog(space, space.today).outputs.keys()
    except BacklogError:
        return ()


def _views(space: Workspace) -> Iterator[Check]:
    """The check of the views, where all items can be read: without one of them every view would look stale."""
    if space.store.find(space.query()).unreadable:
        return
    try:
        yield from backlog.views(space)
    except InvalidError as error:
        cause = "a template of the repository, or the policy's part about views"
        fix = error.hint or "mend it; backlogtool render --dry-run tries again"
        yield Check("views", PROBLEM, str(error), cause, "no view can be rendered", fix)


def unopened(error: BacklogError, directory: str) -> list[Check]:
    """What can be told of a repository that cannot be opened; nothing where there is none."""
    if isinstance(error, NotFoundError):
        found = _damaged(os.path.abspath(directory))
    else:
        known = [one[1:] for one in _UNOPENED if one[0] in error.message]
        cause, risk, fix = known[0] if known else ("", "nothing can be shown or written", "")
        found = [Check("repository", PROBLEM, str(error), cause, risk, error.hint or fix)]
    return [*guarded("git", version(directory)), *found] if found else []


def _damaged(directory: str) -> list[Check]:
    """What keeps git from taking a ``.git`` for a repository."""
    place = os.path.join(directory, ".git")
    if not os.path.lexists(place):
        above = os.path.dirname(directory)
        return _damaged(above) if above != directory else []
    cause, fix = _damage(place)
    told = f"git does not take {place} for a repository"
    return [Check("repository", PROBLEM, told, cause, "neither git nor backlogtool works here", fix)]


def _damage(place: str) -> tuple[str, str]:
    if not os.path.isdir(place):
        return "it names a directory that is not there", "git worktree repair, in the repository it belongs to"
    for name in ("objects", "refs"):
        if not os.path.isdir(os.path.join(place, name)):
            return f"its folder {name} is gone", command("mkdir", os.path.join(place, name))
    branch = next(iter(names(os.path.join(place, "refs/heads"))), "main")
    fix = f"{command('echo', f'ref: refs/heads/{branch}')} > {command(os.path.join(place, 'HEAD'))}"
    return "its file HEAD is gone or damaged", fix


def repair(space: Workspace) -> Repair:
    """Mends what is safe to mend, and nothing where nothing is to be mended."""
    if not isinstance(space.store, GitStore):
        return Repair(())
    done, merged = repairs.repair(space.store, space.clock().timestamp()), mend_markers(space)
    return Repair((*done.done, *merged.done), (*done.left, *merged.left))
