"""Events are the difference of two versions, and told in order they are the item."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain import event
from backlogtool.domain.event import (
    AUTO_UPDATE,
    COMMENT,
    CREATED,
    DELETED,
    STATUS_CHANGE,
    Claim,
    Event,
    along_claims,
    claimed_path,
    diff,
    event_id,
    replay,
    stamped,
    summary,
)
from backlogtool.domain.item import Comment, Item
from tests import strategies as some
from tests.domain.samples import ITEM, item

REMARK = Comment("2026-02-17T09:00:00Z", "bob", "Waiting for the numbers.")


def _kinds(before: Item | None, after: Item | None) -> list[str]:
    return [one.type for one in diff(before, after)]


def _only(before: Item | None, after: Item | None) -> Event:
    events = diff(before, after)
    assert len(events) == 1
    return events[0]


# --- diff

chains = st.tuples(some.identifier, st.lists(some.items(), min_size=1, max_size=3)).map(
    lambda pair: [one._replace(id=pair[0]) for one in pair[1]]
)


def _story(*versions: Item | None) -> list[Event]:
    return [one for before, after in pairwise([None, *versions]) for one in diff(before, after)]


@given(chains)
def test_the_events_of_all_versions_replayed_are_the_last_version(chain: list[Item]) -> None:
    """DESIGN.md §4; the events may have passed through JSON, and the item may have been deleted in between."""
    told = _story(*chain)
    assert replay(told) == chain[-1]
    through_json = [one._replace(meta=json.loads(json.dumps(one.meta))) for one in told]
    assert through_json == told
    assert replay(through_json) == chain[-1]
    assert replay(_story(*chain, None)) is None
    assert replay(_story(*chain, None, chain[0])) == chain[0]


versions = st.builds(
    item,
    status=st.sampled_from(["open", "done"]),
    rank=st.sampled_from([None, 0, 1]),
    tags=st.sampled_from([(), ("a",)]),
    meta=st.dictionaries(some.name, some.plain_value, max_size=1),
    extra=st.sampled_from([{}, {"x_a": ""}, {"x_a": []}]),
    description=st.sampled_from(["", "a"]),
    comments=st.lists(st.builds(Comment, st.just(REMARK.at), st.just("bob"), st.text(max_size=2)), max_size=2).map(
        tuple
    ),
)


@given(versions, versions)
def test_a_step_makes_events_exactly_if_the_versions_differ(before: Item, after: Item) -> None:
    assert diff(before, before) == []
    assert bool(diff(before, after)) == (before != after)
    assert replay(_story(before, after)) == after


def test_nothing_that_stays_nothing_makes_no_event() -> None:
    assert diff(None, None) == []


def test_a_new_item_is_created_with_all_its_values() -> None:
    made = _only(None, ITEM)
    assert (made.type, made.item_id) == (CREATED, ITEM.id)
    assert made.meta["changes"]["tags"] == [None, ["auth", "keys"]]
    assert "id" not in made.meta["changes"]
    assert "rank" not in made.meta["changes"]


def test_a_change_of_status_says_from_what_to_what() -> None:
    """R-032."""
    moved = _only(ITEM, item(status="in_progress"))
    assert moved.type == STATUS_CHANGE
    assert moved.meta == {"old_status": "open", "new_status": "in_progress"}


def test_a_change_of_any_other_value_is_an_update_of_it() -> None:
    after = item(owner="bob", tags=("auth",), extra={"x_team": "core"})
    changed = _only(ITEM, after)
    assert changed.type == AUTO_UPDATE
    assert changed.meta == {
        "changes": {
            "owner": ["alice", "bob"],
            "tags": [["auth", "keys"], ["auth"]],
            "x_team": [None, "core"],
        }
    }


def test_a_key_that_is_gone_has_nothing_as_its_new_value() -> None:
    before = item(extra={"x_team": "core", "x_b": 1})
    assert _only(before, item(extra={"x_b": 1})).meta == {"changes": {"x_team": ["core", None]}}


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, 1.0)])
def test_a_value_that_only_python_takes_for_the_same_is_a_change(old: Any, new: Any) -> None:
    """A file that says ``true`` instead of ``1`` has changed."""
    assert _kinds(item(meta={"n": old}), item(meta={"n": new})) == [AUTO_UPDATE]
    assert _kinds(item(extra={"x_n": old}), item(extra={"x_n": new})) == [AUTO_UPDATE]


def test_each_comment_at_the_end_is_an_event_with_its_words() -> None:
    second = REMARK._replace(text="They are in.")
    first, last = diff(ITEM, item(comments=(REMARK, second)))
    assert (first.type, first.message) == (COMMENT, REMARK.text)
    assert first.meta == {"at": REMARK.at, "actor": "bob"}
    assert last.message == "They are in."
    assert _kinds(item(comments=(REMARK,)), item(comments=(REMARK, second))) == [COMMENT]


@pytest.mark.parametrize("comments", [(), (REMARK._replace(text="other"),), (REMARK._replace(text="x"), REMARK)])
def test_an_old_comment_that_changed_is_an_update(comments: tuple[Comment, ...]) -> None:
    before = item(comments=(REMARK,))
    assert _only(before, item(comments=comments)).type == AUTO_UPDATE


def test_one_step_may_make_several_events_in_a_fixed_order() -> None:
    after = item(status="blocked", owner="bob", comments=(REMARK,))
    assert _kinds(ITEM, after) == [STATUS_CHANGE, AUTO_UPDATE, COMMENT]


def test_a_deleted_item_makes_one_event() -> None:
    gone = _only(ITEM, None)
    assert (gone.type, gone.item_id, gone.meta) == (DELETED, ITEM.id, {"changes": {}})


def test_what_happened_before_the_item_was_created_cannot_be_replayed() -> None:
    with pytest.raises(ValueError, match="before it was created"):
        replay(diff(ITEM, item(owner="bob")))
    assert replay([]) is None


# --- ids, stamps, claims


def test_an_event_id_comes_from_commit_item_and_place() -> None:
    """R-026; the digits were computed with sha256sum."""
    assert event_id("c0ffee", "bl_0123456789ab") == "ev_f6146f8ec3e6"
    assert event_id("c0ffee", "bl_0123456789ab", 1) == "ev_480c52c3c143"


@given(st.text(max_size=8), st.text(max_size=8), st.integers(0, 99))
def test_an_event_id_has_twelve_hex_digits(commit: str, item_id: str, ordinal: int) -> None:
    found = event_id(commit, item_id, ordinal)
    assert found.startswith("ev_")
    assert len(found) == 15
    assert set(found[3:]) <= set("0123456789abcdef")


def _stamped(events: list[Event], *claims: Claim, said: str = "") -> list[Event]:
    return stamped(events, claims, commit="c0ffee", ts="2026-02-18T08:00:00Z", author="Ann", said=said)


def test_a_stamped_event_knows_when_who_and_why() -> None:
    events = diff(ITEM, item(status="blocked", owner="bob", comments=(REMARK,)))
    claim = Claim(ITEM.id, STATUS_CHANGE, "cto", {})
    moved, changed, told = _stamped(events, claim, said="the vendor is late")
    assert [one.id for one in (moved, changed, told)] == [event_id("c0ffee", ITEM.id, n) for n in range(3)]
    assert {one.ts for one in (moved, changed, told)} == {"2026-02-18T08:00:00Z"}
    assert [one.actor for one in (moved, changed, told)] == ["cto", "Ann", "Ann"]
    assert [one.message for one in (moved, changed)] == ["the vendor is late"] * 2
    assert told.message == REMARK.text


def test_a_claim_without_an_actor_names_none_and_nothing_said_is_a_summary() -> None:
    (moved,) = _stamped(diff(ITEM, item(status="blocked")), Claim(ITEM.id, STATUS_CHANGE, "", {}))
    assert (moved.actor, moved.message) == ("Ann", "open -> blocked")


def _move(old: Any, new: Any, item_id: str = ITEM.id, *, message: int = 0, actor: str = "alice") -> Claim:
    return Claim(item_id, STATUS_CHANGE, actor, {"old_status": old, "new_status": new}, message)


def test_claimed_moves_that_join_up_are_a_path() -> None:
    other = _move("open", "done", "bl_ffffffffffff")
    comment = Claim(ITEM.id, COMMENT, "alice", {})
    claims = [_move("open", "in_progress"), other, comment, _move("in_progress", "done", message=1)]
    assert claimed_path(ITEM.id, claims) == ["open", "in_progress", "done"]
    assert claimed_path("bl_000000000000", claims) == []


@pytest.mark.parametrize(
    "claims",
    [
        [_move("open", "in_progress"), _move("blocked", "done", message=1)],
        [_move("open", "in_progress"), _move("in_progress", "done")],
        [_move("open", "in_progress"), _move("in_progress", "done", message=1, actor="")],
        [_move("open", None)],
        [_move(1, "done")],
        [_move(["open"], "done")],
        [Claim(ITEM.id, STATUS_CHANGE, "alice", {})],
        [],
    ],
)
def test_claimed_moves_that_do_not_join_up_are_no_path(claims: list[Claim]) -> None:
    assert claimed_path(ITEM.id, claims) == []


JUMP = diff(ITEM, item(status="done", owner="bob"))
STEPS = [_move("open", "in_progress"), _move("in_progress", "done", message=1)]


def test_a_squashed_change_of_status_is_told_as_its_claimed_steps() -> None:
    told = along_claims(JUMP, STEPS, lambda path: path == ["open", "in_progress", "done"])
    assert [(one.type, dict(one.meta)) for one in told[:2]] == [
        (STATUS_CHANGE, {"old_status": "open", "new_status": "in_progress"}),
        (STATUS_CHANGE, {"old_status": "in_progress", "new_status": "done"}),
    ]
    assert [one.type for one in told[2:]] == [AUTO_UPDATE]
    assert replay([*diff(None, ITEM), *told]) == item(status="done", owner="bob")


@pytest.mark.parametrize(
    ("claims", "legal"),
    [
        (STEPS, False),
        (STEPS[:1], True),
        (STEPS[1:], True),
        ([_move("open", "done")], True),
        ([_move("blocked", "in_progress"), _move("in_progress", "done", message=1)], True),
        ([], True),
    ],
)
def test_claims_that_are_illegal_or_do_not_fit_change_nothing(claims: list[Claim], legal: bool) -> None:
    """DESIGN.md §4: where claim and diff disagree the diff wins."""
    assert along_claims(JUMP, claims, lambda path: legal) == JUMP


# --- summaries


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"status": "blocked"}, "open -> blocked"),
        ({"owner": "bob"}, "owner alice -> bob"),
        ({"owner": "bob", "due_date": ""}, "owner alice -> bob, due_date 2026-03-01 -> (none)"),
        ({"rank": 3}, "rank (none) -> 3"),
        ({"title": "Other"}, "title changed"),
        ({"description": "Other"}, "description changed"),
        ({"tags": ()}, "tags changed"),
        ({"dedupe_key": "x" * 60}, "dedupe_key changed"),
        ({"comments": (REMARK,)}, "commented"),
        ({"extra": {"x_team": "core"}}, "x_team (none) -> core"),
    ],
)
def test_a_summary_tells_the_facts_in_one_line(after: dict[str, Any], told: str) -> None:
    assert summary(_only(ITEM, item(**after))) == told


def test_a_summary_of_a_birth_or_a_death_is_one_word() -> None:
    assert summary(_only(None, ITEM)) == "created"
    assert summary(_only(ITEM, None)) == "deleted"


def test_values_become_plain_json_values() -> None:
    held = {"a": (1, {"b": ("c",)}), "d": REMARK}
    assert event.plain(held) == {"a": [1, {"b": ["c"]}], "d": {"at": REMARK.at, "actor": "bob", "text": REMARK.text}}
