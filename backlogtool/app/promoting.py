"""The verb ``promote``: ready tasks of one group move to the todo list, in one commit (C-54, R-253…R-259)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backlogtool.app import freshness
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.body import incomplete
from backlogtool.domain.item import Item
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.domain.policy import Group, Policy
from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import NotFoundError, RefusedError
from backlogtool.interchange.groups import TODO, home, listed_order
from backlogtool.stores.base import Stored, Write


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a promotion chose: the group (None: nothing was ready), its tasks, and what each other task lacks."""

    group: Group | None
    chosen: tuple[Item, ...]
    incomplete: tuple[tuple[Item, tuple[str, ...]], ...]


def promote(space: Workspace, group: str, options: Options, *, force: bool) -> tuple[Promotion, Result]:
    """Moves up to ``batch_size`` ready tasks of the most urgent group, or of the named one, in listed order.

    Raises ``RefusedError`` while the todo list has unfinished tasks, unless ``force`` or the policy's
    ``allow_top_up``; ``NotFoundError`` for an unknown group.
    """
    space.require("upsert")
    space.require_backlog()
    policy = space.policy
    with space.store.writing(dry=options.dry_run):
        found = readable(space)
        stored = {one.item.id: one for one in found.stored}
        if not force and not policy.todo.allow_top_up:
            _refuse_unfinished(found.items, policy)
        promotion = choose(found.items, policy, group)
        if not promotion.chosen or promotion.group is None:
            return promotion, Result(UNCHANGED, ())
        writes = [_write(stored[item.id], space.today, policy) for item in promotion.chosen]
        views = freshness.after(space, writes, (policy.backlog_md.file, policy.todo.file))
        count = len(writes)
        summary = f"promote {count} {'task' if count == 1 else 'tasks'} from {promotion.group.key}"
        return promotion, apply(space, writes, summary, options, action="promoted", views=views)


def choose(items: Sequence[Item], policy: Policy, wanted: str = "") -> Promotion:
    """Which tasks are next. An incomplete one keeps its place and is told (R-259, L-41…L-43)."""
    members: dict[Group, list[Item]] = {}
    for item in sorted(items, key=lambda one: listed_order(one, policy)):
        if item.list != TODO and item.status == policy.workflow.initial_status:
            members.setdefault(home(item, policy), []).append(item)
    lacking: list[tuple[Item, tuple[str, ...]]] = []
    chosen: list[Item] = []
    first: Group | None = None
    for group in _order(members, policy, wanted):
        ready = []
        for item in members.get(group, []):
            reasons = tuple(incomplete(item.description, policy.backlog_md))
            if reasons:
                lacking.append((item, reasons))
            else:
                ready.append(item)
        if ready:
            first = first or group
            chosen += ready[: policy.todo.batch_size - len(chosen)]
        if chosen and (policy.todo.single_group or len(chosen) == policy.todo.batch_size):
            break
    return Promotion(first, tuple(chosen), tuple(lacking))


def _order(members: dict[Group, list[Item]], policy: Policy, wanted: str) -> list[Group]:
    """The groups in which to look: most urgent first, then in the order of the file."""
    rules = policy.backlog_md
    groups = [*rules.groups, *(group for group in members if group not in rules.groups)]
    if wanted:
        named = [group for group in groups if group.key == wanted]
        if not named:
            raise NotFoundError(f"no group '{wanted}'", hint=did_you_mean(wanted, [one.key for one in groups]))
        return named
    urgency = list(rules.priority_names.values())
    by_priority = "priority" in policy.todo.group_order
    return sorted(groups, key=lambda group: urgency.index(group.priority)) if by_priority else groups


def _refuse_unfinished(items: Sequence[Item], policy: Policy) -> None:
    active = [item.id for item in items if item.list == TODO and not policy.is_closed(item.status)]
    if active:
        count = f"{len(active)} unfinished {'task' if len(active) == 1 else 'tasks'}"
        message = f"{policy.todo.file} still has {count}: {', '.join(sorted(active))}"
        raise RefusedError(message, hint="finish them first, or promote with --force")


def _write(stored: Stored, today: str, policy: Policy) -> Write:
    group = home(stored.item, policy).key
    return Write(stored, stored.item._replace(list=TODO, promoted_at=today, promoted_from=group))
