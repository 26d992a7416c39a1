"""What a range does to the backlog: nothing is lost, nothing is made up, and read backwards it is the inverse."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.event import diff, replay
from backlogtool.domain.item import Comment, Item
from backlogtool.insight.changes import KINDS, Changed, Pair, brought, compared, details, kinds_of, retitled, same_work
from tests import strategies as some
from tests.domain.samples import ITEM, item
from tests.views.samples import policy

TODAY = "2026-03-10"
CLOSED = ("done", "canceled")
REMARK = Comment("2026-02-17T09:00:00Z", "bob", "Waiting for the numbers.\n\nAnd more.")
INVERSE = {
    "created": "deleted",
    "deleted": "created",
    "closed": "reopened",
    "reopened": "closed",
    "commented": "uncommented",
    "uncommented": "commented",
}
#: Two versions of one item, or of none.
versions = st.tuples(st.none() | some.items(), st.none() | some.items()).map(
    lambda two: (two[0], two[1]._replace(id=two[0].id) if two[0] and two[1] else two[1])
)


def pair(before: Item | None, after: Item | None) -> Pair:
    one = after or before
    item_id = one.id if one else "bl_000000000000"
    return Pair(item_id, f"items/{item_id}.md", before, after)


def change(before: Item | None, after: Item | None) -> Changed:
    [one] = compared([pair(before, after)], policy(), TODAY).items
    return one


def kinds(before: Item | None, after: Item | None) -> set[str]:
    return set(kinds_of(before, after, diff(before, after), CLOSED))


@given(versions)
def test_the_events_of_a_range_lead_from_the_older_version_to_the_newer(two: tuple[Item | None, Item | None]) -> None:
    before, after = two
    found = compared([pair(before, after)], policy(), TODAY).items
    assert replay([*diff(None, before), *(event for one in found for event in one.events)]) == after


@given(versions)
def test_a_range_read_backwards_is_of_the_inverse_kinds(two: tuple[Item | None, Item | None]) -> None:
    assert kinds(two[1], two[0]) == {INVERSE.get(kind, kind) for kind in kinds(*two)}


@given(versions)
def test_every_change_is_of_a_kind_and_is_told(two: tuple[Item | None, Item | None]) -> None:
    found = compared([pair(*two)], policy(), TODAY)
    assert len(found.items) == (two[0] != two[1] and bool(diff(*two)))
    for one in found.items:
        assert one.kinds
        assert all(detail.name for detail in details(one))
        assert len(details(one)) >= len(one.events)


@given(st.lists(some.items(), max_size=5, unique_by=lambda one: one.id))
def test_nothing_changed_is_nothing_told(items: list[Item]) -> None:
    found = compared([pair(one, one) for one in items], policy(), TODAY)
    assert (found.items, found.unreadable, found.counts) == ((), (), {})


@given(st.permutations(range(6)))
def test_the_order_in_which_items_are_found_does_not_matter(order: Sequence[int]) -> None:
    pairs = [pair(None, item(id=f"bl_{number:012x}", priority=f"P{number % 3}")) for number in range(6)]
    told = compared([pairs[number] for number in order], policy(), TODAY)
    assert told == compared(pairs, policy(), TODAY)
    assert [one.item.priority for one in told.items] == ["P0", "P0", "P1", "P1", "P2", "P2"]


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"status": "blocked"}, "moved", ("status", "open -> blocked")),
        ({"status": "done"}, "closed", ("status", "open -> done")),
        ({"priority": "P0"}, "reprioritised", ("priority", "P1 -> P0")),
        ({"owner": "bob"}, "reowned", ("owner", "alice -> bob")),
        ({"due_date": ""}, "rescheduled", ("due_date", "2026-03-01 -> (none)")),
        ({"comments": (REMARK,)}, "commented", ("comment", "bob: Waiting for the numbers.…")),
        ({"description": "One.\nTwo."}, "described", ("description", "+2 -1 lines")),
        ({"title": "x" * 500}, "edited", ("title", f"Rotate the signing key -> {'x' * 159}…")),
        ({"tags": ("auth", "new")}, "edited", ("tags", "+new -keys")),
        ({"meta": {"a": True}}, "edited", ("meta", "changed: a")),
        ({"evidence_refs": {"alerts": ("al_1",)}}, "edited", ("evidence_refs", "changed: alerts")),
        ({"extra": {"x_a": 1}}, "edited", ("x_a", "(none) -> 1")),
    ],
)
def test_a_change_of_one_field_is_of_one_kind_and_told_in_one_line(
    changes: dict[str, object], kind: str, said: tuple[str, str]
) -> None:
    one = change(item(due_date="2026-04-01") if "due_date" not in changes else ITEM, _later(changes))
    assert one.kinds == (kind,)
    assert [detail[:2] for detail in details(one)] == [said]


def _later(changes: dict[str, object]) -> Item:
    return item(**{"due_date": "2026-04-01", **changes})


def test_comments_that_go_or_change_are_told_as_such() -> None:
    two = item(comments=(REMARK, REMARK._replace(actor="ann")), due_date="")
    [fewer] = details(change(two, two._replace(comments=(REMARK,))))
    [other] = details(change(two, two._replace(comments=(REMARK._replace(text="x"),))))
    assert fewer.said == "2 -> 1 comments"
    assert other.said == "2 -> 1 comments, older ones changed"


def test_one_and_true_are_not_the_same() -> None:
    one = change(item(meta={"a": 1, "b": 1}, due_date=""), item(meta={"a": True, "b": 1}, due_date=""))
    assert details(one)[0].said == "changed: a"


def test_lines_that_only_move_are_told_as_moved() -> None:
    one = change(item(description="a\nb", due_date=""), item(description="b\na", due_date=""))
    assert details(one)[0].said == "lines moved"


def test_a_due_date_that_has_passed_is_told_of_what_is_left_open_only() -> None:
    late, done = item(due_date="2026-03-09"), item(due_date="2026-03-09", status="done")
    assert change(None, late).overdue
    assert not change(late, done).overdue
    assert not change(late, None).overdue
    assert not change(None, item(due_date=TODAY)).overdue


def test_a_key_is_brought_by_what_did_not_have_it() -> None:
    named, other = ITEM, item(dedupe_key="other")
    assert brought([pair(None, named)]) == {ITEM.id: ITEM.dedupe_key}
    assert brought([pair(named, other)]) == {ITEM.id: "other"}
    assert brought([pair(named, item(title="x")), pair(named, None), pair(None, item(dedupe_key=""))]) == {}


def test_a_key_that_another_item_has_is_told_with_that_item() -> None:
    found = compared([pair(None, ITEM)], policy(), TODAY, {ITEM.id: ["bl_ffffffffffff"]})
    assert found.duplicates == 1
    assert "is also that of bl_ffffffffffff" in details(found.items[0])[-1].said


def test_what_cannot_be_read_at_one_end_is_told_and_not_compared() -> None:
    broken = pair(ITEM, None)._replace(faults=("", "the YAML cannot be read"))
    found = compared([broken], policy(), TODAY)
    assert (found.items, found.unreadable) == ((), (broken,))


def test_counts_are_of_items_and_in_one_order() -> None:
    moved = ITEM._replace(id="bl_ffffffffffff")
    found = compared([pair(ITEM, item(status="done", owner="x")), pair(moved, moved._replace(owner="x"))],
                     policy(), TODAY)  # fmt: skip
    assert found.counts == {"closed": 1, "reowned": 2}
    assert list(found.counts) == [kind for kind in KINDS if kind in found.counts]


def test_a_title_is_brought_by_what_is_open_and_did_not_have_it() -> None:
    named, other = item(due_date=""), item(title="Other", due_date="")
    assert retitled([pair(None, named)], CLOSED) == {ITEM.id: named}
    assert retitled([pair(other, named)], CLOSED) == {ITEM.id: named}
    left = [pair(named, item(owner="bob")), pair(named, None), pair(None, item(status="done"))]
    assert retitled(left, CLOSED) == {}


def test_an_open_item_of_the_same_title_is_told_with_what_brings_it() -> None:
    found = compared([pair(None, item(due_date=""))], policy(), TODAY, {}, {ITEM.id: ["bl_ffffffffffff"]})
    assert (found.twins, found.duplicates) == (1, 0)
    assert details(found.items[0])[-1].said == "bl_ffffffffffff has it too"


def test_two_are_the_same_work_if_title_service_and_environment_are() -> None:
    assert same_work(item(owner="bob", status="blocked")) == same_work(item())
    assert all(same_work(item(**{name: "other"})) != same_work(item()) for name in ("title", "service", "env"))
