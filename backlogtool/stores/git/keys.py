"""Who has a dedupe key, found in the quickest way there is: an index that is there, or a search through all files."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from typing import NamedTuple

from backlogtool.stores.base import Stored
from backlogtool.stores.git.compared import holders, mentioning, searchable
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.index.folder import ITEMS, is_kept
from backlogtool.stores.git.items import parsed
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.store import GitStore

#: New files that are worth a look for the keys that will be asked for.
_FEW = 50


class Search(NamedTuple):
    """A search that goes on: the items that share keys, by the index; without one the files that may have ``keys``."""

    keys: frozenset[str]
    sharing: Meanwhile[list[Stored]] | None = None
    names: Meanwhile[list[str]] | None = None


def begun(store: GitStore, paths: Collection[str]) -> Search | None:
    """A search for the keys of the items at these paths, beside other work; None where nothing is worth it."""
    root = store.repository.root
    if not root or store.revision or not 0 < len(paths) <= _FEW:
        return None
    stored = (parsed(path, data)[0] for path, data in WorkTree(root).read(paths))
    keys = frozenset(one.item.dedupe_key for one in stored if one and one.item.dedupe_key)
    if not keys or not (_is_indexed(store) or searchable(keys)):
        return None
    if _is_indexed(store):
        return Search(keys, sharing=Meanwhile(lambda: _sharing_beside(store)))
    return Search(keys, names=Meanwhile(lambda: mentioning(store.repository.git, "", keys)))


def holders_standing(
    store: GitStore, head: str, keys: Collection[str], search: Search | None = None
) -> dict[str, list[str]]:
    """dedupe key -> ids of the items that have it in the work tree, or at the commit ``head`` where there is none.

    Items that stand twice, or that are not in git's index, need not be among them. An index is not made for that: it
    would take far longer than the search, of which a part may have been ``begun``.
    """
    root = store.repository.root
    if not root or store.revision:
        return holders(store.repository.git, head, keys)
    found: dict[str, list[str]] = {}
    if _is_indexed(store) or not searchable(keys):
        for one in search.sharing.result() if search and search.sharing else store.sharing():
            found.setdefault(one.item.dedupe_key, []).append(one.item.id)
        return found
    for path, data in WorkTree(root).read(_mentioning(store, keys, search)):
        stored, _ = parsed(path, data)
        if stored is not None and stored.item.dedupe_key in keys:
            found.setdefault(stored.item.dedupe_key, []).append(stored.item.id)
    return found


def _is_indexed(store: GitStore) -> bool:
    return store.indexed and is_kept(store.repository.git_dir, ITEMS)


def _sharing_beside(store: GitStore) -> list[Stored]:
    """What the store would say, by a connection of its own: nothing is used by two threads."""
    with closing(GitStore(store.repository, layout=store.layout)) as other:
        try:
            return other.sharing()
        finally:
            store.notes += other.notes


def _mentioning(store: GitStore, keys: Collection[str], search: Search | None) -> list[str]:
    """The files in which one of the keys may stand; git is asked only about those that nobody searches for yet."""
    begun_for = search.keys if search and search.names else frozenset()
    names = set(search.names.result()) if search and search.names and not begun_for.isdisjoint(keys) else set()
    others = frozenset(keys) - begun_for
    return sorted(names.union(mentioning(store.repository.git, "", others) if others else ()))
