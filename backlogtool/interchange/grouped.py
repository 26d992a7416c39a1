"""The grouped backlog file and the todo file: tasks to items, and items to what the templates show.

The items are the truth; the file is a view that people may edit and import (C-32). Importing a view that
nobody edited changes nothing. Sources: R-246…R-290, C-03, C-30…C-33, C-50, C-53.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from backlogtool.codec import grouped_titles
from backlogtool.codec.grouped import Grouped, Task
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.layout import path_of
from backlogtool.domain.policy import Group, Policy
from backlogtool.interchange.groups import (
    TODO,
    Layout,
    home,
    homes,
    layout,
    listed_order,
    matched,
    moved,
    one_line,
    shown_heading,
    shown_notes,
    shown_preamble,
)
from backlogtool.interchange.task_blocks import Listed, new_item, task_of, updated

__all__ = ["Import", "Layout", "changes", "grouped_view", "is_shown", "layout", "task_of", "to_items", "todo_view"]

#: What ``task_of`` says of one of the items, from wherever it is known.
Shows = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Import:
    """What importing a file comes to.

    ``items`` are new, in listed order; ``changed`` are existing items as they are to become; ``findings`` have
    line and column and no path.
    """

    items: tuple[Item, ...]
    changed: tuple[Item, ...]
    layout: Layout
    findings: tuple[Finding, ...] = ()


def to_items(grouped: Grouped, policy: Policy, now: str) -> Import:
    """The file as the first of its kind: every task a new item, created ``now`` (a canonical moment)."""
    return changes(grouped, (), policy, now)


def changes(grouped: Grouped, items: Sequence[Item], policy: Policy, now: str, todo: Container[str] = ()) -> Import:
    """The file against the items there are: tasks with an unknown id are new, others change their item.

    Only what the task block shows is compared, and only what differs is changed. Items that the file does
    not list stay. A task that is in the todo list is an error (L-02); ``todo`` are the ids in its file.
    """
    known = {item.id: item for item in items}
    new: list[Item] = []
    changed: list[Item] = []
    findings = [_in_both(task, known, policy) for task in _tasks(grouped) if _is_promoted(task.id, known, todo)]
    for group, given in zip(matched(grouped, policy), grouped.groups, strict=True):
        tasks = [task for task in given.tasks if not _is_promoted(task.id, known, todo)]
        listed = [_as_listed(known.get(task.id), task, group, policy, now) for task in tasks]
        stayed = [task.id in known and home(known[task.id], policy).key == group.key for task in tasks]
        for item in _ranked(listed, stayed, policy):
            if item.id not in known:
                new.append(item)
            elif item != known[item.id]:
                changed.append(item)
    return Import(tuple(new), tuple(changed), layout(grouped, policy, items), tuple(findings))


def grouped_view(items: Iterable[Listed], policy: Policy, task: Shows | None = None) -> dict[str, Any]:
    """The value of ``backlog`` in the templates: title, preamble, and groups with heading, notes and tasks.

    Every group of the policy is there, empty or not (R-266); groups made for items that fit none come last.
    Lists the items on the backlog list that are not closed. ``task`` is ``task_of``, where it is known already.
    """
    everything, show = list(items), task or partial(task_of, policy=policy)
    listed = [item for item in everything if item.list != TODO and is_shown(item, policy)]
    members = _members(listed, policy)
    told = moved(everything, policy)
    groups = [*policy.backlog_md.groups, *_made(policy, members, told)]
    rules = policy.backlog_md
    return {
        "title": grouped_titles.shown(one_line(rules.title)),
        "preamble": shown_preamble(rules),
        "groups": [_group(one, members.get(one, ()), _notes(one, told.get(one, []), policy), show) for one in groups],
    }


def todo_view(items: Iterable[Listed], policy: Policy, task: Shows | None = None) -> dict[str, Any]:
    """The value of ``todo`` in the templates: title, and the groups that unfinished tasks were promoted from (C-29).

    ``task``: see ``grouped_view``.
    """
    members = _members((item for item in items if item.list == TODO and is_shown(item, policy)), policy)
    show = task or partial(task_of, policy=policy)
    groups = [*(one for one in policy.backlog_md.groups if one in members), *_made(policy, members)]
    return {
        "title": grouped_titles.shown(one_line(policy.todo.title)),
        "groups": [_group(one, members[one], [], show) for one in groups],
    }


def is_shown(item: Listed, policy: Policy) -> bool:
    """Whether one of the two files has a block for the item."""
    return not policy.is_closed(item.status)


def _members(items: Iterable[Listed], policy: Policy) -> dict[Group, list[Listed]]:
    found: dict[Group, list[Listed]] = {}
    for item, group in homes(sorted(items, key=lambda one: listed_order(one, policy)), policy):
        found.setdefault(group, []).append(item)
    return found


def _made(policy: Policy, *needed: Iterable[Group]) -> list[Group]:
    """The groups that items need and the policy does not have: most urgent first, then by type."""
    rules = policy.backlog_md
    extra = {group for some in needed for group in some} - set(rules.groups)
    urgency = list(rules.priority_names.values())
    return sorted(extra, key=lambda one: (urgency.index(one.priority), one.type))


def _notes(group: Group, told: Sequence[str], policy: Policy) -> list[str]:
    notes = shown_notes(policy.backlog_md, group)
    return notes + [note for note in told if note not in notes]


def _group(group: Group, members: Sequence[Listed], notes: Sequence[str], show: Shows) -> dict[str, Any]:
    return {
        "key": group.key,
        "type": group.type,
        "priority": group.priority,
        "heading": grouped_titles.shown(shown_heading(group)),
        "notes": list(notes),
        "tasks": [show(item) for item in members],
    }


def _as_listed(item: Item | None, task: Task, group: Group, policy: Policy, now: str) -> Item:
    """The task's item, new or as its block says, in the group where the file has it."""
    if item is None:
        return new_item(task, group.key, policy, now)
    after = updated(item, task, policy)
    if home(after, policy).key == group.key:
        return after
    # An item without a type has that of its group, so another group may change what its block shows.
    return updated(after._replace(group=group.key), task, policy)


def _ranked(items: Sequence[Item], stayed: Sequence[bool], policy: Policy) -> list[Item]:
    """The items of a group with ranks that list them in this order.

    Only those that ``stayed`` in the group have a rank that counts. Where they are in order, and the others
    stand behind them, the others get the next numbers; else the group is numbered anew.
    """
    there = [item for item, is_there in zip(items, stayed, strict=True) if is_there]
    in_order = sorted(there, key=lambda one: listed_order(one, policy)) == there
    if in_order and len(there) == len(items):
        return list(items)
    ranks = [item.rank for item in there if item.rank is not None]
    first = 1
    if in_order and all(stayed[: len(there)]) and len(ranks) == len(there):
        first = max(ranks, default=0) + 1
    else:
        there = []
    return there + [item._replace(rank=rank) for rank, item in enumerate(items[len(there) :], first)]


def _tasks(grouped: Grouped) -> list[Task]:
    return [task for group in grouped.groups for task in group.tasks]


def _is_promoted(item_id: str, known: Mapping[str, Item], todo: Container[str]) -> bool:
    """Whether a task is on the todo list. Where there is no item yet, the list's file tells."""
    return known[item_id].list == TODO if item_id in known else item_id in todo


def _in_both(task: Task, known: Container[str], policy: Policy) -> Finding:
    message = f"{task.id} is in {policy.todo.file}, so it cannot be listed here too"
    fix = "take it out of one of the two files"
    if task.id in known:
        fix += f", or set list: backlog in {path_of(task.id, policy.layout)}"
    return Finding("BL502", message, line=task.line, column=1, item=task.id, fix=fix)
