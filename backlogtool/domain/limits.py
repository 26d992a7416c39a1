"""Limits of work in progress: how many items may be in one status at a time, all together and of one owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from backlogtool.domain.finding import Finding, few
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy


class Place(NamedTuple):
    """An item in a status that has a limit."""

    status: str
    item_id: str
    owner: str


class Exceeded(NamedTuple):
    """A limit that the places exceed: ``most`` of one owner, or (an empty one) of all together."""

    message: str
    places: tuple[Place, ...]
    most: int
    owner: str = ""


def place_of(item: Item | None, policy: Policy) -> Place | None:
    """The place that an item holds; None if its status has no limit."""
    if item is None or item.status not in policy.workflow.wip_limits:
        return None
    return Place(item.status, item.id, item.owner)


def exceeded(status: str, places: Iterable[Place], policy: Policy) -> list[Exceeded]:
    """Each limit of a status that the places exceed."""
    limit, held = policy.workflow.wip_limits[status], tuple(sorted(places))
    told = []
    if limit.total is not None and len(held) > limit.total:
        told.append(Exceeded(f"too many {status}: {len(held)}, at most {limit.total}", held, limit.total))
    by_owner: dict[str, list[Place]] = {}
    for place in held:
        by_owner.setdefault(place.owner, []).append(place)
    for owner, several in sorted(by_owner.items()):
        if limit.per_owner is not None and len(several) > limit.per_owner:
            message = f"too many {status} for {owner}: {len(several)}, at most {limit.per_owner}"
            told.append(Exceeded(message, tuple(several), limit.per_owner, owner))
    return told


def is_taken(place: Place, before: Place | None, limit: Exceeded) -> bool:
    """Whether the place counts against the limit only since ``before``; all together do not ask for the owner."""
    if before is None or before.status != place.status:
        return True
    return bool(limit.owner) and before.owner != place.owner


def over_limits(several: Iterable[tuple[Exceeded, Sequence[Place]]], *, asked: bool) -> Iterator[Finding]:
    """For each limit a finding at the first of those that take one of its places, then a short one at each other.

    ``asked`` says that a command would take them, and they do not stand yet.
    """
    taken = [(limit, places) for limit, places in several if places]
    told = {places[0].item_id for _, places in taken}
    yield from (_over_limit(limit, places, asked=asked) for limit, places in taken)
    for limit, places in taken:
        for place in (one for one in places if one.item_id not in told):
            those = f"the {len(limit.places)} that are too many {place.status}: see {places[0].item_id}"
            yield Finding("BL315", f"{place.item_id} is one of {those}", item=place.item_id, field="status")
        told.update(one.item_id for one in places)


def _over_limit(limit: Exceeded, taking: Sequence[Place], *, asked: bool) -> Finding:
    """Names those who held their places before; the new ones where nobody did."""
    new = [one.item_id for one in taking]
    before = [one.item_id for one in limit.places if one.item_id not in new]
    message = f"{limit.message}, with {few(before or new)}"
    fix = _room(limit, len(new), before) if asked else _too_many(limit)
    return Finding("BL315", message, item=new[0], field="status", fix=fix)


def _room(limit: Exceeded, new: int, before: Sequence[str]) -> str:
    room = limit.most - len(before)
    if new > 1 and room > 0:
        return f"choose fewer: there is room for {room}"
    return f"move one of them on first, such as {before[0]}" if before else ""


def _too_many(limit: Exceeded) -> str:
    elsewhere = ", or give as many to somebody else" if limit.owner else ""
    listed = f"backlogtool list status:{limit.places[0].status}"
    return f"move {len(limit.places) - limit.most} of them on{elsewhere}; {listed} names them"
