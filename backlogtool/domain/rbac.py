"""Who may do what, by role. It stops mistakes, not attackers: the guard is a protected branch (C-45)."""

from __future__ import annotations

from backlogtool.domain.policy import Rbac

#: What entitlements can name. Any other word would protect nothing, and what it was meant for would be open.
ACTIONS = (
    *("list", "get", "dashboard"),
    *("create", "upsert", "set_status", "add_comment", "close"),
    *("auto_generate_weekly", "cleanup"),
)


def role_of(rules: Rbac, actor: str) -> str:
    """The actor's role: as a member, or by being named like one; empty if there is none."""
    return rules.members.get(actor, actor if actor in rules.roles else "")


def lacking(rules: Rbac, actor: str, action: str) -> str:
    """The entitlement that the actor needs for the action and does not hold; empty if all is well.

    An action that no entitlement names is open to everybody.
    """
    needed = [entitlement for entitlement, actions in rules.entitlements.items() if action in actions]
    held = rules.roles.get(role_of(rules, actor), ())
    return next((entitlement for entitlement in needed if entitlement not in held), "")
