"""The verb ``layout``: where the files of items stand, and all of them moved in one commit.

A file at one of its two usual places (``domain.layout``) moves; one in a folder of people's own stays. Which
layout new items take is in the policy, so that it is the same in every clone, and changes in the same commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from backlogtool.app import packaged
from backlogtool.app.policy_text import with_keys
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.finding import Finding, counted, few
from backlogtool.domain.layout import FLAT, MANY, SHARDED, layout_of, path_of
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.store import GitStore

#: Bytes that one file side by side with others adds to the list that each commit writes (PERFORMANCE.md 4).
_ENTRY = 43


class Standing(NamedTuple):
    """The ``layout`` that the policy names, and how many files stand flat, sharded and in folders of people's own."""

    layout: str
    flat: int
    sharded: int
    own: int

    @property
    def astray(self) -> int:
        """How many files stand where the layout that is not in force puts them."""
        return self.flat if self.layout == SHARDED else self.sharded

    @property
    def pays(self) -> bool:
        """Whether folders would spare more than they cost."""
        return self.layout == FLAT and self.flat >= MANY

    @property
    def bytes_a_commit(self) -> int:
        """About how much a commit adds for the list of the files that stand side by side."""
        return self.flat * _ENTRY


class Moved(NamedTuple):
    """What ``change`` did: where the policy sends new items now, whether it did not before, old path -> new one."""

    layout: str
    recorded: bool
    moves: Mapping[str, str]


def standing(space: Workspace) -> Standing:
    """Where the files stand. Raises ``UnavailableError`` for a store that keeps none."""
    space.require("list")
    counts = Counter(layout_of(path) for path in _paths(_git(space)))
    return Standing(space.policy.layout, counts[FLAT], counts[SHARDED], counts[""])


def change(space: Workspace, layout: str, options: Options) -> tuple[Moved, Result]:
    """Moves every file of the other layout to its place in this one, and makes this one the policy's.

    One commit; none where all is so already. No byte of an item changes. Raises ``RefusedError`` if an item or the
    policy has uncommitted edits, or if another file with the id stands at the new place.
    """
    space.require("upsert")
    space.require_backlog()
    store = _git(space)
    with store.writing(dry=options.dry_run):
        moves = _moves(store, layout)
        recorded = space.policy.layout != layout
        moved = Moved(layout, recorded, moves)
        if not moves and not recorded:
            return moved, Result(UNCHANGED, ())
        _refuse_edited(store)
        policy = {packaged.POLICY_PATH: with_keys(space, {"layout": layout})} if recorded else {}
        views = _auto_views(space, moves) if space.policy.views.auto else {}
        summary = f"layout {layout}: {counted(len(moves), 'file')} moved"
        files = {} if options.dry_run else _files(store, moves)
        result = apply(space, [], summary, options, files={**files, **policy}, views=views)
        if policy and not options.dry_run:
            space.reload()
        return moved, _with_renames(result, moves)


def _git(space: Workspace) -> GitStore:
    if not isinstance(space.store, GitStore):
        raise UnavailableError("this store keeps no files", hint="use the git store")
    return space.store


def _paths(store: GitStore) -> list[str]:
    return [path for several in store.listed().paths.values() for path in several]


def _moves(store: GitStore, layout: str) -> dict[str, str]:
    """Old path -> new one. Raises ``RefusedError`` where a file would take the place of another."""
    paths = store.listed().paths
    moves = {
        path: path_of(item_id, layout)
        for item_id, several in sorted(paths.items())
        for path in several
        if layout_of(path) not in ("", layout)
    }
    twice = [
        item_id
        for item_id, several in sorted(paths.items())
        if len({moves.get(one, one) for one in several}) < len(several)
    ]
    findings = [one for item_id in twice for one in _doubles(store, item_id)]
    if findings:
        raise RefusedError("a file would take the place of another", findings)
    return moves


def _doubles(store: GitStore, item_id: str) -> list[Finding]:
    return [finding for finding in store.listed().findings if finding.item == item_id]


def _refuse_edited(store: GitStore) -> None:
    """What moves must be what is committed: an edit would be committed unseen."""
    repository = store.repository
    repository.refuse_if_busy()
    edited = sorted(repository.uncommitted(f"{ITEMS}/", packaged.POLICY_PATH))
    if edited and repository.changed_for_git(edited):
        raise RefusedError(f"{few(edited)}: has edits that are not committed", hint="commit them first, then move")


def _auto_views(space: Workspace, moves: Mapping[str, str]) -> dict[str, bytes]:
    """The views that name the place of a file. The templates' engine is loaded only where a policy wants it."""
    from backlogtool.app import freshness

    return freshness.after_moves(space, moves)


def _files(store: GitStore, moves: Mapping[str, str]) -> dict[str, bytes | None]:
    held, files = store.files(tuple(moves)), dict[str, bytes | None]()  # at once: a commit is asked by a process
    for old, new in moves.items():
        files |= {new: held.get(old), old: None}
    return files


def _with_renames(result: Result, moves: Mapping[str, str]) -> Result:
    """A dry run with the moves told as git tells of renames."""
    if result.preview is None:
        return result
    renames = [
        f"diff --git a/{old} b/{new}\nsimilarity index 100%\nrename from {old}\nrename to {new}\n"
        for old, new in moves.items()
    ]
    return result._replace(preview=result.preview._replace(diff="".join([*renames, result.preview.diff])))
