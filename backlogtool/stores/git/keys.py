"""Who has a dedupe key, found in the quickest way there is: an index that is there, or a search through all files."""

from __future__ import annotations

from collections.abc import Collection

from backlogtool.stores.git.compared import holders, mentioning, searchable
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.index.folder import ITEMS, is_kept
from backlogtool.stores.git.items import parsed
from backlogtool.stores.git.store import GitStore


def holders_standing(store: GitStore, head: str, keys: Collection[str]) -> dict[str, list[str]]:
    """dedupe key -> ids of the items that have it in the work tree, or at the commit ``head`` where there is none.

    Items that stand twice, or that are not in git's index, need not be among them. An index is not made for that: it
    would take far longer than the search.
    """
    root = store.repository.root
    if not root or store.revision:
        return holders(store.repository.git, head, keys)
    found: dict[str, list[str]] = {}
    if is_kept(store.repository.git_dir, ITEMS) or not searchable(keys):
        for one in store.sharing():
            found.setdefault(one.item.dedupe_key, []).append(one.item.id)
        return found
    for path, data in WorkTree(root).read(mentioning(store.repository.git, "", keys)):
        stored, _ = parsed(path, data)
        if stored is not None and stored.item.dedupe_key in keys:
            found.setdefault(stored.item.dedupe_key, []).append(stored.item.id)
    return found
