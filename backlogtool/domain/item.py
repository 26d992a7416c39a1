"""The item: one piece of work, as an immutable value that does not know where it lives.

``Item`` holds what the file holds and nothing that git already knows: when it last changed and when it
was closed come from its history (D-1). Text stays text in its canonical form (``domain.calendar``).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

EMPTY: Mapping[str, Any] = MappingProxyType({})

#: kind -> form of its ids (C-02). A file's stem is its id, so every form is safe as a file name.
ID_FORMS: dict[str, str] = {
    "item": r"bl_[0-9a-f]{12}",
    "task": r"TASK-\d{8}-\d{3,9}",
    "plan task": r"PLN-[A-Z]{2,16}-\d{3,9}",
    "plan": r"pln_[a-z0-9_]{1,64}",
}
_ID = "|".join(ID_FORMS.values())
_HEX = frozenset("0123456789abcdef")


def starts(item_id: str, start: str) -> bool:
    """Whether an id starts so, with or without its ``bl_``."""
    return item_id.startswith(start) or item_id.partition("_")[2].startswith(start)


def is_id(text: str) -> bool:
    """Whether ``text`` can be an item's id, and so the stem of its file."""
    if len(text) == 15 and text.startswith("bl_") and _HEX.issuperset(text[3:]):
        return True  # what nearly every item has needs no pattern
    return re.fullmatch(_ID, text, re.ASCII) is not None


class Comment(NamedTuple):
    """A remark in the item's ``## Comments`` section. ``at`` is a canonical moment."""

    at: str
    actor: str
    text: str


class Item(NamedTuple):
    """One backlog item. ``domain.fields.FIELDS`` explains each attribute; the order here is the file's.

    ``description`` is the Markdown body without the comments section. ``extra`` holds the keys that the
    tool does not know, in the file's order; they survive every edit.
    """

    id: str
    title: str
    created_at: str
    status: str
    env: str = ""
    priority: str = ""
    service: str = ""
    owner: str = ""
    category: str = ""
    due_date: str = ""
    source: str = ""
    dedupe_key: str = ""
    list: str = ""
    type: str = ""
    rank: int | None = None
    component: str = ""
    group: str = ""
    promoted_at: str = ""
    promoted_from: str = ""
    dependencies: tuple[str, ...] = ()
    evidence_refs: Mapping[str, tuple[str, ...]] = EMPTY
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = EMPTY
    extra: Mapping[str, Any] = EMPTY
    description: str = ""
    comments: tuple[Comment, ...] = ()
