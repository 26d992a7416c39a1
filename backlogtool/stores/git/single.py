"""Some items of a commit, by their ids: read where they usually stand, so that the cost does not follow the backlog."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from backlogtool.codec.quick import item_of
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.layout import FLAT, usual_paths
from backlogtool.stores.git.differences import ODD, listing
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git

#: Git unpacks a whole folder for each path that it looks up, so that more are sought in a listing.
_FEW = 8


def items_at(git: Git, commit: str, item_ids: Collection[str]) -> dict[str, Item]:
    """The items as they are at a commit, without those that are not there, have several files or cannot be read."""
    ids = {one for one in item_ids if is_id(one)}
    found = _usual(git, commit, ids) if len(ids) <= _FEW else {}
    elsewhere = {one for one in ids if not found.get(one)}
    texts = found | (_listed(git, commit, elsewhere) if elsewhere else {})
    items = {one: item_of(some[0], one)[0] for one, some in texts.items() if len(some) == 1}
    return {one: item for one, item in items.items() if item is not None}


def _usual(git: Git, commit: str, ids: Collection[str]) -> dict[str, list[bytes]]:
    """id -> the files at the places where its own usually stands."""
    names = {one: [f"{commit}:{path}" for path in usual_paths(one, FLAT)] for one in ids}
    held = read_objects(git, (name for some in names.values() for name in some), (b"blob",))
    return {one: [held[name] for name in some if name in held] for one, some in names.items()}


def _listed(git: Git, commit: str, ids: Collection[str]) -> dict[str, list[bytes]]:
    """id -> its files, wherever they are."""
    blobs = {
        one: [step.after for step in some if step.after and step.after != ODD]
        for one, some in listing(git, commit, ids).items()
    }
    held = read_objects(git, (blob for some in blobs.values() for blob in some), (b"blob",))
    return {one: [held[blob] for blob in some if blob in held] for one, some in blobs.items()}


def finder(git: Git, commit: str, wanted: Iterable[str]) -> Callable[[str], Item | None]:
    """Finds items of a commit, those that are wanted first; git is asked once for all that the found ones wait for."""
    found: dict[str, Item | None] = {}
    ahead = set(wanted)

    def find(item_id: str) -> Item | None:
        if item_id not in found:
            level = {item_id, *ahead} - found.keys()
            read = items_at(git, commit, level)
            found.update({one: read.get(one) for one in level})
            ahead.update(other for item in read.values() for other in item.dependencies)
        return found[item_id]

    return find
