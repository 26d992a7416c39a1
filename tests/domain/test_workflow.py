"""The judge of a version step: the table of transitions, and everything else that a step may break."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.fields import FIELDS, NOBODY
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.workflow import (
    BUILT_IN,
    Change,
    check,
    check_item,
    duplicate_key,
    holders,
    illegal_transition,
    is_legal_path,
    validate_transition,
)
from tests import strategies as some
from tests.domain.samples import ITEM, item
from tests.test_generation import policy

STATUSES = ("open", "in_progress", "blocked", "done", "canceled")
#: R-033…R-037, written out once more.
TABLE = {
    "open": {"in_progress", "blocked", "canceled"},
    "in_progress": {"blocked", "done", "canceled"},
    "blocked": {"open", "in_progress", "canceled"},
    "done": set(),
    "canceled": set(),
}
PAIRS = list(product(STATUSES, STATUSES))


def _check(after: Item | None, before: Item | None = ITEM, *, undo: bool = False, **taken: str) -> list[Finding]:
    return check(Change(before, after, undo), policy(), taken)


def _only(after: Item | None, before: Item | None = ITEM) -> Finding:
    findings = _check(after, before)
    assert len(findings) == 1, [str(one) for one in findings]
    assert findings[0].item == ITEM.id
    return findings[0]


# --- transitions


@pytest.mark.parametrize(("current", "new"), PAIRS)
def test_exactly_the_steps_of_the_table_are_allowed(current: str, new: str) -> None:
    """R-033…R-037, R-195: a status never leads to itself."""
    allowed = new in TABLE[current]
    assert validate_transition(current, new) is allowed
    assert validate_transition(current, new, policy()) is allowed
    findings = _check(item(status=new), item(status=current))
    assert findings == [] if allowed or current == new else [one.code for one in findings] == ["BL301"]


REFUSED = [(current, new) for current, new in PAIRS if current != new and new not in TABLE[current]]


@pytest.mark.parametrize(("current", "new"), REFUSED)
def test_a_refused_step_names_the_allowed_targets_and_the_command_that_works_next(current: str, new: str) -> None:
    """R-039, C-08."""
    finding = _asked(item(status=new), item(status=current))
    assert (finding.code, finding.field, finding.is_error) == ("BL301", "status", True)
    if not TABLE[current]:
        assert finding.message == f"{ITEM.id} is {current}, which is final: it cannot become {new}"
        assert finding.fix == "make a new item: backlogtool create"
        return
    targets = [status for status in BUILT_IN[current] if status in TABLE[current]]
    assert finding.message == (
        f"{ITEM.id} cannot go from {current} to {new}: allowed from {current}: {', '.join(targets)}"
    )
    assert finding.allowed == tuple(targets)
    command, way = finding.fix.rsplit(" ", 1)
    assert command == f"next: backlogtool set-status {ITEM.id}"
    assert way in TABLE[current]
    assert way == new or new in TABLE[way]


def test_done_and_blocked_are_reached_through_in_progress() -> None:
    """C-07: blocked never leads to done."""
    assert _asked(item(status="done")).fix.endswith("set-status bl_0123456789ab in_progress")
    assert _asked(item(status="done"), item(status="blocked")).fix.endswith("in_progress")
    assert _asked(item(status="open"), item(status="in_progress")).fix.endswith("blocked")


def _asked(after: Item, before: Item = ITEM) -> Finding:
    """The one thing that speaks against a step that a command would take."""
    (finding,) = check(Change(before, after, asked=True), policy())
    return finding


def test_a_step_that_a_person_has_taken_already_has_to_be_taken_back_first() -> None:
    way = "backlogtool set-status bl_0123456789ab in_progress"
    (by_hand,) = check(Change(ITEM, item(status="done")), policy())
    assert by_hand.fix == f"put 'open' back, then {way}"
    (committed,) = check(Change(ITEM, item(status="done"), squashed=True), policy())
    assert committed.fix == f"take that commit out of the branch, as git rebase -i does, then {way}"
    (final,) = check(Change(item(status="done"), ITEM), policy())
    assert final.fix == "put 'done' back, then make a new item: backlogtool create"


def test_a_status_that_cannot_be_reached_at_all_has_no_command() -> None:
    rules = policy(
        "workflow: {allowed_transitions: {open: [blocked], blocked: [], in_progress: [], done: [], canceled: []}}"
    )
    (finding,) = check(Change(ITEM, item(status="done"), asked=True), rules)
    assert finding.message.endswith("allowed from open: blocked")
    assert finding.fix == ""


def test_a_policy_replaces_the_table_as_a_whole() -> None:
    """R-194."""
    rules = policy("workflow: {allowed_transitions: {open: [done]}}")
    assert validate_transition("open", "done", rules)
    assert not validate_transition("open", "blocked", rules)
    assert not validate_transition("in_progress", "done", rules)


@pytest.mark.parametrize("current", ["", "todo", "Open", "cancelled"])
def test_an_unknown_status_leads_nowhere(current: str) -> None:
    """R-195."""
    assert not any(validate_transition(current, new) for new in STATUSES)


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        ("cancelled", "did you mean 'canceled'?"),
        ("Done", "did you mean 'done'?"),
        ("in-progress", "did you mean 'in_progress'?"),
        ("wip", "allowed: open, in_progress, blocked, done, canceled"),
        ("PLANNED", "allowed: open, in_progress, blocked, done, canceled"),
    ],
)
def test_an_unknown_status_is_refused_with_what_was_meant(status: str, fix: str) -> None:
    """R-018, R-154, C-01."""
    for finding in (_check(item(status=status))[0], illegal_transition(ITEM, status, policy())):
        assert (finding.code, finding.field) == ("BL202", "status")
        assert finding.message == f"status '{status}' is unknown"
        assert finding.allowed == STATUSES
        assert finding.fix == fix


def test_an_unknown_status_is_told_once() -> None:
    assert len(_check(item(status="cancelled"))) == 1


@pytest.mark.parametrize(
    ("path", "legal"),
    [
        ([], True),
        (["open"], True),
        (["open", "in_progress", "done"], True),
        (["open", "done"], False),
        (["open", "blocked", "done"], False),
        (["open", "open"], False),
        (["done", "open"], False),
    ],
)
def test_a_path_is_legal_if_all_its_steps_are(path: list[str], legal: bool) -> None:
    assert is_legal_path(path, policy()) is legal


# --- fields that never change

OTHER = {
    "id": "bl_ffffffffffff",
    "created_at": "2026-02-17T00:00:00Z",
    "source": "digest",
    "dedupe_key": "another",
}


@pytest.mark.parametrize("name", OTHER)
def test_a_field_that_never_changes_may_not_change(name: str) -> None:
    """R-010, R-201."""
    assert {field.name for field in FIELDS if field.setter == NOBODY} == OTHER.keys()
    (finding,) = _check(item(**{name: OTHER[name]}))
    old = getattr(ITEM, name)
    assert (finding.code, finding.field) == ("BL302", name)
    assert finding.message == f"{name} never changes: it was '{old}'"
    assert finding.fix == f"put '{old}' back"


@pytest.mark.parametrize("name", ["created_at", "source", "dedupe_key"])
def test_a_value_that_was_missing_may_be_filled_in(name: str) -> None:
    assert _check(ITEM, item(**{name: ""})) == []


def test_every_other_field_may_change() -> None:
    other = {
        "title": "Other",
        "env": "dev",
        "priority": "P3",
        "service": "ledger",
        "owner": "bob",
        "category": "",
        "due_date": "",
        "type": "ops",
        "rank": 4,
        "component": "server",
        "group": "infra-high",
        "list": "todo",
        "promoted_at": "2026-02-20",
        "promoted_from": "infra-high",
        "dependencies": ("bl_0123456789ab",),
        "tags": (),
        "meta": {"a": 1},
        "evidence_refs": {"alerts": ("al_1",)},
        "extra": {"x_a": 1},
        "description": "",
    }
    assert {field.name for field in FIELDS} - other.keys() == {*OTHER, "status"}
    assert _check(item(**other)) == []


# --- an item as it stands


def test_an_ordinary_item_has_no_findings() -> None:
    assert check_item(ITEM, policy()) == []
    assert _check(ITEM, None) == []


@pytest.mark.parametrize("name", ["title", "created_at", "status", "env", "priority", "owner", "source", "dedupe_key"])
def test_a_required_value_may_not_be_missing(name: str) -> None:
    """R-160, R-163."""
    (finding,) = check_item(item(**{name: ""}), policy())
    assert (finding.code, finding.field) == ("BL201", name)
    assert finding.message.startswith(f"{name} is missing (")
    assert finding.fix == f"add a line  {name}: …"


@pytest.mark.parametrize("name", ["title", "owner", "dedupe_key"])
def test_blanks_are_no_value(name: str) -> None:
    """R-015, R-019: non-empty means that there is something to read."""
    assert [one.code for one in check_item(item(**{name: "  "}), policy())] == ["BL201"]


@pytest.mark.parametrize("name", ["service", "category", "due_date", "description", "list", "type", "group", "rank"])
def test_other_values_may_be_missing(name: str) -> None:
    empty = None if name == "rank" else ""
    assert check_item(item(**{name: empty}), policy()) == []


@pytest.mark.parametrize("source", ["risk", "pressure", "digest"])
def test_an_item_from_a_signal_needs_a_service(source: str) -> None:
    """R-013."""
    (finding,) = check_item(item(service="", source=source), policy())
    assert (finding.code, finding.field) == ("BL201", "service")
    assert finding.message == f"an item from {source} needs a service"


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("env", "production", "allowed: prod, staging, dev"),
        ("env", "stagin", "did you mean 'staging'?"),
        ("priority", "critical", "allowed: P0, P1, P2, P3"),
        ("priority", "p1", "did you mean 'P1'?"),
        ("category", "securty", "did you mean 'security'?"),
        ("source", "Manual", "did you mean 'manual'?"),
        ("list", "todos", "did you mean 'todo'?"),
    ],
)
def test_a_value_outside_its_list_is_refused(name: str, value: str, fix: str) -> None:
    (finding,) = check_item(item(**{name: value}), policy())
    assert (finding.code, finding.field, finding.fix) == ("BL202", name, fix)
    assert finding.message == f"{name} '{value}' is unknown"
    assert value not in finding.allowed


def test_categories_are_the_keys_of_the_policy() -> None:
    """R-014."""
    rules = policy(
        "categories: {docs: {priority: P3, due_days: 7, title: t}}\n"
        "generation: {rules: []}\nbacklog_md: {category_types: {}}"
    )
    assert check_item(item(category="docs"), rules) == []
    assert [one.code for one in check_item(ITEM, rules)] == ["BL202"]


@pytest.mark.parametrize("day", ["2026-02-30", "2026-3-1", "soon", "2026-03-01T00:00:00Z"])
def test_a_due_date_that_is_no_day_is_refused(day: str) -> None:
    (finding,) = check_item(item(due_date=day), policy())
    assert (finding.code, finding.message) == ("BL203", f"due_date '{day}' is not a day")


@pytest.mark.parametrize("moment", ["2026-02-16", "yesterday", "2026-02-30T00:00:00Z"])
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    (finding,) = check_item(item(created_at=moment), policy())
    assert (finding.code, finding.message) == ("BL203", f"created_at '{moment}' is not a moment")


@pytest.mark.parametrize("name", ["service", "type", "component", "group", "promoted_from"])
@pytest.mark.parametrize("value", ["a:b", "a b", "a/b", "ä", "x" * 129, "a\n"])
def test_a_name_that_cannot_stand_in_a_key_or_path_is_refused(name: str, value: str) -> None:
    """R-013, G-22."""
    (finding,) = check_item(item(**{name: value}), policy())
    assert (finding.code, finding.field) == ("BL204", name)


def test_an_unknown_kind_of_evidence_is_kept_with_a_warning() -> None:
    """R-023."""
    (finding,) = check_item(item(evidence_refs={"alerts": ("a",), "alarms": ("b",)}), policy())
    assert (finding.code, finding.is_error) == ("BL208", False)
    assert finding.message == "unknown kind of evidence 'alarms'"
    assert "alerts" in finding.allowed


def test_an_id_of_no_known_form_is_refused() -> None:
    (finding,) = check_item(item(id="bl_1"), policy())
    assert (finding.code, finding.message) == ("BL207", "'bl_1' is not an item id")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = item(id="x", title="", env="moon", due_date="soon", service="a b")
    assert [one.code for one in check_item(wrong, policy())] == ["BL207", "BL201", "BL202", "BL204", "BL203"]


names = st.sampled_from([field.name for field in FIELDS if field.kind not in ("set", "refs", "map", "number")])


@given(names, st.one_of(st.text(max_size=12), some.title))
def test_checking_never_fails_for_any_value(name: str, value: str) -> None:
    changed = item(**{name: value})
    for before, after in ((ITEM, changed), (changed, ITEM), (None, changed), (changed, None)):
        assert all(finding.item == (after or changed).id for finding in _check(after, before))


# --- dedupe keys


def test_a_key_that_another_item_has_is_refused() -> None:
    """R-022, R-093, C-26."""
    findings = check(Change(None, ITEM), policy(), {ITEM.dedupe_key: "bl_ffffffffffff"})
    assert [one.code for one in findings] == ["BL206"]
    assert findings == [duplicate_key(ITEM, "bl_ffffffffffff")]
    assert findings[0].message == f"dedupe_key '{ITEM.dedupe_key}' is already used by bl_ffffffffffff"


def test_a_key_that_the_item_has_itself_is_its_own() -> None:
    assert check(Change(None, ITEM), policy(), {ITEM.dedupe_key: ITEM.id, "other": "bl_ffffffffffff"}) == []


def test_no_key_is_no_double_of_no_key() -> None:
    """R-178."""
    findings = check(Change(None, item(dedupe_key="")), policy(), {"": "bl_ffffffffffff"})
    assert [one.code for one in findings] == ["BL201"]


def test_the_holder_of_a_key_is_the_first_item_by_id() -> None:
    items = [
        item(id="bl_00000000000b"),
        item(id="bl_00000000000a"),
        item(id="bl_00000000000c", dedupe_key="other"),
        item(id="bl_00000000000d", dedupe_key=""),
    ]
    assert holders(items) == holders(items[::-1]) == {ITEM.dedupe_key: "bl_00000000000a", "other": "bl_00000000000c"}


# --- the beginning and the end of an item


@pytest.mark.parametrize("status", STATUSES[1:])
def test_an_item_that_is_not_created_in_the_initial_status_is_a_warning(status: str) -> None:
    finding = _only(item(status=status), None)
    assert (finding.code, finding.is_error, finding.field) == ("BL304", False, "status")
    assert finding.message == f"created as {status}, not open"


def test_an_item_created_in_an_unknown_status_is_told_so_once() -> None:
    assert _only(item(status="wip"), None).code == "BL202"


@pytest.mark.parametrize("status", STATUSES)
def test_deleting_an_item_that_is_not_closed_is_a_warning(status: str) -> None:
    if status in ("done", "canceled"):
        assert _check(None, item(status=status)) == []
        return
    finding = _only(None, item(status=status))
    assert (finding.code, finding.is_error) == ("BL303", False)
    assert finding.message == f"{ITEM.id} was deleted while {status}"


def test_nothing_that_became_nothing_is_no_step() -> None:
    assert _check(None, None) == []


# --- undo


@pytest.mark.parametrize(("current", "new"), PAIRS)
def test_taking_a_step_back_is_not_judged_by_the_workflow(current: str, new: str) -> None:
    assert _check(item(status=new), item(status=current), undo=True) == []
    assert _check(None, item(status=current), undo=True) == []


def test_taking_a_step_back_still_leaves_an_item_that_stands() -> None:
    findings: list[Any] = check(Change(ITEM, item(owner=""), undo=True), policy())
    assert [one.code for one in findings] == ["BL201"]
