"""What the events of an item tell about when: the marks that stores may keep, and the stamps that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backlogtool.domain.event import COMMENT, Event, status_after
from backlogtool.domain.item import Item
from backlogtool.stores.base import Stamps


class Marks(NamedTuple):
    """When an item last changed, and when it last came into a status, and which; None if it never did."""

    updated_at: str | None = None
    moved_at: str | None = None
    moved_to: str | None = None

    def stamps(self, item: Item, closed: Sequence[str]) -> Stamps:
        """It was closed by the last event that moved it into a closed status, or by being created in one."""
        return Stamps(self.updated_at, self.moved_at if self.moved_to in closed and item.status in closed else None)


def marks_of(events: Iterable[Event]) -> Marks:
    """The marks of one item that its events, oldest first, tell."""
    updated = moved = status = None
    for event in events:
        if event.type != COMMENT:
            updated = event.ts
        told = status_after(event)
        if told is not None:
            moved, status = event.ts, told
    return Marks(updated, moved, status)


def stamps_of(events: Iterable[Event], item: Item, closed: Sequence[str]) -> Stamps:
    """The stamps of one item that its events, oldest first, tell."""
    return marks_of(events).stamps(item, closed)
