"""References to an item in texts: where its id stands as a word, and another id in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from backlogtool.domain.fields import FIELDS, NOBODY
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.layout import SHARDED, path_of

#: Keys that say which item a file is: what stands there is no reference to another one.
_KEYS = tuple(f"{field.name}:" for field in FIELDS if field.setter == NOBODY)


class Followed(NamedTuple):
    """A text with some references changed, and the lines, from 1, of those that may mean either item."""

    text: str
    unclear: tuple[int, ...]


def names(text: str, item_id: str) -> bool:
    """Whether the id stands in the text as a word of its own."""
    return item_id in text and re.search(_word(item_id), text) is not None


def renamed(text: str, old: str, new: str) -> str:
    """The text with another id, also in paths of the item's file, whose folder may follow from its id."""
    folders = [path_of(one, SHARDED).split("/")[1] for one in (old, new)]
    in_folder = rf"(?<![A-Za-z0-9_]){folders[0]}/{re.escape(old)}(?=\.md)"
    return re.sub(_word(old), new, re.sub(in_folder, f"{folders[1]}/{new}", text))


def renamed_item(item: Item, old: str, new: str) -> Item:
    """The item with another id wherever its values name it, its own among them."""
    return Item(*(_renamed(held, old, new) for held in item))


def _renamed(held: Any, old: str, new: str) -> Any:
    if isinstance(held, str):
        return renamed(held, old, new) if old in held else held
    if isinstance(held, Mapping):
        return {_renamed(key, old, new): _renamed(one, old, new) for key, one in held.items()}
    if isinstance(held, tuple):
        found = (_renamed(one, old, new) for one in held)
        return Comment(*found) if isinstance(held, Comment) else tuple(found)
    return held


def follow(text: str, old: str, new: str, own: str, other: str) -> Followed:
    """The text of an item with the references on the lines that one side wrote.

    ``own`` and ``other`` are the text as the side with the item that gets the new id has it, and as the other side has.
    A line that both have, or none, may mean either item.
    """
    mine, theirs = ({line.rstrip("\r") for line in side.split("\n")} for side in (own, other))
    lines, unclear = text.split("\n"), []
    for number, line in enumerate(lines):
        if not names(line, old):
            continue
        bare = line.rstrip("\r")
        if (bare in mine) == (bare in theirs) or line.startswith(_KEYS):
            unclear.append(number + 1)
        elif bare in mine:
            lines[number] = renamed(line, old, new)
    return Followed("\n".join(lines), tuple(unclear))


def _word(item_id: str) -> str:
    return rf"(?<![A-Za-z0-9_]){re.escape(item_id)}(?![A-Za-z0-9_])"
