"""Who may do what, by role. In commands it stops mistakes, not attackers: the guard is a protected branch (C-45)."""

from __future__ import annotations

from collections.abc import Mapping

from backlogtool.domain.finding import few
from backlogtool.domain.policy import Rbac
from backlogtool.domain.spelling import nearest

#: What entitlements can name. Any other word would protect nothing, and what it was meant for would be open.
ACTIONS = (
    *("list", "get", "dashboard"),
    *("create", "upsert", "set_status", "add_comment", "close"),
    *("auto_generate_weekly", "cleanup", "change_rules"),
)
#: The actions that change nothing.
READS = ACTIONS[:3]
#: What stands behind an author.
KINDS = ("person", "bot", "agent")
#: What ``validate`` goes by when it looks who made a commit: nothing, the author's address, the verified signature.
OFF, AUTHOR, SIGNATURE = COMMITS = ("off", "author", "signature")


def role_of(rules: Rbac, actor: str) -> str:
    """The actor's role: as one of the people, as a member, or by being named like one; empty if there is none."""
    if actor in rules.people:
        return rules.people[actor].role
    return rules.members.get(actor, actor if actor in rules.roles else "")


def lacking(rules: Rbac, actor: str, action: str) -> str:
    """The entitlement that the actor needs for the action and does not hold; empty if all is well.

    An action that no entitlement names is open to everybody.
    """
    return missing(rules, role_of(rules, actor), action)


def missing(rules: Rbac, role: str, action: str) -> str:
    """The entitlement that the action needs and the role, empty for none, does not hold; empty if all is well."""
    needed = [entitlement for entitlement, actions in rules.entitlements.items() if action in actions]
    held = rules.roles.get(role, ())
    return next((entitlement for entitlement in needed if entitlement not in held), "")


def way_on(rules: Rbac, actor: str, entitlement: str) -> str:
    """What somebody who lacks an entitlement can do: a name that was meant, and who holds it."""
    role, known = role_of(rules, actor), [*rules.people, *rules.members, *rules.roles]
    said = f"'{actor}' has the role {role}" if role else f"nobody in rbac is called '{actor}'"
    close = "" if role else nearest(actor, dict.fromkeys(known))
    said += f": did you mean '{close}'?" if close else ";"
    roles = [one for one, held in rules.roles.items() if entitlement in held]
    people = [one for one in dict.fromkeys((*rules.people, *rules.members)) if role_of(rules, one) in roles]
    held = f"goes with the role {' or '.join(roles)}" if roles else "goes with no role"
    held += f" ({few(people)})" if people else ""
    return f"{said} {entitlement} {held}; backlogtool config roles shows all, --actor NAME says who acts"


def matrix(rules: Rbac) -> Mapping[str, Mapping[str, bool]]:
    """action -> role -> whether it may; the role of somebody unknown is the empty one."""
    return {action: {role: not missing(rules, role, action) for role in (*rules.roles, "")} for action in ACTIONS}
