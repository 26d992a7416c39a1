"""What the steps of commits are judged from: a slip that a later commit mends is nothing that an item was.

A status that the policy does not know is passed over: the last known one counts. A field that never changes has the
first value that could be one: putting that back is no change, and leaving it is one, whatever follows. So a mend needs
no rewritten history, and no detour hides behind a slip (docs/decisions/0033).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from backlogtool.domain.fields import FIELDS, NOBODY, value
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import is_possible, is_status
from backlogtool.stores.git.versions import Made, Version

_FIXED = tuple(one for one in FIELDS if one.setter == NOBODY)


class Line(NamedTuple):
    """An item as one line of history leaves it, and as it counts for the next step."""

    held: Item
    counts: Item


#: The lines of the version at each parent.
Befores = tuple[tuple[Line, ...], ...]


def befores(several: Iterable[Made], policy: Policy) -> list[Befores]:
    """For each of what commits made, ancestors first: what it is judged from."""
    #: By identity: what is equal on two branches may have another past. The versions are kept, and with them their ids.
    seen: dict[int, tuple[Version, tuple[Line, ...]]] = {}
    found = []

    def of(version: Version) -> tuple[Line, ...]:
        return seen[id(version)][1] if id(version) in seen else _first(version)

    for made in several:
        lines = tuple(tuple(line for part in one.joined or (one,) for line in of(part)) for one in made.befores)
        found.append(lines)
        seen[id(made.after)] = (made.after, _after(made.after, [line for some in lines for line in some], policy))
    return found


def mended(made: Made, lines: Befores) -> Made:
    """The same, with slips before it and on its sides put right."""
    if all(line.held is line.counts for some in lines for line in some):
        return made
    after = made.after.item
    known = [tuple(_from(line, after) for line in some) for some in lines]
    versions = tuple(replace(one, known=some) for one, some in zip(made.befores, known, strict=True))
    return replace(
        made,
        befores=versions,
        sides=tuple(
            side._replace(item=_counting(side.item, [line for some in lines for line in some], after))
            for side in made.sides
        ),
    )


def _first(version: Version) -> tuple[Line, ...]:
    return tuple(Line(one, one) for one in version.known)


def _after(version: Version, lines: Sequence[Line], policy: Policy) -> tuple[Line, ...]:
    """The lines that lead on from a version."""
    item, found = version.item, list[Line]()
    made = lines if item is None else [Line(item, _counted(item, line.counts, lines, policy)) for line in lines]
    for line in made or [Line(one, one) for one in version.known]:
        found += [] if line in found else [line]
    return tuple(found)


def _counted(item: Item, former: Item, lines: Sequence[Line], policy: Policy) -> Item:
    """The item with its last known status, and with what never changes as it was first."""
    counts: dict[str, Any] = {}
    for field in _FIXED:
        mine = value(item, field.name)
        if is_possible(former, field, policy) and all(value(one.counts, field.name) != mine for one in lines):
            counts[field.name] = value(former, field.name)
    if not is_status(item.status, policy) and is_status(former.status, policy):
        counts["status"] = former.status
    return item._replace(**counts) if counts else item


def _from(line: Line, after: Item | None) -> Item:
    """What a step from a line is judged from: a change that another commit made is that one's alone."""
    if after is None or line.held is line.counts:
        return line.counts
    kept = [one.name for one in _FIXED if value(line.held, one.name) == value(after, one.name)]
    return line.counts._replace(**{name: value(line.held, name) for name in kept})  # type: ignore[arg-type]


def _counting(item: Item | None, lines: Sequence[Line], after: Item | None) -> Item | None:
    """The item of a side as it counts."""
    return next((_from(line, after) for line in lines if line.held == item), item)
