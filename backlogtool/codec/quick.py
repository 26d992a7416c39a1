"""Item files the quick way where their form allows it, else the strict way: same answers, same bytes.

Stores use this for everything that needs no ``Document``. A file in the usual form (``codec.canonical``) is
read and changed line by line, without a YAML parser; every change is proved by reading it back.
"""

from __future__ import annotations

from typing import Any

from backlogtool.codec.blocks import Unsure, entry
from backlogtool.codec.canonical import (
    MAX_FILE,
    edited_body,
    has_one_line_end,
    is_left_out,
    kept_order,
    normal,
    read,
    written,
)
from backlogtool.codec.scalars import resolve, scalar
from backlogtool.domain import fields
from backlogtool.domain.fields import FIELDS, MAP, REFS, SET, Field
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item

__all__ = ["edit", "item_of", "read", "rewritten"]

_QUOTES = ("'", '"')


def item_of(data: bytes, item_id: str) -> tuple[Item | None, list[Finding]]:
    """What ``markdown.read`` says of the item in a file's bytes, and its findings. Never raises for what they hold."""
    try:
        item = read(data.decode("utf-8"), item_id) if len(data) <= MAX_FILE else None
    except UnicodeDecodeError:
        item = None
    if item is not None:
        return item, []
    # The parser of YAML takes longer to load than a thousand files to read: only what is unusual needs it.
    from backlogtool.codec import markdown

    reading = markdown.read(data, item_id)
    return reading.item, list(reading.findings)


def rewritten(text: str, before: Item, after: Item) -> str:
    """The text of a file, which holds ``before``, changed so that it reads as ``after``; every other byte stays.

    What is changed is what the text itself holds. Raises ``InvalidError`` as ``markdown.edit`` does.
    """
    changed = edit(text, before, after)
    if changed is not None:
        return changed
    from backlogtool.codec import markdown  # as above

    return markdown.edit(markdown.read(text, before.id), after)


def edit(text: str, before: Item, after: Item) -> str | None:
    """What ``markdown.edit`` makes of the text, where that is as simple as one line for another; else None.

    Known are texts, numbers, sets in block style, the body, and keys that come and go with them.
    """
    if "\r" in text:
        changed = edit(text.replace("\r\n", "\n"), before, after) if has_one_line_end(text) else None
        return changed.replace("\n", "\r\n") if changed is not None else None
    held = read(text, before.id)
    end = text.find("\n---\n", 3)
    if held is None or end < 0 or after.id != held.id or after.extra:
        return None
    if after.comments[: len(held.comments)] != held.comments:
        return None
    after = normal(after, held)
    try:
        head = _head(text[4 : end + 1], held, after)
    except Unsure:
        return None
    new = f"---\n{head}---\n{edited_body(text[end + 5 :], held, after)}"
    return new if read(new, after.id) == after else None


def _head(head: str, before: Item, after: Item) -> str:
    """The frontmatter with the values that differ; what a key has stands on its lines, a new one behind its place."""
    parts = _parts(head)
    added: dict[str, list[str]] = {}
    place = ""
    for field in FIELDS:
        name = field.name
        place = name if name in parts else place
        new = fields.value(after, name)
        if fields.value(before, name) == new:
            continue
        lines = _lines(field, parts.get(name, []), new)
        if name in parts:
            parts[name] = lines
        else:
            added[place] = added.get(place, []) + lines
    return "".join(f"{line}\n" for key, lines in parts.items() for line in (*lines, *added.get(key, ())))


def _parts(head: str) -> dict[str, list[str]]:
    """key -> its lines, in the file's order; lines that belong to nothing have their number instead of a key."""
    parts: dict[str, list[str]] = {}
    key = ""
    for number, line in enumerate(head.split("\n")[:-1]):
        if line and line[0] in " -":
            parts[key].append(line)
            continue
        key = line.partition(":")[0] if line and line[0] != "#" else str(number)
        parts[key] = [line]
    return parts


def _lines(field: Field, lines: list[str], value: Any) -> list[str]:
    """The lines of a key with another value."""
    if field.kind in (REFS, MAP):
        raise Unsure
    if is_left_out(field.name, value):
        return []
    if field.kind == SET:
        return _set(field.name, lines, list(value))
    if not isinstance(value, (str, int)) or (isinstance(value, str) and "\n" in value):
        raise Unsure
    quote = lines[0][len(field.name) + 2 :][:1] if lines else ""
    style = quote if quote in _QUOTES else ""
    return [f"{field.name}: {scalar(written(field.name, value), style=style)}"]


def _set(name: str, lines: list[str], new: list[str]) -> list[str]:
    """The lines of a set: those of entries that stay are as they were."""
    if not lines:
        return [f"{name}:", *(f"- {scalar(one)}" for one in new)]
    entries = [line.lstrip(" ")[2:] for line in lines[1:]]
    old = [entry(one) for one in entries]
    mark = lines[-1][: -len(entries[-1])] if entries else ""
    # The editor of YAML compares values: a number is none of the texts in a set.
    if not mark or len(set(old)) < len(old) or any(not isinstance(resolve(one), str) for one in entries):
        raise Unsure
    place = dict(zip(old, lines[1:], strict=True))
    return [lines[0], *(place.get(one) or f"{mark}{scalar(one)}" for one in kept_order(old, new))]
