"""Events: what happened between two versions of an item.

A command, a hand edit in a pull request and a merge are told as the same events, because all of them are
the ``diff`` of two versions. ``replay`` is the inverse: the events of an item, in order, give the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from backlogtool.domain.fields import COMMENTS, DESCRIPTION, FIELDS, SET, value
from backlogtool.domain.item import EMPTY, Comment, Item

CREATED = "created"
STATUS_CHANGE = "status_change"
COMMENT = "comment"
AUTO_UPDATE = "auto_update"
DELETED = "deleted"


class Event(NamedTuple):
    """One thing that happened to one item.

    ``ts`` is a canonical moment. ``meta`` says exactly what changed: for a status change ``old_status`` and
    ``new_status``; for a comment its ``at`` and ``actor``; else ``changes``, field -> [old, new].
    ``message`` is what the person said about it, or else a summary.
    """

    id: str
    item_id: str
    ts: str
    type: str
    message: str
    actor: str
    meta: Mapping[str, Any]


class Claim(NamedTuple):
    """What a commit's trailers say about one event; the diff decides whether it is so.

    ``message`` counts the messages that were folded into one: claims of one number stood in one commit. It says
    where the claim stands, not what it says, so claims that differ in nothing else are equal.
    """

    item_id: str
    type: str
    actor: str
    meta: Mapping[str, Any]
    message: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Claim) and self[:-1] == other[:-1]

    def __ne__(self, other: object) -> bool:  # a tuple has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:-1])


def event_id(commit: str, item_id: str, ordinal: int = 0) -> str:
    """``ev_`` and 12 hex digits; the ordinal tells the events of one commit and item apart."""
    import hashlib  # takes as long as reading an item; events that are kept have their ids

    name = f"{commit}:{item_id}" + (f":{ordinal}" if ordinal else "")
    return "ev_" + hashlib.sha256(name.encode()).hexdigest()[:12]


def diff(before: Item | None, after: Item | None) -> list[Event]:
    """The events of a version step; no id, time or actor yet. Nothing if the two are equal."""
    if before is None:
        return [] if after is None else [_event(after, CREATED, {"changes": _changes(None, after)})]
    if after is None:
        return [_event(before, DELETED, {"changes": {}})]
    events = []
    changes = _changes(before, after)
    if "status" in changes:
        old, new = changes.pop("status")
        events.append(_event(after, STATUS_CHANGE, {"old_status": old, "new_status": new}))
    added: Sequence[Comment] = ()
    if COMMENTS in changes and after.comments[: len(before.comments)] == before.comments:
        added = after.comments[len(before.comments) :]
        del changes[COMMENTS]
    if changes:
        events.append(_event(after, AUTO_UPDATE, {"changes": changes}))
    for comment in added:
        remark = _event(after, COMMENT, {"at": comment.at, "actor": comment.actor})
        events.append(remark._replace(message=comment.text))
    return events


def stamped(
    events: Sequence[Event], claims: Sequence[Claim], *, commit: str, ts: str, author: str, said: str
) -> list[Event]:
    """The events of one item in one commit, with id, time, actor and message.

    ``said`` is what the commit's author wrote. A claimed actor counts for events of the claimed type;
    everybody else's events are the author's.
    """
    actors = {claim.type: claim.actor for claim in claims if claim.actor}
    return [
        event._replace(
            id=event_id(commit, event.item_id, ordinal),
            ts=ts,
            actor=actors.get(event.type, author),
            message=event.message or said or summary(event),
        )
        for ordinal, event in enumerate(events)
    ]


def along_claims(
    events: Sequence[Event], claims: Sequence[Claim], legal: Callable[[Sequence[str]], bool]
) -> list[Event]:
    """The events with a squashed change of status told as the steps that the folded commits claim.

    Only if the claims are a path from the old status to the new one and ``legal`` says yes to it.
    """
    told: list[Event] = []
    for event in events:
        path = claimed_path(event.item_id, claims) if event.type == STATUS_CHANGE else []
        ends = (event.meta.get("old_status"), event.meta.get("new_status"))
        if len(path) > 2 and (path[0], path[-1]) == ends and legal(path):
            told += [event._replace(meta={"old_status": old, "new_status": new}) for old, new in pairwise(path)]
        else:
            told.append(event)
    return told


def claimed_path(item_id: str, claims: Sequence[Claim]) -> list[str]:
    """The statuses that the claimed moves of an item lead through; empty if they do not join up.

    One commit moves an item once, so several moves count only if each stands in a folded message of its
    own and names its actor. Forges fold messages oldest first, ``git merge --squash`` newest first: either
    order will do.
    """
    mine = [claim for claim in claims if claim.item_id == item_id and claim.type == STATUS_CHANGE]
    if len(mine) > 1 and not (_apart(mine) and all(claim.actor for claim in mine)):
        return []
    moves = [(claim.meta.get("old_status"), claim.meta.get("new_status")) for claim in mine]
    return _joined(moves) or _joined(moves[::-1])


def _apart(claims: Sequence[Claim]) -> bool:
    return len({claim.message for claim in claims}) == len(claims)


def _joined(moves: Sequence[tuple[Any, Any]]) -> list[str]:
    path: list[str] = []
    for old, new in moves:
        if not (isinstance(old, str) and isinstance(new, str)) or (path and path[-1] != old):
            return []
        path += [new] if path else [old, new]
    return path


def status_after(event: Event) -> str | None:
    """The status in which the event leaves its item; None if it does not touch the status."""
    if event.type == CREATED:
        status = event.meta["changes"].get("status", (None, ""))[1]
    else:
        status = event.meta.get("new_status")
    return None if status is None else str(status)


def replay(events: Iterable[Event]) -> Item | None:
    """The item that the events, oldest first, tell of; None if it was deleted or never created."""
    item: Item | None = None
    for event in events:
        if event.type == DELETED:
            item = None
        elif event.type == CREATED:
            blank = Item(id=event.item_id, title="", created_at="", status="")
            item = _apply(blank, {name: new for name, (_, new) in event.meta["changes"].items()})
        elif item is None:
            raise ValueError(f"{event.type} of {event.item_id} before it was created")
        elif event.type == STATUS_CHANGE:
            item = item._replace(status=event.meta["new_status"])
        elif event.type == COMMENT:
            remark = Comment(event.meta["at"], event.meta["actor"], event.message)
            item = item._replace(comments=(*item.comments, remark))
        else:
            item = _apply(item, {name: new for name, (_, new) in event.meta["changes"].items()})
    return item


def summary(event: Event) -> str:
    """What happened, in one line, from the facts alone."""
    if event.type == STATUS_CHANGE:
        return f"{event.meta['old_status']} -> {event.meta['new_status']}"
    if event.type in (CREATED, DELETED):
        return event.type
    if event.type == COMMENT:
        return "commented"
    return ", ".join(_told(name, old, new) for name, (old, new) in event.meta["changes"].items())


def _told(name: str, old: object, new: object) -> str:
    short = isinstance(old, (str, int, type(None))) and isinstance(new, (str, int, type(None)))
    if not short or name in (DESCRIPTION, "title") or len(str(old)) + len(str(new)) > 60:
        return f"{name} changed"
    return f"{name} {_shown(old)} -> {_shown(new)}"


def _shown(plain: object) -> str:
    return "(none)" if plain in (None, "") else str(plain)


def _event(item: Item, kind: str, meta: dict[str, Any]) -> Event:
    return Event(id="", item_id=item.id, ts="", type=kind, message="", actor="", meta=meta)


def _changes(before: Item | None, after: Item) -> dict[str, list[Any]]:
    """field -> [old, new] as plain JSON values, for every field that differs; unknown keys as well."""
    names = [field.name for field in FIELDS] + [DESCRIPTION, COMMENTS, *after.extra]
    if before is not None:
        names += [name for name in before.extra if name not in after.extra]
    found = {}
    blank = Item(id=after.id, title="", created_at="", status="") if before is None else before
    for name in names:
        old, new = value(blank, name), value(after, name)
        if not same(old, new):
            found[name] = [None if before is None else plain(old), plain(new)]
    return found


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same in a file: for Python 1, 1.0 and True are equal, here they are not."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def plain(thing: Any) -> Any:
    """A field's value as JSON knows it: mappings, lists, text, numbers."""
    if isinstance(thing, Comment):
        return {"at": thing.at, "actor": thing.actor, "text": thing.text}
    if isinstance(thing, Mapping):
        return {key: plain(inner) for key, inner in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [plain(inner) for inner in thing]
    return thing


def _apply(item: Item, values: Mapping[str, Any]) -> Item:
    kinds = {field.name: field.kind for field in FIELDS}
    known: dict[str, Any] = {}
    extra = dict(item.extra)
    for name, new in values.items():
        if name == COMMENTS:
            known[name] = tuple(Comment(**remark) for remark in new)
        elif name == "evidence_refs":
            known[name] = {kind: tuple(refs) for kind, refs in (new or EMPTY).items()}
        elif name in kinds:
            known[name] = tuple(new) if kinds[name] == SET else new
        elif name == DESCRIPTION:
            known[name] = new
        elif new is None:
            extra.pop(name, None)
        else:
            extra[name] = new
    return item._replace(extra=extra, **known)
