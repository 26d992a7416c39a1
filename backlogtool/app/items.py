"""Verbs that change single items: create, edit, set status, assign, comment, close. ``upserting`` has upsert."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace, one_of
from backlogtool.app.writing import apply
from backlogtool.codec import trailers
from backlogtool.codec.canonical import normal
from backlogtool.codec.scalars import HIDDEN, NO_TEXT, resolve
from backlogtool.domain import calendar, dedupe, workflow
from backlogtool.domain.event import diff, plain, summary
from backlogtool.domain.fields import BY_NAME, COMMENTS, DAY, DESCRIPTION, ENUM, MAP, MOMENT, NUMBER, REFS, SET, value
from backlogtool.domain.item import EMPTY, Comment, Item
from backlogtool.domain.outcome import CREATED, UNCHANGED
from backlogtool.domain.policy import Policy
from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import InvalidError, NotFoundError, UsageError
from backlogtool.stores.base import Stored, Write

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DEPENDENCIES = "dependencies"
_SETS = tuple(name for name, field in BY_NAME.items() if field.kind == SET)
CREATABLE = frozenset(BY_NAME) - {"id", "created_at", "status", "promoted_at", "promoted_from"}


class Edits(NamedTuple):
    """Changes to fields: new values by name, and entries to add to or remove from sets.

    Names are those of the file, ``description``, or ``meta.KEY`` and ``evidence_refs.KIND``.
    """

    values: Mapping[str, str] = EMPTY
    add: Mapping[str, Sequence[str]] = EMPTY
    remove: Mapping[str, Sequence[str]] = EMPTY


def new_id() -> str:
    """A random id: ``bl_`` and 48 random bits in hex."""
    return f"bl_{os.urandom(6).hex()}"


def draft(space: Workspace, values: Mapping[str, Any], item_id: str = "") -> Item:
    """A new item with the policy's defaults in every field that ``values`` does not name.

    Raises ``UsageError`` for a field that cannot be set on creation.
    """
    policy, defaults = space.policy, space.policy.defaults
    for name in values:
        if name not in CREATABLE and name != DESCRIPTION:
            raise UsageError(f"'{name}' cannot be set on a new item", hint=did_you_mean(name, sorted(CREATABLE)))
    category = policy.categories.get(values.get("category", ""))
    service = values.get("service", "")
    item = Item(
        id=item_id or new_id(),
        title="",
        created_at=space.now,
        status=defaults.status,
        env=defaults.env,
        priority=category.priority if category else defaults.priority,
        owner=policy.ownership.owner_of(service),
        due_date=calendar.add_days(space.today, category.due_days) if category else "",
        source=defaults.source,
    )
    made = item._replace(**values)
    return made if made.dedupe_key else made._replace(dedupe_key=dedupe.manual_key(policy, made))


def create(space: Workspace, values: Mapping[str, Any], options: Options) -> Result:
    """Adds one item. ``values`` are field values as the file has them; see ``typed``."""
    space.require("create")
    space.require_backlog()
    with space.store.writing(dry=options.dry_run):
        item = written(draft(space, values), space.policy)
        return apply(space, [Write(None, item)], f'{item.id} created "{item.title}"', options, action=CREATED)


def edit(space: Workspace, prefix: str, edits: Edits, options: Options) -> Result:
    """Changes fields of one item."""
    return _change(space, prefix, "upsert", options, lambda item: edited(item, whole_ids(space, edits), space.today))


def rewrite(space: Workspace, stored: Stored, written: bytes, options: Options) -> Result:
    """Puts in place the whole file as a person wrote it, byte for byte.

    Raises ``InvalidError`` with every finding if it cannot be read; nothing is lost then, the caller has it.
    """
    from backlogtool.codec import markdown  # the other verbs need no strict reader

    space.require("upsert")
    reading = markdown.read(written, stored.item.id)
    if reading.item is None or reading.document is None:
        found = [reading.locate(one, stored.path) for one in reading.findings if one.is_error]
        raise InvalidError(f"{stored.item.id} could not be read after the edit", found)
    with space.store.writing(dry=options.dry_run):
        if written == stored.text.encode():
            return Result(UNCHANGED, (stored.item,))
        write = Write(stored, reading.item, reading.document.whole)
        return apply(space, [write], told(stored.item, reading.item), options)


def set_status(space: Workspace, prefix: str, status: str, options: Options) -> Result:
    """Moves an item along the workflow; to the status it has already is no change (R-195)."""
    return _change(space, prefix, "set_status", options, lambda item: _moved(item, status, space))


def close(space: Workspace, prefix: str, status: str, options: Options) -> Result:
    """Moves an item to a closed status, by the same table as any move (C-08)."""
    closed = space.policy.workflow.closed_statuses
    if status not in closed:
        raise UsageError(f"'{status}' does not close an item", hint=did_you_mean(status, closed))
    return _change(space, prefix, "close", options, lambda item: _moved(item, status, space))


def assign(space: Workspace, prefix: str, owner: str, options: Options) -> Result:
    """Gives an item another owner (C-04)."""
    return _change(space, prefix, "upsert", options, lambda item: item._replace(owner=owner))


def comment(space: Workspace, prefix: str, text: str, options: Options) -> Result:
    """Adds a comment by the actor. Raises ``UsageError`` for an empty one."""
    if not text.strip():
        raise UsageError("an empty comment", hint="say something, or leave it")
    remark = Comment(space.now, trailers.one_line(space.actor).strip(), text)
    return _change(
        space,
        prefix,
        "add_comment",
        options._replace(message=""),
        lambda item: item._replace(comments=(*item.comments, remark)),
    )


def _change(space: Workspace, prefix: str, action: str, options: Options, change: Callable[[Item], Item]) -> Result:
    """Reads an item, changes it, writes it, with no other writer in between."""
    space.require(action)
    with space.store.writing(dry=options.dry_run):
        stored = space.get(prefix)
        after = written(change(stored.item), space.policy, stored.item)
        if after == stored.item and not options.with_edits:
            return Result(UNCHANGED, (stored.item,))
        return apply(space, [Write(stored, after)], told(stored.item, after), options)


def written(item: Item, policy: Policy, before: Item | None = None) -> Item:
    """The item as its file will give it back.

    Raises ``UsageError`` for a new value that no file can hold, or that is not one of the allowed ones.
    """
    after = normal(item, before)
    for name in (*BY_NAME, DESCRIPTION, COMMENTS):
        held = value(after, name)
        if before is None or held != value(before, name):
            _refuse_unknown(name, str(held), policy)
            _refuse_hidden(name, list(_texts(plain(held))))
    return after


def _refuse_unknown(name: str, held: str, policy: Policy) -> None:
    """A word that is none of the choices is a slip of whoever typed it, as in a filter; no rule speaks against it."""
    if name in BY_NAME and BY_NAME[name].kind == ENUM and held.strip() and held not in policy.allowed(name):
        raise UsageError(f"{name} '{held}' is unknown", hint=did_you_mean(held, policy.allowed(name)))


def _refuse_hidden(name: str, texts: Sequence[str]) -> None:
    free = name in (DESCRIPTION, COMMENTS)
    for text in texts:
        if not free and name != "meta" and "\n" in text:
            raise UsageError(f"{name} must be one line")
        if hidden := (NO_TEXT if free else HIDDEN).search(text):
            message = f"{name} holds U+{ord(hidden[0]):04X}, a control or invisible character"
            raise UsageError(message, hint="leave it out")


def _texts(held: Any) -> Iterator[str]:
    """Every text in a plain value."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict):
        yield from held
        held = list(held.values())
    if isinstance(held, list):
        for one in held:
            yield from _texts(one)


def _moved(item: Item, status: str, space: Workspace) -> Item:
    if status not in space.policy.enums.status:
        finding = workflow.illegal_transition(item, status, space.policy)
        raise UsageError(finding.message, hint=finding.fix)
    return item._replace(status=status)


def told(before: Item, after: Item) -> str:
    """What a change does, for the subject of its commit."""
    events = [summary(event) for event in diff(before, after)]
    return f"{after.id} {', '.join(events) or 'edited'}"


def whole_ids(space: Workspace, edits: Edits) -> Edits:
    """The edits with the whole ids of the items that they name by the start of one, in ``dependencies``.

    A whole id may be of an item that is on another branch still. Raises what ``Workspace.find_id`` does.
    """
    name = _DEPENDENCIES
    values, add = dict(edits.values), dict(edits.add)
    if name in values:
        values[name] = ",".join(space.find_id(one) for one in typed(name, values[name], space.today))
    if name in add:
        add[name] = [space.find_id(one) for one in add[name]]
    return edits._replace(values=values, add=add)


def edited(item: Item, edits: Edits, today: str) -> Item:
    """The item with the edits made. Raises ``UsageError`` for a field or value that cannot be."""
    for name, text in edits.values.items():
        item = _set(item, name, text, today)
    for name, entries in edits.add.items():
        item = _with_entries(item, name, (*_entries(item, name), *entries))
    for name, entries in edits.remove.items():
        held = _entries(item, name)
        if name == _DEPENDENCIES:
            entries = [one if one in held else one_of(one, held) or one for one in entries]
        missing = sorted(set(entries) - set(held))
        if missing:
            hint = did_you_mean(missing[0], held) if held else f"it has no {name} at all"
            raise NotFoundError(f"{item.id} has no {name} '{missing[0]}'", hint=hint)
        item = _with_entries(item, name, tuple(one for one in held if one not in entries))
    return item


def typed(name: str, text: str, today: str) -> Any:
    """What a person typed for a field, as the item holds it; days may be written as ``fri`` or ``7d``.

    Raises ``UsageError`` if it cannot be.
    """
    kind = BY_NAME[name].kind if name in BY_NAME else ""
    if kind == DAY:
        day = calendar.resolve_day(text or "none", today)
        if day is None:
            raise UsageError(f"'{text}' is not a day", hint="write YYYY-MM-DD, today, fri, 7d or none")
        return day
    if kind == MOMENT:
        return calendar.normal_moment(text) or text
    if kind == NUMBER:
        if not text or _WHOLE.fullmatch(text):
            return int(text) if text else None
        raise UsageError(f"{name} '{text}' is not a whole number", hint="18 digits at most")
    if kind == SET:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind in (REFS, MAP):
        raise UsageError(f"{name} is a map", hint=f"set one key of it: {name}.KEY=VALUE")
    return text


def _set(item: Item, name: str, text: str, today: str) -> Item:
    head, dot, key = _parts(name)
    if dot and head == "meta":
        meta = {one: held for one, held in item.meta.items() if one != key}
        return item._replace(meta={**meta, key: resolve(text)} if text else meta)
    if dot and head == "evidence_refs":
        return _with_entries(item, name, tuple(part.strip() for part in text.split(",") if part.strip()))
    if name == COMMENTS:
        raise UsageError("comments are added, not set", hint="backlogtool comment ID TEXT")
    if name in BY_NAME or name == DESCRIPTION:
        return item._replace(**{name: typed(name, text, today)})
    if name not in item.extra:
        raise UsageError(f"unknown field '{name}'", hint=did_you_mean(name, [*BY_NAME, DESCRIPTION]))
    extra = {one: held for one, held in item.extra.items() if one != name}
    return item._replace(extra={**item.extra, name: resolve(text)} if text else extra)


def _parts(name: str) -> tuple[str, str, str]:
    """``meta.KEY`` and ``evidence_refs.KIND`` cut at the first dot. Raises ``UsageError`` if nothing follows it."""
    head, dot, key = name.partition(".")
    if dot and head in ("meta", "evidence_refs") and not key:
        raise UsageError(f"'{name}' names no key of {head}", hint=f"write {head}.KEY=VALUE")
    return head, dot, key


def _entries(item: Item, name: str) -> tuple[str, ...]:
    """What a set holds: ``tags``, ``dependencies``, or one list of the evidence."""
    head, dot, kind = _parts(name)
    if dot and head == "evidence_refs":
        return tuple(item.evidence_refs.get(kind, ()))
    if name in _SETS:
        return tuple(getattr(item, name))
    raise UsageError(f"'{name}' is no set", hint=did_you_mean(name, [*_SETS, "evidence_refs.KIND"]))


def _with_entries(item: Item, name: str, entries: tuple[str, ...]) -> Item:
    if name in _SETS:
        return item._replace(**{name: entries})  # type: ignore[arg-type]
    kind = name.partition(".")[2]
    return item._replace(evidence_refs={**item.evidence_refs, kind: entries})
