"""The verb ``diff``: what a range of commits, or what is not committed yet, does to the backlog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backlogtool.app.workspace import Workspace
from backlogtool.domain.brief import Brief
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.errors import UnavailableError
from backlogtool.insight.changes import Comparison, Pair, brought, compared, retitled, same_work
from backlogtool.stores.git.compared import common_base, holders, of_commits, of_work_tree
from backlogtool.stores.git.meant import commit_meant
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.titles import titled


class Compared(NamedTuple):
    """The ids of the commits that were compared, ``newer`` empty for the work tree, and what came of it."""

    older: str
    newer: str
    comparison: Comparison


def compare(space: Workspace, revisions: str = "") -> Compared:
    """What lies between two revisions, as git writes them.

    ``A..B`` are two commits; ``A...B`` is ``B`` and its merge base with ``A``; a side that is left out is HEAD. ``A``
    is a commit and the work tree, as is nothing, which means HEAD. Closed statuses, the order of priorities and today
    are those of ``space``. Raises ``NotFoundError`` for what is no commit or several, ``UnavailableError`` without a
    repository.
    """
    space.require("list")
    if space.repository is None or not isinstance(space.store, GitStore):
        raise UnavailableError("this store has no commits to compare", hint="use the git store")
    older, newer = _ends(space.repository, revisions)
    ends = of_commits(space.repository.git, older, newer) if newer else of_work_tree(space.store, older)
    pairs = [
        Pair(item_id, after.path or before.path, before.item, after.item, (before.fault, after.fault))
        for item_id, (before, after) in sorted(ends.items())
    ]
    shared = _shared(space.store, brought(pairs), newer)
    return Compared(older, newer, compared(pairs, space.policy, space.today, shared, _twins(space, pairs, newer)))


def _ends(repository: Repository, revisions: str) -> tuple[str, str]:
    """The ids of the two commits; the newer is empty for the work tree."""
    dots = "..." if "..." in revisions else ".."
    left, ranged, right = revisions.partition(dots)
    if not ranged and repository.root:
        return commit_meant(repository, left) if left else repository.head(), ""
    if not ranged and not left:
        raise UnavailableError("this is a bare repository: nothing stands in it", hint="name a range: A..B")
    older, newer = (commit_meant(repository, one or "HEAD") for one in (left, right))
    return (common_base(repository, older, newer) if dots == "..." and ranged else older), newer


def _shared(store: GitStore, keys: Mapping[str, str], newer: str) -> dict[str, list[str]]:
    """id -> the others with the same dedupe key at the newer end, for the items that the range gives one."""
    held: dict[str, list[str]] = holders(store.repository.git, newer, set(keys.values())) if keys and newer else {}
    for one in store.sharing() if keys and not newer else ():
        held.setdefault(one.item.dedupe_key, []).append(one.item.id)
    return {item_id: [one for one in held.get(key, ()) if one != item_id] for item_id, key in keys.items()}


def _twins(space: Workspace, pairs: Sequence[Pair], newer: str) -> dict[str, list[str]]:
    """id -> the other open items that seem to be the same work, for the items to which the range gives a title."""
    closed = space.policy.workflow.closed_statuses
    brought = retitled(pairs, closed)
    titles = {one.title for one in brought.values()}
    there: Iterable[Item | Brief] = ()
    if titles and newer and space.repository is not None:
        there = titled(space.repository.git, newer, titles)
    elif titles:
        there = space.store.briefs(Query(closed=closed), order=space.policy.enums.priority).briefs
    held: dict[tuple[str, str, str], list[str]] = {}
    for one in there:
        if one.title in titles and one.status not in closed:
            held.setdefault(same_work(one), []).append(one.id)
    return {
        item_id: [one for one in held.get(same_work(item), ()) if one != item_id] for item_id, item in brought.items()
    }
