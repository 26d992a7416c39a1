"""Roles: who may do what, as the sources say it."""

from __future__ import annotations

import pytest

from backlogtool.domain.policy import Rbac
from backlogtool.domain.rbac import lacking, role_of
from tests.test_generation import policy

READ, WRITE, ADMIN, RULES = (f"tools.backlog.{word}" for word in ("read", "write", "admin", "rules"))
ACTIONS = {
    **dict.fromkeys(("list", "get", "dashboard"), READ),
    **dict.fromkeys(("create", "upsert", "set_status", "add_comment", "close"), WRITE),
    **dict.fromkeys(("auto_generate_weekly", "cleanup"), ADMIN),
    "change_rules": RULES,
}
HELD = {
    "cto": {READ, WRITE, ADMIN, RULES},
    "oncall": {READ, WRITE},
    "interface": {READ},
    "scheduler": {READ, ADMIN},
    "nobody": set(),
}


def _rules() -> Rbac:
    return policy().rbac


@pytest.mark.parametrize("actor", HELD)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_may_do_exactly_what_its_entitlements_name(actor: str, action: str) -> None:
    """R-069…R-071, R-136, C-15, C-45: eleven actions, five roles, and an unknown actor has none."""
    needed = ACTIONS[action]
    assert lacking(_rules(), actor, action) == ("" if needed in HELD[actor] else needed)


def test_the_policy_names_exactly_these_actions_and_roles() -> None:
    entitlements = {action: name for name, actions in _rules().entitlements.items() for action in actions}
    assert entitlements == ACTIONS
    assert {role: set(held) for role, held in _rules().roles.items()} == {
        role: held for role, held in HELD.items() if held
    }


def test_an_action_that_nobody_names_is_open_to_everybody() -> None:
    assert lacking(_rules(), "nobody", "doctor") == ""


def test_a_member_has_the_role_of_the_table_and_others_that_of_their_name() -> None:
    rules = _rules()._replace(members={"alice": "cto", "oncall": "interface", "bob": "gone"})
    assert role_of(rules, "alice") == "cto"
    assert role_of(rules, "oncall") == "interface"
    assert role_of(rules, "cto") == "cto"
    assert role_of(rules, "CTO") == ""
    assert role_of(rules, "") == ""
    assert lacking(rules, "alice", "cleanup") == ""
    assert lacking(rules, "oncall", "create") == WRITE
    assert lacking(rules, "bob", "list") == READ


def test_an_action_of_two_entitlements_needs_both() -> None:
    rules = _rules()._replace(
        entitlements={"a": ("ship",), "b": ("ship",)}, roles={"one": ("a",), "both": ("a", "b"), "none": ()}
    )
    assert lacking(rules, "both", "ship") == ""
    assert lacking(rules, "one", "ship") == "b"
    assert lacking(rules, "none", "ship") == "a"
