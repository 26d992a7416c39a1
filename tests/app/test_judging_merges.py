"""What a merge does itself: nothing where it only brings two sides together, everything else to the letter."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from backlogtool.app.judging_merges import beyond
from backlogtool.codec.merging import merge
from backlogtool.domain.event import diff
from backlogtool.domain.fields import value
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.merge import Side
from tests.codec.merges import ID, SIDES, Edit, bases, edited, item_of

PLANTED = {
    "title": "Planted", "status": "canceled", "priority": "P9", "owner": "mallory", "due_date": "2031-01-01",
    "tags": ("planted",), "meta": {"planted": 1}, "evidence_refs": {"alerts": ("planted",)},
    "description": "planted", "comments": (Comment("2031-01-01T00:00:00Z", "mallory", "planted"),), "planted": "x",
}  # fmt: skip


def sides(base: str, *texts: str) -> list[Side]:
    return [Side(item_of(one), origins=(item_of(base),)) for one in texts]


def plant(item: Item, name: str) -> Item:
    """The item with a value that no side has; a name that is no field's is an unknown key."""
    held = {name: PLANTED[name]} if name in Item._fields else {"extra": {**item.extra, name: PLANTED[name]}}
    return item._replace(**held)


def did(some: list[Side], after: Item | None) -> bool:
    return diff(*beyond(some, after)) != []


@given(bases(), SIDES, SIDES)
def test_what_the_driver_merges_without_conflict_is_nobodys_doing(
    base: str, left: list[Edit], right: list[Edit]
) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    found = merge(base, ours, theirs, ID)
    assume(found.clean)
    assert not did(sides(base, ours, theirs), item_of(found.text))
    assert not did(sides(base, theirs, ours), item_of(found.text))


@given(bases(), SIDES, SIDES, st.sampled_from(sorted(PLANTED)))
def test_what_no_side_has_is_the_mergers_doing(base: str, left: list[Edit], right: list[Edit], name: str) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    found = merge(base, ours, theirs, ID)
    assume(found.clean)
    planted = plant(item_of(found.text), name)
    before, after = beyond(sides(base, ours, theirs), planted)
    assert after == planted
    assert before is not None
    assert diff(before, plant(before, name)) == diff(before, after) != []


@given(bases(), SIDES)
def test_to_drop_what_one_side_did_is_the_mergers_doing(base: str, left: list[Edit]) -> None:
    ours = item_of(edited(base, left))
    before, after = beyond(sides(base, edited(base, left), base), item_of(base))
    assert (before, after) == (ours._replace(extra=dict(ours.extra)), item_of(base))


def test_what_one_side_deleted_may_stay_deleted_and_nothing_else() -> None:
    item = Item(ID, "One", "2026-02-16T06:20:00Z", "open")
    changed = item._replace(title="Two")
    gone, same, edits = Side(item, True, (item,)), Side(item, origins=(item,)), Side(changed, origins=(item,))
    assert not did([gone, same], None)
    assert did([same, same], None)
    assert did([gone, edits], None)
    assert beyond([gone, same], item) == (None, item)
    assert not did([gone, edits], changed)
    assert beyond([gone, gone], item) == (None, item)
    assert not did([gone, gone], None)
    assert beyond([Side(None), Side(None)], item) == (None, item)
    assert not did([Side(None), Side(item, origins=(None,))], item)


def test_three_sides_are_put_together_and_a_criss_cross_is_seen_through() -> None:
    item = Item(ID, "One", "2026-02-16T06:20:00Z", "open", tags=("a",))
    some = [Side(item._replace(tags=tags), origins=(item,)) for tags in (("a", "b"), ("a", "c"), ())]
    assert not did(some, item._replace(tags=("b", "c")))
    assert did(some, item._replace(tags=("a", "b", "c")))
    older = item._replace(title="Old")
    crossed = [
        Side(item._replace(title="New"), origins=(item, older), older=(older,)),
        Side(item, origins=(older, item), older=(older,)),
    ]
    assert not did(crossed, item._replace(title="New"))
    assert did(crossed, older)


def test_a_comment_that_both_sides_have_cannot_go_and_none_can_come() -> None:
    one, two, three = (Comment(f"2026-02-1{n}T06:20:00Z", "ann", f"{n}") for n in (1, 2, 3))
    item = Item(ID, "One", "2026-02-16T06:20:00Z", "open", comments=(one,))
    some = [Side(item._replace(comments=(one, new)), origins=(item,)) for new in (two, three)]
    assert not did(some, item._replace(comments=(one, two, three)))
    assert did(some, item._replace(comments=(two, three)))
    assert did(some, item._replace(comments=(one, two, three, one._replace(text="planted"))))
    assert value(item, "comments") == (one,)
