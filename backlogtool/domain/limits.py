"""Limits of work in progress: how many items may be in one status at a time, all together and of one owner."""

from __future__ import annotations

from collections.abc import Iterable
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
    """A limit that the places exceed: of one owner, or (an empty one) of all together."""

    message: str
    places: tuple[Place, ...]
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
        told.append(Exceeded(f"too many {status}: {len(held)}, at most {limit.total}", held))
    by_owner: dict[str, list[Place]] = {}
    for place in held:
        by_owner.setdefault(place.owner, []).append(place)
    for owner, several in sorted(by_owner.items()):
        if limit.per_owner is not None and len(several) > limit.per_owner:
            message = f"too many {status} for {owner}: {len(several)}, at most {limit.per_owner}"
            told.append(Exceeded(message, tuple(several), owner))
    return told


def is_taken(place: Place, before: Place | None, limit: Exceeded) -> bool:
    """Whether the place counts against the limit only since ``before``; all together do not ask for the owner."""
    if before is None or before.status != place.status:
        return True
    return bool(limit.owner) and before.owner != place.owner


def over_limit(place: Place, limit: Exceeded) -> Finding:
    """The finding at an item that holds, or would take, a place too many."""
    beside = [one.item_id for one in limit.places if one.item_id != place.item_id]
    named = f", with {few([place.item_id, *beside])}"
    fix = f"move one of them on first, such as {beside[0]}" if beside else ""
    return Finding("BL315", f"{limit.message}{named}", item=place.item_id, field="status", fix=fix)
