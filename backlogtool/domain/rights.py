"""What a change of an item is called among the actions of roles, and whether a rule keeps it for others.

Told from the two versions alone, never from what somebody says about them (ROBUSTNESS.md 2.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from backlogtool.domain.event import AUTO_UPDATE, COMMENT, STATUS_CHANGE, diff
from backlogtool.domain.fields import BY_NAME, DAY, ENUM, LINE, NAME, NOBODY, value
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy, Rbac, RoleRule
from backlogtool.domain.rbac import missing, role_of

#: The fields that rules can speak of: those that hold one text and may change.
RULED = tuple(one.name for one in BY_NAME.values() if one.kind in (LINE, NAME, ENUM, DAY) and one.setter != NOBODY)
#: The folders whose files are rules, as they stand or as templates.
RULES = ("config", "templates")
CHANGE_RULES = "change_rules"
#: What a change of status is, beside the field's value.
MOVES = ("set_status", "close")
_GENERATE = "auto_generate_weekly"
_BY_EVENT = {AUTO_UPDATE: "upsert", COMMENT: "add_comment"}


class Holder(NamedTuple):
    """Who acts. ``name`` is that of one of the people, or of an actor; ``role`` is empty if there is none."""

    name: str
    role: str
    kind: str

    @property
    def told(self) -> str:
        """The kind and the role, in words."""
        kind = f"an {self.kind}" if self.kind == "agent" else f"a {self.kind}"
        return f"{kind} in the role {self.role}" if self.role else f"{kind} without a role"


def actions(before: Item | None, after: Item | None, policy: Policy) -> tuple[str, ...]:
    """What the step takes, as entitlements name it (R-069…R-071); nothing if the two are equal.

    A new item beyond the initial status is created and moved. One that looks generated, by its source and tag, is:
    whoever makes such an item claims that a digest asks for it.
    """
    if after is None:
        return () if before is None else ("cleanup",)
    if before is None:
        made = _GENERATE if _generated(after, policy) else "create"
        return (made,) if after.status == policy.workflow.initial_status else (made, _move(after, policy))
    told = (_move(after, policy) if one.type == STATUS_CHANGE else _BY_EVENT[one.type] for one in diff(before, after))
    return tuple(dict.fromkeys(told))


def lacks(rules: Rbac, role: str, action: str, *, generates: bool = False) -> str:
    """The entitlement that the role lacks for an action of ``actions``; empty if all is well.

    ``generates`` marks an update such as the generator makes, which whoever may generate may make as well.
    """
    lacking = missing(rules, role, action)
    other = lacking and generates and action == "upsert" and not missing(rules, role, _GENERATE)
    return "" if other else lacking


def generates(before: Item | None, after: Item | None, policy: Policy) -> bool:
    """Whether the step is an update of a generated item in nothing but what an upsert may touch (R-174)."""
    if before is None or after is None or not (_generated(before, policy) and _generated(after, policy)):
        return False
    changed = {name for event in diff(before, after) for name in event.meta.get("changes", {})}
    return changed <= set(policy.dedupe.update_fields)


def forbidding(policy: Policy, holder: Holder, before: Item | None, after: Item | None) -> Iterator[RoleRule]:
    """The rules that keep the step for other roles or kinds.

    A new item gives its fields the values that it has, but for the initial status, which is no move; a deletion is
    none either, it needs an entitlement of its own.
    """
    for rule in policy.rbac.rules if after is not None else ():
        allowed = (not rule.roles or holder.role in rule.roles) and (not rule.kinds or holder.kind in rule.kinds)
        if not allowed and after is not None and _matches(rule, before, after, policy.workflow.initial_status):
            yield rule


def actor(rules: Rbac, name: str) -> Holder:
    """Who acts in a command. Somebody who is not among the people counts as a person."""
    known = rules.people.get(name)
    return Holder(name, role_of(rules, name), known.kind if known else "person")


def by_email(rules: Rbac, email: str) -> Holder | None:
    """Whose address it is, character by character; None if it is nobody's."""
    for name, one in rules.people.items():
        if email in one.emails:
            return Holder(name, one.role, one.kind)
    return None


def told(rule: RoleRule) -> str:
    """What a rule keeps for whom, in words."""
    what = f"{rule.field} of {', '.join(rule.leaving)}" if rule.leaving else rule.field
    what += f" to {', '.join(rule.to)}" if rule.to else ""
    whom = " and ".join(
        f"{word} {' or '.join(some)}" for word, some in (("role", rule.roles), ("kind", rule.kinds)) if some
    )
    return f"{f'{rule.name}: ' if rule.name else ''}{what} is for {whom}"


def _matches(rule: RoleRule, before: Item | None, after: Item, initial: str) -> bool:
    new = str(value(after, rule.field) or "")
    if before is None:
        begins = rule.field == "status" and new == initial
        return new in rule.to and not rule.leaving and not begins
    old = str(value(before, rule.field) or "")
    return old != new and (not rule.to or new in rule.to) and (not rule.leaving or old in rule.leaving)


def _move(after: Item, policy: Policy) -> str:
    return "close" if policy.is_closed(after.status) else "set_status"


def _generated(item: Item, policy: Policy) -> bool:
    return item.source == policy.generation.source and policy.generation.auto_tag in item.tags
