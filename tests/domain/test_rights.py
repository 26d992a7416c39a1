"""What a change is called, and for whom it is kept: told from two versions of an item alone."""

from __future__ import annotations

import pytest
from hypothesis import given

from backlogtool.domain import rbac, rights
from backlogtool.domain.event import diff
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.policy import Person, Policy, RoleRule
from backlogtool.domain.rights import Holder, actions, by_email, forbidding, generates, lacks
from tests.strategies import items
from tests.test_generation import policy

POLICY = policy()
REMARK = Comment("2026-02-17T09:12:00Z", "ann", "Well.")


def item(**fields: object) -> Item:
    made = Item("bl_000000000001", "Title", "2026-02-16T06:20:00Z", "open", priority="P2", source="manual")
    return made._replace(**fields)  # type: ignore[arg-type]


GENERATED = item(source="digest", tags=("auto", "week:2026-W08"))


@pytest.mark.parametrize(
    ("before", "after", "meant"),
    [
        (None, None, ()),
        (item(), item(), ()),
        (None, item(), ("create",)),
        (None, item(comments=(REMARK,)), ("create",)),
        (None, item(status="blocked"), ("create", "set_status")),
        (None, item(status="canceled"), ("create", "close")),
        (None, GENERATED, ("auto_generate_weekly",)),
        (None, item(source="digest"), ("create",)),
        (None, item(tags=("auto",)), ("create",)),
        (item(), None, ("cleanup",)),
        (item(status="done"), None, ("cleanup",)),
        (item(), item(status="in_progress"), ("set_status",)),
        (item(), item(status="canceled"), ("close",)),
        (item(status="done"), item(), ("set_status",)),
        (item(), item(comments=(REMARK,)), ("add_comment",)),
        (item(comments=(REMARK,)), item(), ("upsert",)),
        (item(comments=(REMARK,)), item(comments=(REMARK._replace(text="No."),)), ("upsert",)),
        (item(), item(title="x"), ("upsert",)),
        (item(), item(extra={"x": 1}), ("upsert",)),
        (item(), item(title="x", status="done", comments=(REMARK,)), ("close", "upsert", "add_comment")),
    ],
)
def test_a_step_is_called_by_what_differs(before: Item | None, after: Item | None, meant: tuple[str, ...]) -> None:
    assert actions(before, after, POLICY) == meant


@given(items(), items())
def test_any_two_versions_that_differ_take_some_action_and_equal_ones_none(before: Item, after: Item) -> None:
    other = after._replace(id=before.id)
    told = actions(before, other, POLICY)
    assert set(told) <= set(rbac.ACTIONS)
    assert (told == ()) == (diff(before, other) == [])
    assert actions(before, before, POLICY) == ()


@pytest.mark.parametrize(
    ("after", "meant"),
    [
        (GENERATED._replace(title="x", tags=("auto", "week:2026-W09"), description="d"), True),
        (GENERATED._replace(title="x", owner="bob"), False),
        (GENERATED._replace(title="x", tags=()), False),
        (GENERATED._replace(title="x", source="manual"), False),
    ],
)
def test_the_generator_updates_what_it_made_in_nothing_but_what_an_upsert_may_touch(
    after: Item, *, meant: bool
) -> None:
    assert generates(GENERATED, after, POLICY) == meant
    assert not generates(item(), after, POLICY)
    assert not generates(None, after, POLICY)


def test_whoever_may_generate_may_update_what_is_generated() -> None:
    rules = POLICY.rbac
    assert lacks(rules, "scheduler", "upsert") == "tools.backlog.write"
    assert lacks(rules, "scheduler", "upsert", generates=True) == ""
    assert lacks(rules, "scheduler", "close", generates=True) == "tools.backlog.write"
    assert lacks(rules, "oncall", "upsert", generates=True) == ""
    assert lacks(rules, "interface", "upsert", generates=True) == "tools.backlog.write"


def ruled(*rules: RoleRule) -> Policy:
    return POLICY._replace(rbac=POLICY.rbac._replace(rules=rules))


LEADS = RoleRule("status", ("done",), roles=("cto",))
HUMANS = RoleRule("status", ("done",), kinds=("person",))


@pytest.mark.parametrize("role", ["cto", "oncall", ""])
@pytest.mark.parametrize("kind", rbac.KINDS)
def test_all_rules_that_match_have_to_allow(role: str, kind: str) -> None:
    before, after = item(status="in_progress"), item(status="done")
    found = list(forbidding(ruled(LEADS, HUMANS), Holder("x", role, kind), before, after))
    assert (LEADS in found) == (role != "cto")
    assert (HUMANS in found) == (kind != "person")
    both = RoleRule("status", ("done",), roles=("cto",), kinds=("person",))
    assert (found == []) == (list(forbidding(ruled(both), Holder("x", role, kind), before, after)) == [])


NOBODY = Holder("x", "", "agent")


@pytest.mark.parametrize(
    ("rule", "before", "after", "meant"),
    [
        (LEADS, item(status="done"), item(status="done", title="x"), False),
        (LEADS, item(), item(status="blocked"), False),
        (LEADS, None, item(status="done"), True),
        (LEADS, item(), None, False),
        (RoleRule("status", leaving=("done",), roles=("cto",)), item(status="done"), item(), True),
        (RoleRule("status", leaving=("done",), roles=("cto",)), None, item(), False),
        (RoleRule("status", ("open",), roles=("cto",)), item(status="done"), item(), True),
        (RoleRule("status", ("open",), roles=("cto",)), None, item(), False),
        (RoleRule("status", ("open",), ("done",), roles=("cto",)), item(status="blocked"), item(), False),
        (RoleRule("owner", roles=("cto",)), item(owner="a"), item(owner="b"), True),
        (RoleRule("owner", roles=("cto",)), None, item(owner="b"), False),
        (RoleRule("priority", ("P2",), roles=("cto",)), None, item(), True),
        (RoleRule("priority", ("P0",), roles=("cto",)), item(), item(priority="P0"), True),
        (RoleRule("priority", ("P0",), roles=("cto",)), item(priority="P0"), item(), False),
    ],
)
def test_a_rule_matches_the_change_that_it_names(
    rule: RoleRule, before: Item | None, after: Item | None, *, meant: bool
) -> None:
    assert bool(list(forbidding(ruled(rule), NOBODY, before, after))) == meant


def test_an_address_is_somebodys_letter_by_letter() -> None:
    rules = POLICY.rbac._replace(people={"ann": Person("cto", ("ann@x.org",)), "ci": Person("oncall", ("b@x",), "bot")})
    assert by_email(rules, "ann@x.org") == Holder("ann", "cto", "person")
    assert by_email(rules, "b@x") == Holder("ci", "oncall", "bot")
    assert [by_email(rules, one) for one in ("Ann@x.org", "", "ann", "ann@x.org ", "*")] == [None] * 5
    assert rights.actor(rules, "ci") == Holder("ci", "oncall", "bot")
    assert rights.actor(rules, "cto") == Holder("cto", "cto", "person")
    assert rights.actor(rules, "eve") == Holder("eve", "", "person")


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        (LEADS, "status to done is for role cto"),
        (HUMANS._replace(name="h"), "h: status to done is for kind person"),
        (
            RoleRule("status", ("a", "b"), ("c",), ("x", "y"), ("bot",)),
            "status of c to a, b is for role x or y and kind bot",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule: RoleRule, meant: str) -> None:
    assert rights.told(rule) == meant


def test_the_matrix_says_what_each_role_may_and_what_others_may() -> None:
    told = rbac.matrix(POLICY.rbac)
    assert list(told) == list(rbac.ACTIONS)
    assert told["close"] == {"cto": True, "oncall": True, "interface": False, "scheduler": False, "": False}
    open_to_all = rbac.matrix(POLICY.rbac._replace(entitlements={}))
    assert all(may for row in open_to_all.values() for may in row.values())
