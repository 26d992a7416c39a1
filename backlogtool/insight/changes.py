"""What a range of commits does to the backlog: each item's change as events, kinds of them, and how many there are.

There is one notion of a change, ``domain.event.diff``; here its events are sorted by what a reader of a pull request
wants to know, and told field by field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from backlogtool.domain import event
from backlogtool.domain.brief import Brief
from backlogtool.domain.event import AUTO_UPDATE, COMMENT, STATUS_CHANGE, Event, diff
from backlogtool.domain.fields import BY_NAME, COMMENTS, DESCRIPTION, MAP, REFS, SET
from backlogtool.domain.item import EMPTY, Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.query import is_overdue, sort_key

#: kind -> what a summary calls it. The order is that of summaries.
KINDS: Mapping[str, str] = {
    "created": "created",
    "closed": "closed",
    "reopened": "reopened",
    "deleted": "deleted",
    "moved": "moved",
    "reprioritised": "re-prioritised",
    "reowned": "re-owned",
    "rescheduled": "rescheduled",
    "described": "with a new description",
    "commented": "commented",
    "uncommented": "with comments taken out",
    "edited": "edited otherwise",
}
_OF_FIELD = {"priority": "reprioritised", "owner": "reowned", "due_date": "rescheduled", DESCRIPTION: "described"}
_FACTS = ("status", "priority", "owner", "service", "due_date")
_LONGEST = 160  # characters of a value that are told
_FEW = 5  # ids of other items that are told


class Pair(NamedTuple):
    """An item at both ends, None where it is not there. ``path`` is that of its file, at the newer end if it can be.

    ``faults`` say why the one before or the one after cannot be read; empty for one that can, or is not there.
    """

    item_id: str
    path: str
    before: Item | None
    after: Item | None
    faults: tuple[str, str] = ("", "")


class Changed(NamedTuple):
    """What happened to one item. ``item`` is the newer version, the older one of what was deleted.

    ``overdue``: it is left open with a due date that has passed. ``shares`` are the ids of other items with its
    dedupe key, where the range gives it that key. ``twins`` are the ids of other open items with its title, service and
    environment, where the range brings that title.
    """

    item: Item
    path: str
    kinds: tuple[str, ...]
    events: tuple[Event, ...]
    overdue: bool
    shares: tuple[str, ...]
    twins: tuple[str, ...] = ()


class Detail(NamedTuple):
    """One thing that changed: a field, or a word for what there is no field for, and how it is told.

    ``ends`` are the old value and the new one, where that is what is told.
    """

    name: str
    said: str
    ends: tuple[str, str] | None = None


class Comparison(NamedTuple):
    """All items that changed, in the order of a list; and the pairs of which a version cannot be read, by id."""

    items: tuple[Changed, ...]
    unreadable: tuple[Pair, ...]

    @property
    def counts(self) -> dict[str, int]:
        """kind -> how many items are of it; kinds without one are left out."""
        found = Counter(kind for one in self.items for kind in one.kinds)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.items)

    @property
    def duplicates(self) -> int:
        return sum(bool(one.shares) for one in self.items)

    @property
    def twins(self) -> int:
        return sum(bool(one.twins) for one in self.items)


def compared(
    pairs: Iterable[Pair],
    policy: Policy,
    today: str,
    shared: Mapping[str, Sequence[str]] = EMPTY,
    twins: Mapping[str, Sequence[str]] = EMPTY,
) -> Comparison:
    """What the pairs tell. ``shared`` maps an id to the others that have its dedupe key, if the range brings it, and
    ``twins`` to those with its title.

    What is closed and what is urgent is as the policy says, ``today`` is a day.
    """
    closed = policy.workflow.closed_statuses
    changed, unreadable = [], []
    for pair in pairs:
        if any(pair.faults):
            unreadable.append(pair)
            continue
        events = diff(pair.before, pair.after)
        item = pair.after or pair.before
        if events and item is not None:
            late = pair.after is not None and is_overdue(pair.after, today, closed)
            kinds = kinds_of(pair.before, pair.after, events, closed)
            others = tuple(shared.get(item.id, ())), tuple(twins.get(item.id, ()))
            changed.append(Changed(item, pair.path, kinds, tuple(events), late, *others))
    changed.sort(key=lambda one: sort_key(one.item, policy))
    return Comparison(tuple(changed), tuple(sorted(unreadable)))


def brought(pairs: Iterable[Pair]) -> dict[str, str]:
    """id -> dedupe key of the items that have a key at the newer end which they did not have at the older one."""
    return {
        pair.item_id: pair.after.dedupe_key
        for pair in pairs
        if pair.after is not None
        and pair.after.dedupe_key
        and (pair.before is None or pair.before.dedupe_key != pair.after.dedupe_key)
    }


def retitled(pairs: Iterable[Pair], closed: Sequence[str]) -> dict[str, Item]:
    """id -> item, open at the newer end, that has a title there which it did not have at the older one."""
    return {
        pair.item_id: pair.after
        for pair in pairs
        if pair.after is not None
        and pair.after.title
        and pair.after.status not in closed
        and (pair.before is None or pair.before.title != pair.after.title)
    }


def same_work(one: Item | Brief) -> tuple[str, str, str]:
    """What two open items have alike that seem to be one: nobody can tell them apart in a list."""
    return one.title, one.service, one.env


def kinds_of(
    before: Item | None, after: Item | None, events: Iterable[Event], closed: Sequence[str]
) -> tuple[str, ...]:
    """The kinds of what happened between two versions, in the order of ``KINDS``."""
    found: set[str] = set()
    for one in events:
        if one.type == STATUS_CHANGE:
            found.add(_move(one.meta["old_status"] in closed, one.meta["new_status"] in closed))
        elif one.type == COMMENT:
            found.add("commented")
        elif one.type == AUTO_UPDATE and before is not None and after is not None:
            found |= {_kind(name, before, after) for name in one.meta["changes"]}
        else:
            found.add(one.type)
    return tuple(kind for kind in KINDS if kind in found)


def details(one: Changed) -> list[Detail]:
    """Everything that changed in an item, and what there is to be said about it; text of items is not escaped."""
    found = [detail for happened in one.events for detail in _told(happened, one.item)]
    if one.overdue:
        found.append(Detail("overdue", f"the due date {one.item.due_date} has passed"))
    if one.shares:
        found.append(
            Detail("duplicate", f"the dedupe key {cut(one.item.dedupe_key)} is also that of {_some(one.shares)}")
        )
    if one.twins:
        found.append(Detail("same title", f"{_some(one.twins)} {'have' if one.twins[1:] else 'has'} it too"))
    return found


def _some(ids: Sequence[str]) -> str:
    """The first ids, and how many more there are."""
    more = [f"{len(ids) - _FEW} more"] if len(ids) > _FEW else []
    return ", ".join([*ids[:_FEW], *more])


def _move(was_closed: bool, is_closed: bool) -> str:
    if was_closed == is_closed:
        return "moved"
    return "closed" if is_closed else "reopened"


def _kind(name: str, before: Item, after: Item) -> str:
    if name == COMMENTS and before.comments[: len(after.comments)] == after.comments:
        return "uncommented"
    return _OF_FIELD.get(name, "edited")


def _told(happened: Event, item: Item) -> Iterator[Detail]:
    if happened.type == STATUS_CHANGE:
        yield _between("status", happened.meta["old_status"], happened.meta["new_status"])
    elif happened.type == COMMENT:
        yield Detail("comment", cut(f"{happened.meta['actor']}: {happened.message}"))
    elif happened.type == AUTO_UPDATE:
        for name, (old, new) in happened.meta["changes"].items():
            yield _difference(name, old, new)
    else:
        facts = {name: getattr(item, name) for name in _FACTS}
        yield Detail(happened.type, ", ".join(f"{name} {cut(held)}" for name, held in facts.items() if held))


def _difference(name: str, old: Any, new: Any) -> Detail:
    kind = BY_NAME[name].kind if name in BY_NAME else ""
    if name == DESCRIPTION:
        return Detail(name, _counted(str(old or "").split("\n"), str(new or "").split("\n")))
    if name == COMMENTS:
        return Detail(name, _remarks(old or [], new or []))
    if kind == SET:
        return Detail(name, _members(set(old or ()), set(new or ())))
    if kind in (MAP, REFS):
        return Detail(name, cut(f"changed: {', '.join(_keys(old or {}, new or {}))}"))
    return _between(name, old, new)


def _between(name: str, old: Any, new: Any) -> Detail:
    ends = _value(old), _value(new)
    return Detail(name, " -> ".join(ends), ends)


def _remarks(old: Sequence[Any], new: Sequence[Any]) -> str:
    """What happened to comments beside that new ones were added at the end."""
    return f"{len(old)} -> {len(new)} comments" + ("" if old[: len(new)] == new else ", older ones changed")


def _counted(old: Sequence[str], new: Sequence[str]) -> str:
    """How many lines came and went; a line that only moved did neither."""
    before, after = Counter(old), Counter(new)
    if before == after:
        return "lines moved"
    return f"+{(after - before).total()} -{(before - after).total()} lines"


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The keys that came, went or have another value."""
    both = old.keys() & new.keys()
    return sorted((old.keys() ^ new.keys()) | {key for key in both if not event.same(old[key], new[key])})


def _members(old: set[str], new: set[str]) -> str:
    signs = [f"+{one}" for one in sorted(new - old)] + [f"-{one}" for one in sorted(old - new)]
    return cut(" ".join(signs))


def _value(held: Any) -> str:
    return "(none)" if held in (None, "") else cut(str(held))


def cut(text: str) -> str:
    """The first line of a text, and no more of it than is told of a value."""
    line = text.split("\n", 1)[0]
    return text if len(text) <= _LONGEST and line == text else f"{line[: _LONGEST - 1].rstrip()}…"
