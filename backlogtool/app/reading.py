"""Verbs that read: list, show, log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from backlogtool.app.workspace import Workspace, one_of
from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.domain.value import Value
from backlogtool.errors import AmbiguousIdError, InvalidError, NotFoundError
from backlogtool.stores.base import Found, Stored

if TYPE_CHECKING:
    from backlogtool.domain.brief import Brief

_FEW = 500  # items that are sooner read one by one than all together


class Page(Value):
    """Part of the matching items in order, how many match in all, and what could not be read."""

    briefs: tuple[Brief, ...]
    total: int
    unreadable: tuple[Finding, ...]


class Counted(Value):
    """How many items match, how many there are of each value, and what could not be read and so does not count."""

    total: int
    counts: Mapping[str, int]
    unreadable: tuple[Finding, ...]


def readable(space: Workspace) -> Found:
    """Every item, for what must not miss one. Raises ``InvalidError`` with the files that cannot be read."""
    found = space.store.find(space.query())
    if found.unreadable:
        message = "an item cannot be read"
        raise InvalidError(message, found.unreadable, hint="backlogtool validate lists what to mend")
    return found


def list_items(space: Workspace, query: Query, *, limit: int | None, offset: int = 0) -> Page:
    """The items that match: most urgent first (R-202). ``limit`` None is no limit, 0 is none (R-204)."""
    space.require("list")
    order = space.policy.enums.priority
    return Page(*space.store.briefs(query, order=order, limit=limit, offset=offset))


def count_items(space: Workspace, query: Query, by: str | None) -> Counted:
    """How many items match, and how many of them have each value of the field ``by``."""
    space.require("list")
    _, total, unreadable = space.store.briefs(query, order=(), limit=0)
    return Counted(total, space.store.count(query, by) if by else {}, unreadable)


def whole(space: Workspace, briefs: Sequence[Brief]) -> list[Item]:
    """The items with their texts, as far as they can still be read, in the same order."""
    if len(briefs) > _FEW:
        held = {one.item.id: one.item for one in space.store.find(space.query()).stored}
        return [held[one.id] for one in briefs if one.id in held]
    items = []
    for one in briefs:
        with suppress(NotFoundError, InvalidError):  # somebody has changed it since
            items.append(space.store.get(one.id).item)
    return items


def show(space: Workspace, prefix: str) -> tuple[Stored, list[Event]]:
    """An item and its timeline, oldest event first."""
    space.require("get")
    stored = space.get(prefix)
    return stored, space.store.events(stored.item.id)


def log(space: Workspace, prefix: str | None, *, since: str = "", limit: int | None = None) -> list[Event]:
    """The timeline of one item, or of all: the last ``limit`` events, oldest first (R-211, R-212).

    Raises ``NotFoundError`` if there is no such item and never was.
    """
    space.require("get")
    if prefix is None:
        return space.store.events(since=since, limit=limit)
    item_id = _ever(space, prefix)
    events = space.store.events(item_id, since=since, limit=limit)
    if not events and item_id not in space.store.ids() and not space.store.events(item_id):
        space.get(item_id)
    return events


def _ever(space: Workspace, prefix: str) -> str:
    """The id of an item that is here, or was: deleting one leaves its history (R-094)."""
    try:
        return space.find_id(prefix)
    except AmbiguousIdError:
        raise
    except NotFoundError:
        gone = one_of(prefix, space.store.deleted(prefix))
        if not gone:
            raise
        return gone


def item_json(space: Workspace, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The items as plain data, with the moments that only history tells."""
    from backlogtool.codec import plain  # most people look at items on a terminal

    stamps = space.store.stamps(items, space.policy.workflow.closed_statuses)
    return [
        plain.item(item, updated_at=stamps[item.id].updated_at, closed_at=stamps[item.id].closed_at) for item in items
    ]
