"""THE JSON shape: items, events and findings as plain data, the same on every door (R-167, R-168, D-20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.domain.event import Event, plain
from backlogtool.domain.fields import FIELDS, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item

SCHEMA_VERSION = 1
#: The order of the reference store's record; what it does not know follows in the order of the file.
_FIRST = (
    "id",
    "created_at",
    "updated_at",
    "env",
    "service",
    "category",
    "title",
    "description",
    "priority",
    "status",
    "owner",
    "due_date",
    "source",
    "dedupe_key",
    "evidence_refs",
    "tags",
    "meta",
)
#: What history tells and no file says (D-1).
DERIVED = ("updated_at", "closed_at")


def envelope(data: Any, **more: Any) -> dict[str, Any]:
    """``{"schema_version": 1, "data": …}``, with further top-level keys that are not empty; a count of 0 is there."""
    said = {key: one for key, one in more.items() if one or isinstance(one, int)}
    return {"schema_version": SCHEMA_VERSION, "data": data, **said}


def item(one: Item, *, updated_at: str | None = None, closed_at: str | None = None) -> dict[str, Any]:
    """An item. The two derived moments are null where history does not tell them (D-1)."""
    known = {name: updated_at if name in DERIVED else plain(value(one, name)) for name in _FIRST}
    more = {field.name: plain(value(one, field.name)) for field in FIELDS if field.name not in _FIRST}
    shown = {name: held for name, held in more.items() if held not in ("", None, [])}
    return {**known, "closed_at": closed_at, **shown, "comments": plain(one.comments), "extra": plain(one.extra)}


def event(one: Event) -> dict[str, Any]:
    """An event, keys in the order of R-168."""
    return {
        "id": one.id,
        "item_id": one.item_id,
        "ts": one.ts,
        "type": one.type,
        "message": one.message,
        "actor": one.actor,
        "meta": plain(one.meta),
    }


def finding(one: Finding) -> dict[str, Any]:
    """A finding; keys that say nothing are left out."""
    shown: Mapping[str, Any] = {
        "code": one.code,
        "severity": one.severity,
        "message": one.message,
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "item": one.item,
        "field": one.field,
        "allowed": list(one.allowed),
        "fix": one.fix,
    }
    return {key: held for key, held in shown.items() if held}
