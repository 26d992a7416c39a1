"""What a merge itself does to an item, beyond what its sides did: whoever merged answers for that alone.

The sides' own commits are judged one by one, so a clean merge needs no right at all (ROBUSTNESS.md 2.8, section 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from backlogtool.codec.merging_judged import judge, of_sides
from backlogtool.codec.merging_values import UNKNOWN, Clash, merge_field
from backlogtool.domain.event import same
from backlogtool.domain.fields import BY_NAME, COMMENTS, DESCRIPTION, MAP, REFS, SET, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side, answered_to

#: Fields that hold several things, of which a merge may keep those of both sides.
_SEVERAL = frozenset((*(one.name for one in BY_NAME.values() if one.kind in (SET, REFS, MAP)), DESCRIPTION, COMMENTS))
#: An item before and after a step; None where there is none.
Step = tuple[Item | None, Item | None]


def own_steps(sides: Sequence[Side], after: Item | None) -> list[Step]:
    """What whoever merged answers for: ``beyond``, but nothing is taken over from an item that was made apart.

    To replace an item by one that has its id is to change it, however that one came about.
    """
    there = [side for side in sides if side.there]
    answered = [side for side in answered_to(sides) if side.there]
    alone = [side for side in answered if not any(side.origins)]
    if after is None or len(there) < 2 or not (alone or len(answered) < len(there)):
        return [beyond(sides, after)]
    known = [side for side in sides if (side in answered and side not in alone) or side.gone]
    steps = [beyond(known, after)] if any(side.there for side in known) else []
    return [*steps, *((side.item, after) for side in alone)]


def beyond(sides: Sequence[Side], after: Item | None) -> Step:
    """What the merge did to an item itself; equal versions if it only took over what its sides made."""
    there = [side for side in sides if side.there]
    gone = [side for side in sides if side.item is not None and side.gone]
    if after is None:
        took_over = bool(gone) and all(_untouched(side) for side in there)
        return (None, None) if took_over or not there else (there[0].item, None)
    if not there:
        return None, after
    if gone and all(side.item in side.origins for side in there):
        return None, after  # what one side deleted and no other touched has come back
    names = (*BY_NAME, DESCRIPTION, COMMENTS)
    carried = {name: _carried(name, there, value(after, name)) for name in names}
    return after._replace(**carried, extra=_extra(there, after)), after


def held_by_no_side(sides: Sequence[Side], after: Item | None) -> list[Finding]:
    """What the merge holds of an item and no side has, where the sides left nothing to decide (BL308).

    Nobody's commit made it. Doubts are told by ``validate --merge``: what a person wrote to end a conflict is theirs.
    """
    if after is None or not any(side.there for side in sides):
        return []
    return [one for one in judge(of_sides(sides, after)) if one.code == "BL308" and one.is_error]


def _untouched(side: Side) -> bool:
    """Whether this side left the item as it was; where branches cross, at every place where they parted."""
    names = (*BY_NAME, DESCRIPTION, COMMENTS, *(side.item.extra if side.item else ()))
    return side.item in side.origins and not any(side.changed(name) for name in names)


def _extra(sides: Sequence[Side], after: Item) -> dict[str, Any]:
    """Unknown keys, each like a field."""
    names = dict.fromkeys([*after.extra, *(name for side in sides if side.item for name in side.item.extra)])
    found = {name: _carried(name, sides, value(after, name)) for name in names}
    return {name: held for name, held in found.items() if held is not None}


def _carried(name: str, sides: Sequence[Side], result: Any) -> Any:
    """The result if the sides account for it, else what they do account for."""
    changed = [value(side.item, name) for side in sides if side.item and side.changed(name)]
    # Branches that cross have several origins: what one of them has is older than what none of them has.
    old = [value(one, name) for side in sides for one in side.origins if one]
    new = [one for one in changed if not any(same(one, other) for other in old)]
    wanted = new or changed or [value(side.item, name) for side in sides if side.item]
    if any(same(one, result) for one in wanted):
        return result
    both = any(not same(one, wanted[0]) for one in wanted)
    if both and (name not in BY_NAME or name in _SEVERAL) and _put_together(name, sides, wanted, result):
        return result
    return wanted[0]


def _put_together(name: str, sides: Sequence[Side], wanted: Sequence[Any], result: Any) -> bool:
    """Whether the result is made of what the sides have."""
    if name == DESCRIPTION:
        return _keeps([one.split("\n") for one in wanted], result.split("\n"))
    if name == COMMENTS:
        return _keeps(wanted, result)
    return any(same(one, result) for one in _merged(name, sides, wanted))


def _keeps(wanted: Sequence[Sequence[Any]], result: Sequence[Any]) -> bool:
    """Whether the result has nothing that no side has, and everything that all of them have."""
    sides = [set(one) for one in wanted]
    return set.intersection(*sides) <= set(result) <= set.union(*sides)


def _merged(name: str, sides: Sequence[Side], wanted: Sequence[Any]) -> Iterator[Any]:
    """What merging field by field gives, from each place where the sides parted."""
    for origin in {repr(one): one for side in sides for one in side.origins}.values():
        base = UNKNOWN if origin is None else value(origin, name)
        try:
            yield reduce(lambda left, right, base=base: merge_field(name, base, left, right), wanted)  # type: ignore[misc]
        except Clash:
            continue
