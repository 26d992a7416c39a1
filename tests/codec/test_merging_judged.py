"""The laws of judging a merge: what the rule makes is right, what nobody made is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.codec.merging import merge
from backlogtool.codec.merging_judged import Judged, holds_more, judge
from backlogtool.codec.merging_lines import sides
from backlogtool.domain.finding import Finding
from tests.cli.session import item_text
from tests.codec.merges import HOT, ID, SIDES, Edit, bases, edited, item_of, with_value

BASE = item_text(ID, "One line.\n\nAnother line.", tags="[a, b]")


def found(base: str, ours: str, theirs: str, after: str) -> list[Finding]:
    return list(judge(Judged([item_of(ours), item_of(theirs)], [item_of(base)], item_of(after))))


def told(base: str, ours: str, theirs: str, after: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.field, one.severity) for one in found(base, ours, theirs, after)]


@given(bases(), SIDES, SIDES)
def test_nothing_is_found_in_what_a_clean_merge_gives(base: str, left: list[Edit], right: list[Edit]) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    merged = merge(base, ours, theirs, ID)
    assert not merged.clean or found(base, ours, theirs, merged.text) == []


@given(bases(), SIDES, SIDES)
def test_the_rule_itself_brings_nothing_conflicts_or_not(base: str, left: list[Edit], right: list[Edit]) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    merged = merge(base, ours, theirs, ID)
    assert merged.problem or not holds_more(merged.text, base, ours, theirs, ID)


def test_words_below_the_heading_of_somebody_else_are_more_than_a_side_holds_between_markers_too() -> None:
    ours = BASE.replace("One line.", "Some line.")
    theirs = BASE + "\n## Comments\n\n### 2026-02-17T09:12:00Z ann\n\nWaiting.\n"
    mixed = theirs.replace("Waiting.", "Some line.")
    assert holds_more(mixed, BASE, ours, theirs, ID)
    status = "<<<<<<< ours\nstatus: blocked\n=======\nstatus: open\n>>>>>>> theirs\n"
    assert holds_more(mixed.replace("status: open\n", status), BASE, ours, theirs, ID)
    assert not holds_more("nonsense", BASE, ours, theirs, ID)


@given(bases(), st.lists(HOT, max_size=3), st.lists(HOT, max_size=3), st.sampled_from(["ours", "theirs"]))
def test_either_side_of_each_conflict_is_right(base: str, left: list[Edit], right: list[Edit], whose: str) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    merged = merge(base, ours, theirs, ID)
    held = sides(merged.text)
    if held is None:
        return
    assert [one for one in found(base, ours, theirs, getattr(held, whose)) if one.code == "BL308"] == []


@given(bases(), SIDES, SIDES, st.sampled_from(["status", "priority", "owner", "title", "x_unknown", "description"]))
def test_what_nobody_wrote_is_found(base: str, left: list[Edit], right: list[Edit], name: str) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    merged = merge(base, ours, theirs, ID)
    if not merged.clean:
        return
    item = item_of(merged.text)
    planted = "nobody wrote this"
    evil = with_value(item, name, planted) if name != "description" else item._replace(description=planted)
    after = markdown.edit(markdown.read(merged.text, ID), evil)
    assert [(one.code, one.field) for one in found(base, ours, theirs, after)] == [("BL308", name)]


@given(bases(), SIDES)
def test_what_one_side_did_and_the_merge_does_not_have_is_found(base: str, right: list[Edit]) -> None:
    theirs = edited(base, right)
    before, after = item_of(base), item_of(theirs)
    lost = found(base, base, theirs, base)
    assert {one.code for one in lost} <= {"BL309"}
    once = [one._replace(comments=tuple(sorted({*one.comments}))) for one in (before, after)]
    assert bool(lost) == (once[0] != once[1])


def changed(old: str, new: str) -> str:
    assert BASE.count(old) == 1
    return BASE.replace(old, new)


P0, P1, P3 = (changed("priority: P2", f"priority: P{one}") for one in (0, 1, 3))


@pytest.mark.parametrize(
    ("ours", "theirs", "after", "expected"),
    [
        (P0, P1, P3, [("BL308", "priority", "warning")]),
        (P0, P1, P1, []),
        (P0, BASE, P3, [("BL308", "priority", "error")]),
        (BASE, BASE, P3, [("BL308", "priority", "error")]),
        (P0, BASE, BASE, [("BL309", "priority", "warning")]),
        (changed("[a, b]", "[a]"), BASE, BASE, [("BL309", "tags", "warning")]),
        (changed("[a, b]", "[a, b, c]"), changed("[a, b]", "[b]"), changed("[a, b]", "[a, b, c]"),
         [("BL309", "tags", "warning")]),
        (changed("[a, b]", "[a, b, c]"), BASE, changed("[a, b]", "[a, b, z]"), [("BL308", "tags", "error")]),
        (changed("One", "1"), changed("Another", "2"), BASE.replace("One", "1").replace("Another", "2"), []),
        (changed("One", "1"), BASE, changed("One", "3"), [("BL308", "description", "error")]),
        (changed("One", "1"), changed("One", "2"), changed("One", "3"), [("BL308", "description", "warning")]),
        (changed("One", "1"), BASE, BASE, [("BL309", "description", "warning")]),
    ],
)  # fmt: skip
def test_how_much_it_matters(ours: str, theirs: str, after: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(BASE, ours, theirs, after) == expected
    assert told(BASE, theirs, ours, after) == expected


def test_comments_of_nobody_and_lost_ones_are_found() -> None:
    said: Callable[[str], str] = lambda text: f"{BASE}\n## Comments\n\n### 2026-02-17T09:12:00Z ann\n\n{text}\n"  # noqa: E731
    assert told(BASE, said("a"), BASE, said("a")) == []
    assert told(BASE, said("a"), BASE, BASE) == [("BL309", "comments", "warning")]
    assert told(said("a"), said("a"), BASE, said("a")) == [("BL309", "comments", "warning")]
    assert [one[0] for one in told(BASE, said("a"), BASE, said("b"))] == ["BL308", "BL309"]


def test_where_the_sides_parted_may_be_unknown_or_several() -> None:
    both = [item_of(P0), item_of(P1)]
    assert [one.severity for one in judge(Judged(both, [], item_of(P3)))] == ["warning"]
    assert list(judge(Judged(both, [], item_of(P0)))) == []
    assert list(judge(Judged([item_of(BASE), item_of(P1)], [item_of(BASE), item_of(P1)], item_of(BASE)))) == []
    three = [item_of(BASE), item_of(P1), item_of(changed("oncall", "bob"))]
    united = changed("oncall", "bob").replace("priority: P2", "priority: P1")
    assert list(judge(Judged(three, [item_of(BASE)], item_of(united)))) == []
    assert [one.code for one in judge(Judged(three, [item_of(BASE)], item_of(P3)))] == ["BL308", "BL309"]
