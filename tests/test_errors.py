"""Errors: each has its code, its exit code and its HTTP status, and carries data instead of text to parse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backlogtool import errors
from backlogtool.domain.finding import Finding
from backlogtool.errors import AmbiguousIdError, BacklogError, InvalidError, RefusedError

#: DESIGN.md §10.
TABLE = {
    "RefusedError": ("refused", 1, 409),
    "UsageError": ("usage", 2, 400),
    "NotFoundError": ("not_found", 3, 404),
    "AmbiguousIdError": ("ambiguous_id", 3, 404),
    "ForbiddenError": ("forbidden", 4, 403),
    "ConflictError": ("conflict", 5, 412),
    "InvalidError": ("invalid", 6, 422),
    "UnavailableError": ("unavailable", 7, 503),
}


def _classes(above: type[BacklogError] = BacklogError) -> Iterator[type[BacklogError]]:
    for below in above.__subclasses__():
        yield below
        yield from _classes(below)


CLASSES = [one for one in _classes() if one.__module__ == errors.__name__]


def _raised(kind: type[BacklogError], **more: Any) -> BacklogError:
    return AmbiguousIdError("bl_", ["bl_b", "bl_a"]) if kind is AmbiguousIdError else kind("it does not work", **more)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_the_codes_of_the_design(kind: type[BacklogError]) -> None:
    assert (kind.code, kind.exit_code, kind.http_status) == TABLE[kind.__name__]


def test_the_design_names_every_class_and_the_drawing_shows_it() -> None:
    assert {one.__name__ for one in CLASSES} == TABLE.keys()
    assert errors.__doc__ is not None
    for name, (_, exit_code, _) in TABLE.items():
        line = next(line for line in errors.__doc__.splitlines() if f"─ {name} " in line)
        assert str(exit_code) in line.split(name)[1].split()[0]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_carries_a_message_and_a_hint(kind: type[BacklogError]) -> None:
    error = _raised(kind)
    assert str(error) == error.message
    assert isinstance(error.hint, str)
    if kind is not AmbiguousIdError:
        assert error.hint == ""
        assert _raised(kind, hint="try this").hint == "try this"


@pytest.mark.parametrize("kind", [RefusedError, InvalidError])
def test_an_error_about_data_holds_every_finding(kind: type[RefusedError] | type[InvalidError]) -> None:
    found = [Finding("BL104", "broken"), Finding("BL115", "kept")]
    assert kind("2 things", found).findings == tuple(found)
    assert kind("nothing").findings == ()


def test_an_ambiguous_prefix_lists_its_candidates_sorted_and_not_too_many() -> None:
    few = AmbiguousIdError("bl_", ["bl_b", "bl_a"])
    assert few.message == "'bl_' matches 2 items: bl_a, bl_b"
    assert few.hint == "type more of the id"
    many = AmbiguousIdError("b", [f"b{number:02}" for number in range(20)])
    assert many.candidates == tuple(f"b{number:02}" for number in range(20))
    assert many.message == "'b' matches 20 items: b00, b01, b02, b03, b04, b05, b06, b07 and 12 more"
