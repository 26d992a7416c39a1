"""The verb ``edit`` over a filter: the same change to every item that matches, in one commit."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.app.items import Edits, edited, told, whole_ids, written
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.finding import counted
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import InvalidError, RefusedError
from backlogtool.stores.base import Stored, Write


def edit_matching(
    space: Workspace, words: Sequence[str], edits: Edits, options: Options, *, agreed: bool = False
) -> Result:
    """Changes fields of the items that the words choose, as ``list`` understands them; all of them, or none.

    Raises ``RefusedError`` with their number unless ``agreed`` or it is a dry run, ``InvalidError`` if an item
    cannot be read: it may be one of them.
    """
    space.require("upsert")
    with space.store.writing(dry=options.dry_run):
        chosen, edits = _matching(space, words), whole_ids(space, edits)
        changes = [(one, written(edited(one.item, edits, space.today), space.policy, one.item)) for one in chosen]
        writes = [Write(one, after) for one, after in changes if after != one.item or options.with_edits]
        if not writes:
            return Result(UNCHANGED, tuple(one.item for one in chosen))
        if not (agreed or options.dry_run):
            hint = "--dry-run shows how, --yes does it"
            raise RefusedError(f"{counted(len(writes), 'item')} would be changed", hint=hint)
        return apply(space, writes, _summary(writes, words), options)


def _matching(space: Workspace, words: Sequence[str]) -> list[Stored]:
    """The items in the order of their ids, so that the same command makes the same commit everywhere."""
    found = space.store.find(space.query(words))
    if found.unreadable:
        message = "whether every item was found is not known"
        hint = "mend that file first; backlogtool validate lists what to mend"
        raise InvalidError(message, found.unreadable, hint=hint)
    return sorted(found.stored, key=lambda one: one.item.id)


def _summary(writes: Sequence[Write], words: Sequence[str]) -> str:
    first = writes[0]
    if len(writes) == 1 and first.before and first.after:
        return told(first.before.item, first.after)
    return f"{counted(len(writes), 'item')} edited: {' '.join(words)}"
