"""What is quick about rendering changes no text and no answer: laws against the plain way of saying the same."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backlogtool.codec.scalars import visible
from backlogtool.views.engine import Engine
from backlogtool.views.renderer import Job, finished

_TEXT = st.text(st.sampled_from("a—\n\r\t\x1b\u200b\U000e0041\ufeff é\x7f"))
_NAMES = st.sampled_from(["title", "items", "keys", "get", "__class__", "__len__", "fields", "", "a b", "pop"])


@given(_TEXT, st.booleans())
def test_a_finished_text_has_lf_line_ends_everything_visible_and_one_line_end_or_none(text: str, named: bool) -> None:
    plain = visible(text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n"))
    meant = f"{plain}\n" if named else plain
    job = Job("VIEW.md.j2", {}, is_text=not named)
    assert finished(text, job) == meant
    assert finished(meant, job) == meant


@given(st.dictionaries(_NAMES, st.one_of(st.none(), st.integers(), st.text(max_size=3))), _NAMES)
def test_what_a_dict_has_under_a_name_is_what_the_sandbox_of_jinja_says(held: dict[str, Any], name: str) -> None:
    ours = Engine({})._environment.getattr(held, name)
    theirs = ImmutableSandboxedEnvironment(undefined=StrictUndefined).getattr(held, name)
    assert isinstance(ours, Undefined) == isinstance(theirs, Undefined)
    assert isinstance(ours, Undefined) or ours == theirs


class _Named(NamedTuple):
    name: str


class _Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "odd", [{1}, b"bytes", _Named("a"), _Text("a"), {1: "a"}, {_Text("a"): 1}, object(), Ellipsis, set(), 1j]
)
@pytest.mark.parametrize("place", [lambda odd: odd, lambda odd: [odd], lambda odd: {"a": [{"b": ["", odd]}]}])
def test_a_value_that_is_not_plain_is_our_mistake_wherever_it_stands(odd: Any, place: Any) -> None:
    with pytest.raises(TypeError, match="plain values only"):
        Engine({"VIEW.md.j2": ""}).render("VIEW.md.j2", {"value": place(odd)})


@pytest.mark.parametrize("value", [(1, 2), [1, 2], MappingProxyType({"a": (1, 2)})["a"]])
def test_tuples_and_maps_are_lists_and_dicts_to_a_template(value: Any) -> None:
    values = MappingProxyType({"value": value, "map": MappingProxyType({"a": 1})})
    assert Engine({"V.j2": "{{ value + [3] == [1, 2, 3] }} {{ map.a }}"}).render("V.j2", values) == "true 1\n"
