"""Merges in which one of two items with one id stands under another one: each is judged by its own side only.

``renumber`` makes such merges. Without this the item that keeps the id would seem to have changed into another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backlogtool.codec import markdown, references
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.stores.git.versions import Made


def with_own_sides(several: Iterable[Made]) -> list[Made]:
    """The same, where an item has moved to a new id with the side that it had under the old one."""
    all_made = list(several)
    new: dict[str, list[Made]] = {}
    for made in all_made:
        if len(made.befores) > 1 and made.after.item and not any(one.files for one in made.befores):
            new.setdefault(made.commit.id, []).append(made)
    if not new:
        return all_made
    moved = [
        (made, side, other)
        for made in all_made
        for side in _met(made)
        for other in new.get(made.commit.id, ())
        if side.item and other.after.item and _is(side.item, other.after.item)
    ]
    return [_own(made, moved) for made in all_made]


def _met(made: Made) -> Sequence[Side]:
    """The sides of an item that several made, each by itself."""
    there = [side for side in made.sides if side.item and not side.gone]
    return there if len(there) > 1 and not any(any(side.origins) for side in there) else ()


def _own(made: Made, moved: Sequence[tuple[Made, Side, Made]]) -> Made:
    for old, side, new in moved:
        if made is old:
            return replace(made, sides=tuple(one for one in made.sides if one is not side))
        if made is new:
            return replace(made, sides=(Side(made.after.item),))
    return made


def _is(old: Item, new: Item) -> bool:
    """Whether an item is the other one under a new id."""
    return references.renamed(markdown.write(old), old.id, new.id) == markdown.write(new)
