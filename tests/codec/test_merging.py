"""The laws of merging item files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.merging import Merged, merge
from backlogtool.codec.merging_head import Conflict
from backlogtool.codec.merging_lines import Region, merge_lines, sides
from backlogtool.domain import fields
from backlogtool.domain.event import same
from tests.cli.session import item_text
from tests.codec.merges import ID, SIDES, Edit, bases, edited, expected, expected_text, item_of
from tests.hostile.items import ITEMS, LARGE


def merged(base: str, ours: str, theirs: str) -> Merged:
    return merge(base, ours, theirs, ID)


@given(bases(), SIDES, SIDES)
def test_the_values_are_those_of_a_naive_model_and_so_are_the_conflicts(
    base: str, left: list[Edit], right: list[Edit]
) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    found = merged(base, ours, theirs)
    assert not found.problem, found
    values, conflicts = expected(item_of(base), item_of(ours), item_of(theirs))
    assert {one.field for one in found.conflicts} - {"description", "comments"} == conflicts
    if found.clean:
        item = item_of(found.text)
        assert {
            name: fields.value(item, name) for name in values if not same(fields.value(item, name), values[name])
        } == {}
        sides = item_of(base).comments, item_of(ours).comments, item_of(theirs).comments
        assert set(item.comments) >= (set(sides[1]) | set(sides[2])) - set(sides[0])


@given(bases(), SIDES, SIDES)
def test_the_text_is_in_conflict_exactly_where_both_changed_one_paragraph(
    base: str, left: list[Edit], right: list[Edit]
) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    found = merged(base, ours, theirs)
    naive = expected_text(*(item_of(one).description for one in (base, ours, theirs)))
    if naive is not None:
        assert any(one.field == "description" for one in found.conflicts) == naive[1]
        assert not found.clean or item_of(found.text).description == naive[0]
    assert not any(one.field == "comments" for one in found.conflicts)


@given(bases(), SIDES, SIDES)
def test_it_does_not_matter_which_side_is_which(base: str, left: list[Edit], right: list[Edit]) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    one, other = merged(base, ours, theirs), merged(base, theirs, ours)
    assert {one.field for one in one.conflicts} == {one.field for one in other.conflicts}
    if one.clean:
        assert one.text == other.text


@given(bases(), SIDES, SIDES)
def test_merging_again_changes_nothing(base: str, left: list[Edit], right: list[Edit]) -> None:
    ours, theirs = edited(base, left), edited(base, right)
    found = merged(base, ours, theirs)
    if found.clean:
        assert merged(base, found.text, theirs).text == found.text
        assert merged(base, ours, found.text).text == found.text
        assert merged(ours, found.text, ours) == Merged(found.text)


# --- cases

BASE = item_text(ID, "A text.\n\n## Plan\n\n1. first", x_team='"a"  # ours to keep')
COMMENT = "### 2026-02-1{}T09:12:00Z {}\n\n{}\n"


def commented(text: str, *comments: tuple[int, str, str]) -> str:
    return text + "\n## Comments\n\n" + "\n".join(COMMENT.format(*one) for one in comments)


def both(base: str, ours: str, theirs: str) -> Merged:
    """The clean result, whichever side is which."""
    one, other = merged(base, ours, theirs), merged(base, theirs, ours)
    assert one.clean, one
    assert one == other
    return one


def test_only_the_lines_in_question_stand_between_markers() -> None:
    found = merged(BASE, BASE.replace("P2", "P0").replace("oncall", "ann"), BASE.replace("P2", "P1"))
    assert found.conflicts == (Conflict("priority", "P0", "P1"),)
    region = "<<<<<<< ours\npriority: P0\n=======\npriority: P1\n>>>>>>> theirs\n"
    assert found.text == BASE.replace("priority: P2\n", region).replace("oncall", "ann")


def test_a_field_that_never_changes_is_a_conflict_where_the_sides_differ() -> None:
    found = merged(BASE, BASE.replace("source: manual", "source: digest"), BASE.replace("P2", "P0"))
    assert found.conflicts == (Conflict("source", "digest", "manual"),)


def test_another_item_at_this_path_is_not_merged_into_it() -> None:
    """M6: git takes a new item for a renamed one."""
    other = BASE.replace(ID, "bl_aaaaaaaaaaaa")
    found = merged(BASE, BASE.replace("open", "done"), other)
    assert found.problem == "their version cannot be read"
    assert "status: done" in found.text
    assert "id: bl_aaaaaaaaaaaa" in found.text


@pytest.mark.parametrize("broken", ["", "no frontmatter\n", "---\nid: [\n---\n", BASE.replace("env:", "status:")])
def test_a_side_that_cannot_be_read_is_kept_whole_and_never_wins(broken: str) -> None:
    ours = BASE.replace("P2", "P0")
    found = merged(BASE, ours, broken)
    held = sides(found.text)
    assert found.problem
    assert held is not None
    assert held.ours == ours
    assert held.theirs.rstrip("\n") == broken.rstrip("\n")


def test_two_items_with_one_id_are_not_made_one() -> None:
    assert merge("", BASE, BASE.replace("P2", "P0"), ID).problem == "two branches made an item with this id"


def test_order_line_ends_and_the_mark_of_one_side_go_with_a_value_of_the_other() -> None:
    moved = BASE.replace("owner: oncall\n", "").replace("id: ", "owner: oncall\nid: ", 1)
    form = "\ufeff" + moved.replace("\n", "\r\n")
    assert both(BASE, form, BASE.replace("P2", "P0")).text == form.replace("P2", "P0")


def test_a_comment_in_yaml_and_the_quotes_of_one_side_go_with_a_value_of_the_other() -> None:
    written = BASE.replace("owner: oncall", "# who\nowner: 'oncall'  # for now")
    assert both(BASE, written, BASE.replace("oncall", "ann")).text == written.replace("oncall", "ann")
    assert (
        both(BASE, BASE.replace("P2", "P0"), BASE.replace('"a"', '"b"')).text.count('x_team: "b"  # ours to keep') == 1
    )


def test_removed_tags_stay_removed_whatever_the_other_side_adds() -> None:
    base = BASE.replace("x_team", "tags:\n- a\n- b\nx_team")
    found = both(base, base.replace("- a\n", ""), base.replace("- b\n", "- b\n- c\n")).text
    assert "tags:\n- b\n- c\nx_team" in found


def test_new_comments_stand_in_the_order_of_their_time_and_once() -> None:
    base = commented(BASE, (1, "ann", "old"))
    new = [(2, "bob", "x"), (3, "ann", "y"), (4, "bob", "z")]
    found = both(
        base, commented(BASE, (1, "ann", "old"), new[1]), commented(BASE, (1, "ann", "old"), *new[::2], new[1])
    )
    assert found.text == commented(BASE, (1, "ann", "old"), *new)


def test_an_old_comment_is_edited_by_one_and_deleted_by_one() -> None:
    base = commented(BASE, (1, "ann", "one"), (2, "bob", "two"))
    edited_one, deleted_two = base.replace("\none\n", "\nONE\n"), commented(BASE, (1, "ann", "one"))
    assert both(base, edited_one, deleted_two).text == commented(BASE, (1, "ann", "ONE"))
    found = merged(base, base.replace("\ntwo\n", "\nTWO\n"), deleted_two)
    assert [one.field for one in found.conflicts] == ["comments"]


def test_sections_of_both_sides_are_kept_and_a_line_that_both_changed_is_a_conflict() -> None:
    notes, effort = "\n## Notes\n\nSome.\n", "\n## Estimated Effort\n\n2 days\n"
    assert both(BASE, BASE + notes, BASE + effort).text == BASE + effort + notes
    found = merged(BASE, BASE.replace("1. first", "1. one"), BASE.replace("1. first", "1. uno") + notes)
    assert found.conflicts == (Conflict("description", "1. one", "1. uno"),)
    assert found.text.endswith(notes)


def test_without_a_known_base_only_comments_and_equal_fields_go_together() -> None:
    ours, theirs = commented(BASE, (1, "ann", "x")), commented(BASE, (2, "bob", "y"))
    assert merge(None, ours, theirs, ID).text == commented(BASE, (1, "ann", "x"), (2, "bob", "y"))
    found = merge(None, ours, theirs.replace("x_team", "tags:\n- a\nx_team"), ID)
    assert [one.field for one in found.conflicts] == ["tags"]


def test_what_stands_between_markers_in_a_base_is_no_version_of_anybody() -> None:
    base = BASE.replace("status: open\n", "<<<<<<< a\nstatus: open\n=======\nstatus: done\n>>>>>>> b\n")
    assert merged(base, BASE, BASE.replace("status: open", "status: done")).conflicts
    assert not merged(base, BASE, BASE.replace("P2", "P0")).conflicts


def test_a_text_and_its_sides_are_each_other() -> None:
    one, other = BASE.replace("P2", "P0"), BASE.replace("P2", "P1")
    held = sides(merged(BASE, one, other).text)
    assert held is not None
    assert (held.ours, held.theirs) == (one, other)
    assert sides("<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> c\n") is None
    assert sides("=======\nA heading\n=======\n") is None


LINES = st.lists(st.sampled_from("abc"), max_size=8)


@given(LINES, LINES, LINES)
def test_lines_merge_to_what_one_side_made_where_the_other_made_nothing(
    base: list[str], ours: list[str], theirs: list[str]
) -> None:
    assert merge_lines(base, ours, base) == ours
    assert merge_lines(base, base, theirs) == theirs
    assert merge_lines(base, ours, ours) == ours
    found = merge_lines(base, ours, theirs)
    turned = [Region(one.theirs, one.ours) if isinstance(one, Region) else one for one in found]
    assert merge_lines(base, theirs, ours) == turned


HOSTILE = [
    case.bytes_of(ID).decode("utf-8", "surrogateescape")
    for kind, cases in ITEMS.items()
    if kind not in LARGE
    for case in cases
]


@given(st.lists(st.sampled_from([*HOSTILE, BASE]), min_size=3, max_size=3))
def test_nothing_that_a_file_holds_raises_or_is_lost(texts: list[str]) -> None:
    base, ours, theirs = texts
    found = merged(base, ours, theirs)
    if ours not in (base, theirs) and theirs != base and found.problem:
        assert all(line in found.text for side in (ours, theirs) for line in side.split("\n"))


def test_texts_of_the_largest_size_take_no_time_of_note() -> None:
    head = BASE.partition("A text.")[0]
    base, ours, theirs = (head + "".join(f"{n % step}\n" for n in range(100_000)) for step in (7, 11, 13))
    assert [one.field for one in merged(base, ours, theirs).conflicts] == ["description"]
