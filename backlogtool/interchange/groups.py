"""Groups: which one an item is listed in, and what a grouped file says about all of them.

Sources: R-260…R-267, C-30, C-31.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backlogtool.codec import grouped_notes, mojibake
from backlogtool.codec.grouped import Group as FileGroup
from backlogtool.codec.grouped import Grouped, Task
from backlogtool.codec.grouped_lines import LIKE_MARKER
from backlogtool.domain.item import Item
from backlogtool.domain.policy import BacklogMd, Group, Policy
from backlogtool.domain.query import sort_key
from backlogtool.interchange.names import unique
from backlogtool.interchange.task_blocks import Listed, priority_name, type_of

TODO = "todo"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file says about everything but its tasks, in the terms of the policy's section ``backlog_md``."""

    title: str
    preamble: str
    groups: tuple[Group, ...]
    group_notes: Mapping[str, tuple[str, ...]]

    def differences(self, rules: BacklogMd) -> dict[str, Any]:
        """The keys of ``backlog_md`` that differ from the policy, as the plain values to write there."""
        found: dict[str, Any] = {}
        if self.title != rules.title:
            found["title"] = self.title
        if self.preamble != rules.preamble:
            found["preamble"] = self.preamble
        if self.groups != rules.groups:
            found["groups"] = [_plain(group) for group in self.groups]
        if dict(self.group_notes) != dict(rules.group_notes):
            found["group_notes"] = {key: list(notes) for key, notes in self.group_notes.items()}
        return found


def listed_order(item: Listed, policy: Policy) -> tuple[bool, int, tuple[int, str, str]]:
    """Sort key inside a group: by rank, items without one last (R-257)."""
    return item.rank is None, item.rank or 0, sort_key(item, policy)


def home(item: Listed, policy: Policy) -> Group:
    """The group that lists the item: its own, else the first with its type and priority, else one made for it."""
    rules = policy.backlog_md
    own = (item.promoted_from or item.group) if item.list == TODO else item.group
    kind, priority = type_of(item, policy), priority_name(item, policy)
    kind = kind if kind in rules.types else type_of(item._replace(type=""), policy)
    by_key = (group for group in rules.groups if group.key == own)
    fitting = (
        group for group in rules.groups if kind in (group.type, *group.also_types) and group.priority == priority
    )
    return next(by_key, None) or next(fitting, None) or made(kind, priority, _keys(rules))


def homes(items: Iterable[Listed], policy: Policy) -> Iterator[tuple[Listed, Group]]:
    """Each item with its ``home``, which is looked for once for all that are alike."""
    known: dict[tuple[str, ...], Group] = {}
    for item in items:
        alike = (item.list, item.promoted_from, item.group, item.type, item.category, item.priority)
        yield item, known.get(alike) or known.setdefault(alike, home(item, policy))


def made(kind: str, priority: str, taken: dict[str, int]) -> Group:
    """A new group of this type and priority, with a key that is not taken (``names.unique``)."""
    key = unique(f"{kind}-{priority}", taken, "{}-{}")
    return Group(key, kind, priority, f"{kind.capitalize()} — {priority.capitalize()}")


def _keys(rules: BacklogMd) -> dict[str, int]:
    return dict.fromkeys((group.key for group in rules.groups), 1)


def moved(items: Iterable[Listed], policy: Policy) -> dict[Group, list[str]]:
    """For each group the comments that tell what was promoted from it, one a day (R-267)."""
    days: dict[tuple[Group, str], list[str]] = {}
    promoted = [item for item in items if item.list == TODO and item.promoted_from and item.promoted_at]
    for item in sorted(promoted, key=lambda one: listed_order(one, policy)):
        days.setdefault((home(item, policy), item.promoted_at), []).append(item.id)
    found: dict[Group, list[str]] = {}
    for (group, day), ids in sorted(days.items(), key=lambda one: one[0][1]):
        told = f"<!-- Task{'s' if len(ids) > 1 else ''} {', '.join(ids)} moved to {policy.todo.file} on {day} -->"
        found.setdefault(group, []).append(told)
    return found


def shown_heading(group: Group) -> str:
    """The heading as the file shows it: one that nobody could see, or that reads as a marker, is no heading."""
    line = one_line(group.heading)
    return (
        line
        if _seen_line(line) and not LIKE_MARKER.match(f"## {line}")
        else made(group.type, group.priority, {}).heading
    )


def shown_preamble(rules: BacklogMd) -> str:
    """The preamble as the file shows it; its comment cannot end early."""
    lines = rules.preamble.replace("-->", "--&gt;").split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines).strip("\n")


def shown_notes(rules: BacklogMd, group: Group) -> list[str]:
    """The policy's notes for a group as the file shows them."""
    return [note for text in rules.group_notes.get(group.key, ()) for note in grouped_notes.split(text)]


def one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def matched(file: Grouped, policy: Policy) -> list[Group]:
    """For each group of the file the policy's, or a new one.

    First those with the same type, priority and heading, then those that only have another heading now: key
    and further types stay. A group without a heading takes the policy's (L-18).
    """
    free = list(policy.backlog_md.groups)
    found: dict[int, Group] = {}
    for same in (_is_same, _is_alike):
        for index, group in enumerate(file.groups):
            held = None if index in found else next((one for one in free if same(one, group)), None)
            if held is not None:
                free.remove(held)
                found[index] = held if _is_same(held, group) else held._replace(heading=group.heading or held.heading)
    taken = _keys(policy.backlog_md)
    for index, group in enumerate(file.groups):
        if index not in found:
            new = made(group.type, group.priority, taken)
            found[index] = new._replace(heading=group.heading or new.heading)
    return [found[index] for index in range(len(file.groups))]


def assigned(file: Grouped, policy: Policy) -> Grouped:
    """The file with the tasks that stand in no group at the end of the first with their type and priority (L-09).

    A group that the file lacks comes last; a file without any has those of the policy.
    """
    groups = list(file.groups)
    if file.outside and not groups:
        groups = [_empty(one.type, one.priority, shown_heading(one)) for one in policy.backlog_md.groups]
    places: dict[tuple[str, str], int] = {}
    for place, group in enumerate(matched(replace(file, groups=tuple(groups)), policy)):
        for kind in (group.type, *group.also_types):
            places.setdefault((kind, group.priority), place)
    added: dict[int, list[Task]] = {}
    for task in file.outside:
        place = places.setdefault((task.type, task.priority), len(groups))
        if place == len(groups):
            groups.append(_empty(task.type, task.priority))
        added.setdefault(place, []).append(task)
    full = (replace(group, tasks=(*group.tasks, *added.get(place, ()))) for place, group in enumerate(groups))
    return replace(file, groups=tuple(full), outside=())


def _empty(kind: str, priority: str, heading: str = "") -> FileGroup:
    return FileGroup(kind, priority, heading, (), (), 0)


def layout(file: Grouped, policy: Policy, items: Sequence[Item] = ()) -> Layout:
    """What the file says, with the policy's own values where the file shows them unchanged.

    ``items`` are those of the backlog: comments and groups that only show where they are belong to no layout.
    A file without groups says nothing about them.
    """
    rules = policy.backlog_md
    title = rules.title if file.title == _seen_line(rules.title) else file.title
    preamble = rules.preamble if file.preamble == _seen(shown_preamble(rules)) else file.preamble
    if not file.groups:
        return Layout(title, preamble, rules.groups, rules.group_notes)
    told = moved(items, policy)
    kept = _kept(file, policy, items)
    notes = {key: held for key, held in rules.group_notes.items() if key not in {group.key for group in rules.groups}}
    for group, given in kept:
        shown = [_seen(note) for note in shown_notes(rules, group)]
        own = [note for note in given.notes if note in shown or note not in told.get(group, ())]
        if own:
            notes[group.key] = rules.group_notes[group.key] if own == shown else tuple(own)
    return Layout(title, preamble, tuple(group for group, _ in kept), notes)


def _kept(file: Grouped, policy: Policy, items: Sequence[Item]) -> list[tuple[Group, FileGroup]]:
    """The file's groups without those at its end that were made only because items fit no other."""
    pairs = list(zip(matched(file, policy), file.groups, strict=True))
    homes = {item.id: home(item, policy) for item in items}
    told = moved(items, policy)
    while pairs:
        group, given = pairs[-1]
        needed = set(given.notes) - set(told.get(group, ())) or group in policy.backlog_md.groups
        if needed or not all(homes.get(task.id) == group for task in given.tasks) or not (given.tasks or given.notes):
            break
        pairs.pop()
    return pairs


def _is_same(held: Group, given: FileGroup) -> bool:
    return _is_alike(held, given) and given.heading == _seen_line(shown_heading(held))


def _is_alike(held: Group, given: FileGroup) -> bool:
    return (held.type, held.priority) == (given.type, given.priority)


def _seen(text: str) -> str:
    """The text as the file's reader sees it."""
    return mojibake.repair(text)[0]


def _seen_line(text: str) -> str:
    return _seen(one_line(text)).strip()


def _plain(group: Group) -> dict[str, Any]:
    tags = {"key": group.key, "type": group.type, "priority": group.priority, "heading": group.heading}
    return {**tags, "also_types": list(group.also_types)} if group.also_types else tags
