"""What items that are staged come to together with all others: dedupe keys, limits, circles of waiting.

All others stand as in the last commit: what is not staged does not count. It is searched only for what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from backlogtool.app.guarding import needed_by, taken_places, takes, waits_anew
from backlogtool.app.judging_renumbered import Joined
from backlogtool.domain import dependencies, limits, workflow
from backlogtool.domain.finding import Finding, few
from backlogtool.domain.guards import Find
from backlogtool.domain.item import Item
from backlogtool.domain.limits import Place
from backlogtool.domain.merge import Side
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change

#: id -> each parent's item, and the staged one, for all that differ from a parent.
Touched = Mapping[str, Joined]


class Together(NamedTuple):
    """A commit that is being made. ``undone`` are the items whose last step it takes back, ``find`` finds any item in
    it, and ``search`` gives all items of the last commit that may hold one of some words, but for those it touches.
    """

    touched: Touched
    policy: Policy
    undone: Collection[str]
    find: Find
    search: Callable[[Collection[str]], Sequence[Item]]

    def findings(self) -> Iterator[Finding]:
        """What its items come to together with all others, and did not come to before."""
        new = _with_new_keys(self.touched)
        steps = _steps(self.touched, self.undone)
        taken = [{_status(one.after) for one in some if takes(one.before, one.after, self.policy)} for some in steps]
        statuses = set().union(*taken) if all(taken) else set()
        words = statuses.union(one.dedupe_key for one in new)
        others = self.search(words) if words else ()
        yield from _sharing(self.touched, new, others)
        if statuses:
            yield from _exceeding(steps, others, self.policy)
        yield from _waiting(self.touched, self.undone, self.find)


def _with_new_keys(touched: Touched) -> list[Item]:
    afters = [one.after for one in touched.values() if one.after is not None and one.after.dedupe_key]
    return [after for after in afters if not all(_holders(touched[after.id], after.dedupe_key))]


def _sharing(touched: Touched, new: Sequence[Item], others: Sequence[Item]) -> Iterator[Finding]:
    """Who else has the key of an item, if they did not share it at a parent already."""
    held: dict[str, set[str]] = {}
    for one in (*others, *(one.after for one in touched.values() if one.after is not None)):
        held.setdefault(one.dedupe_key, set()).add(one.id)
    for after in new:
        several = sorted(held[after.dedupe_key] - {after.id})
        meeting = [one for one in several if not _shared(touched, after.id, one, after.dedupe_key)]
        if meeting:
            committed = any(_holders(touched[after.id], after.dedupe_key))
            yield workflow.duplicate_key(after, few(meeting), committed=committed)


def _holders(one: Joined, key: str) -> list[bool]:
    """Of each parent whether its item has the key."""
    return [side.there is not None and side.there.dedupe_key == key for side in one.sides]


def _shared(touched: Touched, item_id: str, other: str, key: str) -> bool:
    """Whether both have the key at one parent; who is not touched has it at each."""
    mine = _holders(touched[item_id], key)
    theirs = _holders(touched[other], key) if other in touched else [True] * len(mine)
    return any(map(all, zip(mine, theirs, strict=True)))


def _steps(touched: Touched, undone: Collection[str]) -> list[list[Change]]:
    """The steps from each parent."""
    parents = max((len(one.sides) for one in touched.values()), default=0)
    return [
        [Change(_item(one.sides[parent]), one.after, item_id in undone) for item_id, one in touched.items()]
        for parent in range(parents)
    ]


def _item(side: Side) -> Item | None:
    return None if side.gone else side.item


def _status(item: Item | None) -> str:
    return item.status if item else ""


def _exceeding(steps: Sequence[Sequence[Change]], others: Sequence[Item], policy: Policy) -> list[Finding]:
    """The places that items take in a status which then has too many.

    In a merge seen from each parent: what is too many on one side is not of its making.
    """

    def holding(status: str) -> list[Place]:
        places = (limits.place_of(one, policy) for one in others)
        return [place for place in places if place is not None and place.status == status]

    found = [taken_places(holding, some, policy) for some in steps]
    return found[0] if all(found) else []


def _waiting(touched: Touched, undone: Collection[str], find: Find) -> Iterator[Finding]:
    """What is wrong with what items wait for, if no parent has it so."""
    for item_id, one in touched.items():
        befores = [_item(side) for side in one.sides]
        if one.after and item_id not in undone and all(waits_anew(before, one.after) for before in befores):
            yield from dependencies.broken(item_id, one.after.dependencies, partial(needed_by, find))
