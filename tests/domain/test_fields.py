"""The table of fields and the table of finding codes: complete, in order, and the same as what they describe."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from backlogtool.domain import fields
from backlogtool.domain.fields import BY_NAME, FIELDS, value
from backlogtool.domain.finding import CODES, ERROR, WARNING, Finding, by_place, errors
from backlogtool.domain.item import Comment, Item
from tests.conftest import ROOT
from tests.domain.samples import ITEM, item
from tests.test_generation import policy


def test_every_attribute_of_an_item_is_a_field_in_the_order_of_the_file() -> None:
    attributes = list(Item._fields)
    assert attributes == [*BY_NAME, "extra", fields.DESCRIPTION, fields.COMMENTS]


def test_no_field_stands_twice_and_each_is_explained() -> None:
    assert len(BY_NAME) == len(FIELDS)
    assert all(field.doc.endswith(".") for field in FIELDS)


def test_a_new_file_has_its_keys_in_the_order_that_keeps_edits_apart() -> None:
    """D-14."""
    assert [field.name for field in FIELDS if field.always] == [
        *("id", "title", "created_at", "status", "env", "priority", "service", "owner", "category", "due_date"),
        *("source", "dedupe_key"),
    ]


def test_between_two_fields_that_change_often_stands_one_that_does_not() -> None:
    """ROBUSTNESS.md M5: then two people's one-field edits merge in plain git."""
    always = [field.name for field in FIELDS if field.always]
    often = [always.index(name) for name in ("title", "status", "priority", "owner", "due_date")]
    assert all(later - earlier > 1 for earlier, later in pairwise(often))


def test_what_is_required_stands_in_every_new_file() -> None:
    assert all(field.always for field in FIELDS if field.required)


def test_nobody_changes_what_identifies_an_item() -> None:
    """R-201."""
    assert [field.name for field in FIELDS if field.setter == fields.NOBODY] == [
        *("id", "created_at", "source", "dedupe_key")
    ]
    assert [field.name for field in FIELDS if field.setter == fields.WORKFLOW] == ["status"]


def test_every_list_of_values_is_in_the_policy() -> None:
    assert all(policy().allowed(field.name) for field in FIELDS if field.kind == fields.ENUM)


def test_a_value_is_found_by_the_name_of_its_field_or_of_an_unknown_key() -> None:
    one = item(extra={"x_team": "core"}, comments=(Comment("2026-02-16T06:20:00Z", "bob", "Yes."),))
    assert value(one, "owner") == "alice"
    assert value(one, "description") == ITEM.description
    assert value(one, "comments") == one.comments
    assert value(one, "x_team") == "core"
    assert value(one, "extra") is None
    assert value(one, "nothing") is None


# --- findings


def test_codes_stand_in_their_hundreds_in_order_with_a_severity_and_a_meaning() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"BL[1-7]\d\d", code) for code in CODES)
    assert {severity for severity, _ in CODES.values()} == {ERROR, WARNING}
    meanings = [meaning for _, meaning in CODES.values()]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning and meaning[-1] not in ".!" for meaning in meanings)


def test_every_code_is_used_and_every_used_code_stands_in_the_table() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "backlogtool").rglob("*.py")))
    unknown = set(re.findall(r'"(BL\d{3})"', source)) - CODES.keys()
    unused = [code for code in CODES if source.count(f'"{code}"') == 1]
    assert (unknown, unused) == (set(), [])


@pytest.mark.parametrize("code", CODES)
def test_a_finding_has_the_severity_of_its_code(code: str) -> None:
    found = Finding(code, "wrong")
    assert found.severity == CODES[code][0]
    assert found.is_error == (found.severity == ERROR)


def test_a_policy_may_make_a_finding_more_or_less_severe() -> None:
    assert Finding("BL301", "wrong", severity=WARNING).is_error is False


def test_a_finding_is_told_with_as_much_of_its_place_as_is_known() -> None:
    found = Finding("BL202", "env 'moon' is unknown")
    assert str(found) == "error: env 'moon' is unknown [BL202]"
    assert str(found.at("items/a.md")) == "items/a.md: error: env 'moon' is unknown [BL202]"
    assert str(found.at("items/a.md", 4, 2)) == "items/a.md:4:2: error: env 'moon' is unknown [BL202]"


def test_findings_are_sorted_as_people_read_files() -> None:
    found = [
        Finding("BL105", "b", "b.md", 1),
        Finding("BL105", "b", "a.md", 10),
        Finding("BL105", "b", "a.md", 9, 2),
        Finding("BL105", "b", "a.md", 9, 1),
        Finding("BL104", "b", "a.md", 9, 1),
        Finding("BL104", "a", "a.md", 9, 1),
    ]
    assert by_place(found) == found[::-1]


def test_only_errors_forbid() -> None:
    found = [Finding("BL115", "kept"), Finding("BL104", "broken"), Finding("BL303", "gone")]
    assert [one.code for one in errors(found)] == ["BL104"]
