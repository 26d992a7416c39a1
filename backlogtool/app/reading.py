"""Verbs that read: list, show, log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backlogtool.app.workspace import Workspace, one_of
from backlogtool.codec import plain
from backlogtool.domain.event import DELETED, Event
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query, sort_key
from backlogtool.errors import AmbiguousIdError, InvalidError, NotFoundError
from backlogtool.stores.base import Found, Stored


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the matching items in order, how many match in all, and what could not be read."""

    stored: tuple[Stored, ...]
    total: int
    unreadable: tuple[Finding, ...]

    @property
    def items(self) -> list[Item]:
        return [one.item for one in self.stored]


def readable(space: Workspace) -> Found:
    """Every item, for what must not miss one. Raises ``InvalidError`` with the files that cannot be read."""
    found = space.store.find(space.query())
    if found.unreadable:
        message = f"an item cannot be read: {found.unreadable[0]}"
        raise InvalidError(message, found.unreadable, hint="backlogtool validate lists what to mend")
    return found


def list_items(space: Workspace, query: Query, *, limit: int | None, offset: int = 0) -> Page:
    """The items that match: most urgent first (R-202). ``limit`` None is no limit, 0 is none (R-204)."""
    space.require("list")
    found = space.store.find(query)
    ordered = sorted(found.stored, key=lambda one: sort_key(one.item, space.policy))
    end = None if limit is None else offset + limit
    return Page(tuple(ordered[offset:end]), len(ordered), found.unreadable)


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
        gone = one_of(prefix, {event.item_id for event in space.store.events() if event.type == DELETED})
        if not gone:
            raise
        return gone


def item_json(space: Workspace, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The items as plain data, with the moments that only history tells."""
    stamps = space.store.stamps(items, space.policy.workflow.closed_statuses)
    return [
        plain.item(item, updated_at=stamps[item.id].updated_at, closed_at=stamps[item.id].closed_at) for item in items
    ]
