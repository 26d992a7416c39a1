"""Items of the last commit that a commit which is being made leaves as they are, found by words that stand in them.

Git searches the files of the work tree in a fraction of the time that its objects take. A file with edits that are not
staged is none of the commit's, so each item that may be meant is read from the last commit.
"""

from __future__ import annotations

from collections.abc import Collection

from backlogtool.domain.item import Item
from backlogtool.domain.layout import stem_of
from backlogtool.stores.git.compared import mentioning, searchable
from backlogtool.stores.git.differences import listing
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.single import items_at
from backlogtool.stores.git.staged import Staged


def untouched(staged: Staged, words: Collection[str], touched: Collection[str]) -> list[Item]:
    """The items that may hold one of the words, and further ones, without those that are ``touched``."""
    head, git = staged.head, staged.repository.git
    if not head or not words:
        return []
    if not searchable(words):
        return list(items_at(git, head, listing(git, head).keys() - set(touched)).values())
    search = Meanwhile(lambda: mentioning(git, "", words))
    edited = set(map(stem_of, staged.edited()))
    return list(items_at(git, head, edited.union(map(stem_of, search.result())) - set(touched)).values())
