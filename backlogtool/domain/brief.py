"""The brief of an item: all that lists and figures need of it, without its texts.

Its attributes have the names that ``Item`` gives them, so what asks for those takes either.
"""

from __future__ import annotations

from typing import NamedTuple

from backlogtool.domain.item import Item


class Brief(NamedTuple):
    """Every field of one value, and the tags. ``path`` is the item's file, relative to the repository."""

    id: str
    title: str
    created_at: str
    status: str
    env: str
    priority: str
    service: str
    owner: str
    category: str
    due_date: str
    source: str
    dedupe_key: str
    list: str
    type: str
    rank: int | None
    component: str
    group: str
    promoted_at: str
    promoted_from: str
    tags: tuple[str, ...]
    path: str = ""


#: The fields of one value.
SINGLE = Brief._fields[:-2]


def brief_of(item: Item, path: str = "") -> Brief:
    """The brief of an item that stands at a path."""
    return Brief._make((*(getattr(item, name) for name in SINGLE), item.tags, path))
