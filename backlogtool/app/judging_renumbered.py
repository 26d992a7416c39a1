"""Merges in which one of two items with one id stands under another one: each is judged by its own side only.

``renumber`` makes such merges. Without this the item that keeps the id would seem to have changed into another one, and
all that refers to the other one to be new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from backlogtool.codec.references import renamed_item
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.stores.git.versions import Made


class Joined(NamedTuple):
    """One item in a merge: each side of it, and what the merge made of it."""

    sides: tuple[Side, ...]
    after: Item | None


class _Moved(NamedTuple):
    """The side of an item of which ``new`` is the same under another id."""

    side: Side
    old: str
    new: Item


def apart(several: Sequence[Joined]) -> list[Joined]:
    """All items of one merge, each with its own sides only, and as if all still referred by the old ids."""
    new = [one.after for one in several if one.after and not any(side.item for side in one.sides)]
    both = [side for one in several for side in _met(one)] if new else []
    found = (next(_moves(both, item), None) for item in new)
    moved = [one for one in found if one]
    return [_own(one, moved) for one in several] if moved else list(several)


def with_own_sides(several: Iterable[Made]) -> Iterator[Made]:
    """The same for what commits made of items, those of one commit behind each other."""
    for _, some in groupby(several, lambda made: made.commit.id):
        of_commit = list(some)
        joined = apart([Joined(made.sides, made.after.item) for made in of_commit if made.sides])
        seen = iter(joined)
        for made in of_commit:
            one = next(seen) if made.sides else None
            yield replace(made, sides=one.sides, after=replace(made.after, item=one.after)) if one else made


def _met(one: Joined) -> Sequence[Side]:
    """The sides of an item that several made, each by itself."""
    there = [side for side in one.sides if side.there]
    return there if len(there) > 1 and not any(any(side.origins) for side in there) else ()


def _moves(sides: Iterable[Side], new: Item) -> Iterator[_Moved]:
    """What was there before all that is judged keeps its id: others know it by that."""
    for side in sides:
        if side.item and not side.rooted and renamed_item(side.item, side.item.id, new.id) == new:
            yield _Moved(side, side.item.id, new)


def _own(one: Joined, moved: Sequence[_Moved]) -> Joined:
    if any(one.after is move.new for move in moved):
        return Joined((Side(one.after),), one.after)
    sides = tuple(side for side in one.sides if not any(side is move.side for move in moved))
    after = one.after
    for move in moved:
        after = renamed_item(after, move.new.id, move.old) if after else None
    return Joined(sides, after)
