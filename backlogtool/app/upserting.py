"""The verb ``upsert``: one item for one dedupe key, however often the same work is reported (R-170…R-182)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.app.items import CREATABLE, draft, told, written
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain import dedupe
from backlogtool.domain.event import DELETED
from backlogtool.domain.fields import DESCRIPTION
from backlogtool.domain.item import Item
from backlogtool.domain.outcome import CREATED, UNCHANGED
from backlogtool.errors import RefusedError, UsageError
from backlogtool.generation import merging
from backlogtool.stores.base import Stored, Write


def upsert(space: Workspace, values: Mapping[str, Any], options: Options) -> Result:
    """Creates the item with this dedupe key, or updates the one that has it.

    An update leaves alone what people decide, so it takes the values of a whole item, as ``show --json`` has it.
    """
    space.require("upsert")
    space.require_backlog()
    key = values.get("dedupe_key", "")
    if not key:
        raise UsageError("upsert needs a dedupe_key", hint="it is what tells one item from another; or use create")
    with space.store.writing(dry=options.dry_run):
        stored = _holder(space, key)
        if stored is not None:
            values = {name: held for name, held in values.items() if name in CREATABLE or name == DESCRIPTION}
        candidate = written(draft(space, values, dedupe.id_of(key)), space.policy)
        outcome = merging.upsert(
            stored.item if stored else None, candidate, space.policy, by_generator=False, owner_given="owner" in values
        )
        if outcome.action == UNCHANGED:
            return Result(UNCHANGED, (outcome.item,))
        if stored is None:
            return _created(space, outcome.item, options)
        return apply(space, [Write(stored, outcome.item)], told(stored.item, outcome.item), options)


def _holder(space: Workspace, key: str) -> Stored | None:
    holders = [one for one in readable(space).stored if one.item.dedupe_key == key]
    if len(holders) > 1:
        both = ", ".join(one.item.id for one in holders)
        raise RefusedError(f"dedupe_key '{key}' is used by {both}", hint="backlogtool validate shows where")
    return holders[0] if holders else None


def _created(space: Workspace, item: Item, options: Options) -> Result:
    """The id follows from the key, so an item that was deleted comes back, and its history goes on (R-158)."""
    gone = [event for event in space.store.events(item.id) if event.type == DELETED]
    word = "created again" if gone else "created"
    result = apply(space, [Write(None, item)], f'{item.id} {word} "{item.title}"', options, action=CREATED)
    if not gone:
        return result
    note = f"{item.id} was deleted by {gone[-1].actor} on {gone[-1].ts}; its history goes on: backlogtool log {item.id}"
    return result._replace(notes=(note,))
