"""The items of a commit that have certain titles: for a hint, so what is hard to find is not looked for."""

from __future__ import annotations

from collections.abc import Collection

from backlogtool.codec.quick import item_of
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.layout import stem_of
from backlogtool.stores.git.compared import mentioning
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git

#: Titles that are worth looking for one by one.
_FEW = 50


def titled(git: Git, commit: str, titles: Collection[str]) -> list[Item]:
    """The items that have one of the titles, as far as git finds them as they are in one line of a file.

    A title that is written over several lines, or that has quotes within quotes, may be missed.
    """
    wanted = sorted(one for one in titles if one and "\n" not in one)[:_FEW]
    names = [one for one in mentioning(git, commit, wanted) if "\n" not in one] if wanted else []
    found = []
    for name, data in read_objects(git, names, (b"blob",)).items():
        stem = stem_of(name)
        item = item_of(data, stem)[0] if is_id(stem) else None
        if item is not None and item.title in titles:
            found.append(item)
    return sorted(found, key=lambda one: one.id)
