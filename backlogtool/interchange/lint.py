"""What there is to say about a grouped file that can be read: doubts, and what contradicts the items.

Sources: REQUIREMENTS.md 2.7 (L-12, L-13, L-24…L-26, L-29, L-36, L-37), C-30, R-258, R-267.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from backlogtool.codec.grouped import Grouped, Task
from backlogtool.domain.body import DOCS, EFFORT, PLAN, lacks
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Group, Policy
from backlogtool.interchange.grouped import Import
from backlogtool.interchange.groups import matched

#: The code of what a task lacks to be promoted, by section (L-24…L-26, L-29), and what else there is to say.
_LACKS = {
    PLAN: ("BL524", "write numbered steps, such as  1. …; bullets do not count"),
    EFFORT: ("BL526", "write a number and a unit, such as  2 days"),
    DOCS: ("BL529", "write its path and what it is for behind the label"),
}


def lint(
    grouped: Grouped, made: Import, items: Sequence[Item], policy: Policy, todo: Container[str] = ()
) -> list[Finding]:
    """What to say about a file of which ``made`` comes, against the ``items`` there are: findings without a path.

    ``todo`` are the ids in the todo file. What a task lacks to be promoted is told of those that are new or say
    something else than before: of all others it has been told, and generated items never have a plan (C-53).
    """
    known = {item.id: item for item in items}
    after = {item.id: item for item in (*made.items, *made.changed)}
    twice = {finding.item for finding in made.findings}
    found = list(_wrongly_moved(grouped, twice, known, todo, policy))
    for group, given in zip(matched(grouped, policy), grouped.groups, strict=True):
        for task in given.tasks:
            found += _misplaced(task, group, policy)
            item = after.get(task.id)
            if item is not None and not _says_the_same(item, known.get(task.id)):
                found += _incomplete(task, item, policy)
    return found


def _says_the_same(item: Item, before: Item | None) -> bool:
    """Whether an item changes its place at most."""
    return before is not None and item == before._replace(rank=item.rank, group=item.group)


def _misplaced(task: Task, group: Group, policy: Policy) -> Iterator[Finding]:
    """That a task is of another type or priority than its group, where it stays (L-12, L-13, C-30).

    An unknown type is a finding already.
    """
    if task.type not in (group.type, *group.also_types) and task.type in policy.backlog_md.types:
        fix = f"move it to a group of {task.type}, or list {task.type} in also_types of the group {group.key}"
        yield _at(task, "type", Finding("BL512", f"type {task.type} in group {group.type}", fix=fix))
    if task.priority != group.priority:
        message = f"priority {task.priority} in a group of priority {group.priority}"
        fix = "move it to another group, or change one of the two"
        yield _at(task, "priority", Finding("BL513", message, fix=fix))


def _incomplete(task: Task, item: Item, policy: Policy) -> Iterator[Finding]:
    """What keeps a task that waits to be promoted from it (L-24…L-26, L-29)."""
    if item.status == policy.workflow.initial_status:
        for section, reason in lacks(item.description, policy.backlog_md).items():
            code, fix = _LACKS[section]
            yield _at(task, section, Finding(code, f"{task.id} is incomplete: {reason}", fix=fix))


def _wrongly_moved(
    grouped: Grouped, twice: Container[str], known: Mapping[str, Item], todo: Container[str], policy: Policy
) -> Iterator[Finding]:
    """What comments wrongly say was promoted (L-36, L-37). Tasks in both lists, ``twice``, are told of already."""
    listed = {task.id: task.line for group in grouped.groups for task in group.tasks}
    file = policy.todo.file
    for item_id, line, column in grouped.moved:
        if item_id in listed and item_id not in twice:
            message = f"{item_id} moved to {file}, says the comment, but it is listed at line {listed[item_id]}"
            fix = "take it out of the comment if it is still to be done, else remove the task"
            yield Finding("BL537", message, line=line, column=column, item=item_id, fix=fix)
        elif item_id not in listed and item_id not in known and item_id not in todo:
            message = f"moved task unknown: {item_id} is no item, nor in {file}"
            fix = "correct the id, or remove the comment"
            yield Finding("BL536", message, line=line, column=column, item=item_id, fix=fix)


def _at(task: Task, name: str, finding: Finding) -> Finding:
    line, column = task.place(name)
    return finding._replace(line=line, column=column, item=task.id, field=name)
