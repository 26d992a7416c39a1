"""The order of named parts (keys, sections, comments) after a merge.

It does not matter which side is which: where both sides moved parts differently, or brought new ones to one place,
a fixed rule decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, TypeVar

Name = TypeVar("Name", bound=Hashable)


def ordered(
    base: Sequence[Name] | None,
    ours: Sequence[Name],
    theirs: Sequence[Name],
    kept: Collection[Name],
    rank: Callable[[Name], Any],
    *,
    own: bool = False,
) -> list[Name]:
    """The ``kept`` names, each of which one side has at least. ``base`` is None if it is not known.

    New names stay behind what they stood behind; ``rank`` puts those of both sides in order at one place. If that
    order is their ``own``, it only says whose comes first.
    """
    if ours == theirs:
        return [name for name in ours if name in kept]
    common = {one for one in ours if one in kept and one in theirs and (base is None or one in base)}
    spine = _spine(base, ours, theirs, common)
    place = {name: number for number, name in enumerate(spine, 1)}
    at: dict[Name, int] = {}
    for side in (ours, theirs):
        for name, behind in _places(side, kept, place):
            at[name] = max(behind, at.get(name, 0))
    found: list[Name] = []
    for number in range(len(spine) + 1):
        found += spine[number - 1 : number] if number else ()
        left, right = ([name for name in side if at.get(name) == number] for side in (ours, theirs))
        found += (_threaded if own else _joined)(left, right, rank)
    return found


def _spine(
    base: Sequence[Name] | None, ours: Sequence[Name], theirs: Sequence[Name], common: Collection[Name]
) -> list[Name]:
    """The names that all have, in the order of the side that moved some."""
    mine, other = [one for one in ours if one in common], [one for one in theirs if one in common]
    old = None if base is None else [one for one in base if one in common]
    if mine == other or other == old:
        return mine
    return other if mine == old else min(mine, other, key=lambda names: list(map(str, names)))


def _places(side: Sequence[Name], kept: Collection[Name], place: dict[Name, int]) -> list[tuple[Name, int]]:
    """Each name that is not in the spine, with the number of the one in the spine that it stands behind."""
    found, behind = [], 0
    for name in side:
        behind = place.get(name, behind)
        if name in kept and name not in place:
            found.append((name, behind))
    return found


def _joined(left: list[Name], right: list[Name], rank: Callable[[Name], Any]) -> list[Name]:
    """The new names of both sides at one place; those of one side alone stay in its order."""
    if left == right or not right:
        return left
    return sorted({*left, *right}, key=rank) if left else right


def _threaded(left: list[Name], right: list[Name], rank: Callable[[Name], Any]) -> list[Name]:
    """The same with each side's names in its order, unless the sides have some of them in different ones."""
    both = {*left} & {*right}
    if [name for name in left if name in both] != [name for name in right if name in both]:
        return _joined(left, right, rank)
    found: list[Name] = []
    one, other = left[::-1], right[::-1]
    while one and other:
        if one[-1] in both or other[-1] in both:
            side = other if one[-1] in both else one
            if one[-1] == other[-1]:
                one.pop()
        else:
            side = one if rank(one[-1]) < rank(other[-1]) else other
        found.append(side.pop())
    return [*found, *one[::-1], *other[::-1]]
