"""The judge of merges: what a merge makes of an item, seen from each of its parents (ROBUSTNESS.md 2.8, section 4).

A parent may take over what the other sides did, since their own commits are judged. Whatever the merge holds
beyond that is a step like any other and goes to ``workflow.check``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backlogtool.domain import workflow
from backlogtool.domain.fields import FIELDS, NOBODY, WORKFLOW, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change

_JUDGED = tuple(field.name for field in FIELDS if field.setter in (NOBODY, WORKFLOW))


class Side(NamedTuple):
    """One parent of a merge.

    ``item`` is its last version that can be read, None if there never was one; ``gone`` says that it is no more.
    ``origins`` are the versions at which this parent and the others parted: several where branches cross, and
    then ``older`` has where those parted. ``rooted`` says that the item goes back to before all that is judged.
    """

    item: Item | None
    gone: bool = False
    origins: tuple[Item | None, ...] = ()
    older: tuple[Item | None, ...] = ()
    rooted: bool = False

    @property
    def there(self) -> Item | None:
        """The item, if this parent still has it."""
        return None if self.gone else self.item

    def origin(self, name: str) -> tuple[object, ...]:
        """The value of a field where the sides parted; empty if that cannot be told."""
        if not self.origins or None in self.origins:
            return ()
        values = [value(one, name) for one in self.origins if one is not None]
        found = values[0]
        for other in values[1:]:
            if other == found:
                continue
            olds = [value(one, name) if one else None for one in self.older]
            if not olds or any(old != olds[0] for old in olds) or olds[0] not in (found, other):
                return ()
            found = other if olds[0] == found else found
        return (found,)

    def changed(self, name: str) -> bool:
        """Whether this side, and so its own commits, gave the field its value."""
        return self.item is not None and self.origin(name) != (value(self.item, name),)

    def brought(self, name: str) -> bool:
        """Whether that is certain: the item is there, and had another value where the sides parted.

        To have a value is not to have brought it: a side may be behind, or have made the item a second time.
        """
        return self.there is not None and bool(self.origin(name)) and self.changed(name)


def answered_to(sides: Sequence[Side]) -> list[Side]:
    """The sides from which a merge makes a step of its own: each, but one that made an item which others had.

    Of an item that several made, none of them for the others, whoever merges makes one: what was there before all that
    is judged becomes the result, or else each of them does.
    """
    known = [side for side in sides if side.item is not None]
    alone = [side for side in known if side.there and not any(side.origins)]
    if len(known) < 2 or not alone:
        return known
    return [side for side in known if side not in alone or side.rooted] or known


def check_merge(sides: Sequence[Side], after: Item | None, policy: Policy) -> list[Finding]:
    """Everything that speaks against what a merge made of one item. ``after`` is None if it is not there."""
    changes = _changes(sides, after, policy)
    return list(dict.fromkeys(finding for change in changes for finding in workflow.check(change, policy)))


def moves(sides: Sequence[Side], after: Item | None, policy: Policy) -> list[Change]:
    """The changes of status that a merge makes beyond its sides: none if one of them brought the status."""
    if after is None or any(side.brought("status") and side.item.status == after.status for side in sides if side.item):
        return []
    known = [side for side in sides if side.item is not None]
    changes = [Change(_carried(side, known, after, policy), after) for side in answered_to(sides)]
    return [change for change in changes if change.before and change.before.status != after.status]


def _changes(sides: Sequence[Side], after: Item | None, policy: Policy) -> list[Change]:
    """The steps that a merge makes itself, one for each side."""
    known = [side for side in sides if side.item is not None]
    if after is None:
        return [Change(one.item, None) for one in known if not one.gone and not _deleted_elsewhere(one, known)]
    if not known:
        return [Change(None, after)]
    return [Change(_carried(one, known, after, policy), after) for one in known]


def _deleted_elsewhere(side: Side, sides: Sequence[Side]) -> bool:
    """Another side deleted what this one left as it was."""
    return side.item in side.origins and any(other.gone for other in sides)


def _carried(side: Side, sides: Sequence[Side], after: Item, policy: Policy) -> Item | None:
    """What this side's item is once it has taken over what the others did to it."""
    if side.item is None:
        return None
    taken = {name: _taken(name, side, sides, after, policy) for name in _JUDGED}
    return side.item._replace(**taken)  # type: ignore[arg-type]


def _taken(name: str, side: Side, sides: Sequence[Side], after: Item, policy: Policy) -> object:
    """The value that the side may have without a step of its own."""
    mine, result = value(side.item, name) if side.item else None, value(after, name)
    others = {value(one.item, name): one for one in sides if one is not side and one.item and one.brought(name)}
    if not side.changed(name):
        return result if result in others else next(iter(others), mine)
    if name == "status" and result in others and side.origin(name):
        # Both moved on from one status: the merge folds the steps of the other side.
        return result if workflow.reaches(str(mine), str(result), policy) else mine
    return mine
