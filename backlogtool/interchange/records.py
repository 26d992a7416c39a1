"""The rows of ``export --sqlite``: items, events and findings as tuples in the order of ``tables``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from backlogtool.domain import body
from backlogtool.domain.event import STATUS_CHANGE, Event, plain
from backlogtool.domain.fields import value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.interchange.tables import ITEM_FIELDS

Row = tuple[str | int | None, ...]


def item(one: Item, path: str, *, closed: Collection[str], updated_at: str | None, closed_at: str | None) -> Row:
    """A row of ``items``."""
    met, boxes = body.criteria(one.description)
    fields = [cell(value(one, field.name)) for field in ITEM_FIELDS]
    rest = (one.description, one.status in closed, updated_at, closed_at, met, boxes, path)
    return (*fields, cell(one.extra), *(_stored(held) for held in rest))


def tags(one: Item) -> Iterator[Row]:
    """Rows of ``tags``."""
    return ((one.id, _text(tag)) for tag in one.tags)


def dependencies(one: Item) -> Iterator[Row]:
    """Rows of ``dependencies``."""
    return ((one.id, _text(needed)) for needed in one.dependencies)


def evidence(one: Item) -> Iterator[Row]:
    """Rows of ``evidence``."""
    return ((one.id, _text(kind), _text(ref)) for kind, refs in one.evidence_refs.items() for ref in refs)


def criteria(one: Item) -> Iterator[Row]:
    """Rows of ``criteria``."""
    return ((one.id, place, int(met), _text(text)) for place, (met, text) in enumerate(body.boxes(one.description), 1))


def comments(one: Item) -> Iterator[Row]:
    """Rows of ``comments``."""
    return ((one.id, place, *map(_text, remark)) for place, remark in enumerate(one.comments, 1))


def events(told: Iterable[Event], ids: Collection[str], first: int = 1) -> Iterator[Row]:
    """Rows of ``events``; ``ids`` are those of ``items``, ``first`` is the number of the first event."""
    for number, one in enumerate(told, first):
        item_id = one.item_id if one.item_id in ids else None
        texts = (one.item_id, one.ts, one.type, one.actor, one.message)
        yield (number, one.id, item_id, *map(_text, texts))


def changes(told: Iterable[Event], first: int = 1) -> Iterator[Row]:
    """Rows of ``changes``; ``first`` is the number of the first event."""
    for number, one in enumerate(told, first):
        for field, (old, new) in _changed(one):
            yield number, _text(field), cell(old), cell(new)


def findings(found: Iterable[Finding], ids: Collection[str]) -> Iterator[Row]:
    """Rows of ``findings``; ``ids`` are those of ``items``."""
    for number, one in enumerate(found, 1):
        item_id = one.item if one.item in ids else None
        place = (cell(one.path), one.line or None, one.column or None)
        yield number, one.code, one.severity, _text(one.message), *place, item_id, cell(one.field), cell(one.fix)


def cell(held: object) -> str | int | None:
    """A value as a cell holds it: text, an integer, a list or map as JSON, NULL for nothing."""
    if isinstance(held, str):
        return _text(held) if held else None
    if type(held) is int:  # the reader takes no more than SQLite holds
        return held
    known = plain(held)
    return None if known in (None, {}, []) else _text(json.dumps(known, ensure_ascii=False))


def _changed(one: Event) -> Iterable[tuple[str, Any]]:
    if one.type == STATUS_CHANGE:
        return [("status", (one.meta["old_status"], one.meta["new_status"]))]
    changed: dict[str, Any] = one.meta.get("changes", {})
    return changed.items()


def _stored(held: str | int | None) -> str | int | None:
    return _text(held) if isinstance(held, str) else held if held is None else int(held)


def _text(text: str) -> str:
    """The text without what is no character: the bytes of a path that is not UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
