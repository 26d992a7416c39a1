"""Strict JSON: one object or a finding, and nothing that JSON readers disagree about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import strictjson
from backlogtool.codec.strictjson import MAX_DEPTH, MAX_SIZE, shown
from backlogtool.domain.finding import Finding


def _object(data: bytes | str) -> dict[str, Any]:
    root, findings = strictjson.read(data)
    assert findings == []
    assert root is not None
    return root


def _refused(data: bytes | str) -> Finding:
    root, findings = strictjson.read(data)
    assert root is None
    assert len(findings) == 1, [str(one) for one in findings]
    assert findings[0].code == "BL601"
    return findings[0]


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False)
    )
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=4), st.booleans())
def test_any_object_is_read_as_it_was_written(root: dict[str, Any], escaped: bool) -> None:
    text = json.dumps(root, ensure_ascii=escaped)
    assert _object(text) == _object("\ufeff" + text) == root
    assert _object(text.encode()) == root


@given(st.one_of(st.binary(), st.text(st.characters(codec=None)), st.text(alphabet='{}[]",:\\ 0e-\n')))
def test_reading_never_raises_and_always_says_why_there_is_no_object(data: bytes | str) -> None:
    root, findings = strictjson.read(data)
    assert (root is not None) or findings


def test_a_comma_too_many_is_refused() -> None:
    assert _refused('{"a": 1,}').line == 1  # Python's versions disagree about the column


@pytest.mark.parametrize("text", ["[]", "null", '"text"', "3", "true"])
def test_another_value_than_an_object_is_refused(text: str) -> None:
    assert _refused(text).message == "not a JSON object"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("{", 1, 2),
        ("{'a': 1}", 1, 2),
        ("// x", 1, 1),
        ("{} {}", 1, 4),
        ('{\n  "week": "2026-W08"\n  "env": "prod"\n}', 3, 3),
        ('{\n"a": "' + "[" * 100 + '\\"' * 100, 2, 6),
        ('{"a": "tab\there"}', 1, 11),
    ],
)
def test_a_syntax_error_is_shown_at_its_line_and_column(text: str, line: int, column: int) -> None:
    finding = _refused(text)
    assert (finding.line, finding.column) == (line, column)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
def test_numbers_that_are_not_finite_are_refused_at_any_depth(number: str) -> None:
    assert "is not a finite number" in _refused(f'{{"x": [{number}]}}').message


def test_whole_numbers_are_exact_as_far_as_an_item_can_hold_them() -> None:
    assert _object('{"a": 999999999999999999, "b": -12345678901234567}') == {"a": 10**18 - 1, "b": -12345678901234567}
    assert _object('{"at": 1771221600000000000}') == {"at": 1.7712216e18}


def test_each_repeated_key_is_an_error_at_any_depth() -> None:
    _, findings = strictjson.read('{"a": 1, "b": [{"c": 1, "c": 1}], "a": 2}')
    assert [(one.code, one.field, one.is_error) for one in findings] == [("BL602", "c", True), ("BL602", "a", True)]
    assert findings[0].message == 'the key "c" stands twice in one object'


def test_one_key_in_two_objects_is_no_repeat() -> None:
    assert _object('{"a": {"a": 1}, "b": {"a": 2}}') == {"a": {"a": 1}, "b": {"a": 2}}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"])
def test_deep_nesting_is_refused_before_anything_is_built(text: str) -> None:
    assert _refused(text).message.endswith(f"nested more than {MAX_DEPTH} deep")


def test_the_deepest_nesting_that_is_allowed_is_read() -> None:
    assert _object('{"a": ' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}")


def test_brackets_inside_strings_are_not_nesting() -> None:
    assert _object(r'{"note": "[[[[[[[[[[[[[[[[[[[[ \" {{{{{{{{{{{{{{{{{{{{"}')


def test_more_bytes_than_the_limit_are_refused_and_the_limit_itself_is_not() -> None:
    assert _object("{}".ljust(MAX_SIZE)) == {}
    assert "larger" in _refused("{}".ljust(MAX_SIZE + 1)).message


@pytest.mark.parametrize("data", [b'{"a": "\xff"}', b'{"a": "\xc0\xaf"}', b'{"a": "\xed\xa0\x80"}'])
def test_bytes_that_are_not_utf_8_are_refused(data: bytes) -> None:
    assert "utf-8" in _refused(data).message


def test_other_encodings_are_refused() -> None:
    assert _refused('{"a": "é"}'.encode("utf-16"))
    assert _refused('{"a": "é"}'.encode("latin-1"))


def test_a_value_in_a_message_is_short_and_on_one_line_and_shows_nothing_hidden() -> None:
    assert shown("a\n\x1b[31m \u202eb") == '"a [31m b"'
    assert shown("x" * 500) == '"' + "x" * 80 + '"'
    assert shown([1] * 500) == ("[" + "1, " * 500)[:80]
    assert shown(None) == "null"
