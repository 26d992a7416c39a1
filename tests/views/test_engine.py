"""Templates get plain data, reach nothing, and say where they fail."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.scalars import HIDDEN, visible
from backlogtool.errors import InvalidError
from backlogtool.views.engine import Engine
from backlogtool.views.renderer import Job

DATA: dict[str, Any] = {"item": {"title": "a | b", "tags": ["x", "y"], "due": None, "done": False, "rank": 3}}


def _failure(template: str, **others: str) -> tuple[str, int, str]:
    """(template, line, cause) of the failure of ``view.md.j2``."""
    with pytest.raises(InvalidError) as caught:
        Engine({"view.md.j2": template, **others}).render("view.md.j2", DATA)
    [finding] = caught.value.findings
    assert finding.code == "BL703"
    assert finding.message in caught.value.message
    return finding.path, finding.line, finding.message


def _render(template: str, **others: str) -> str:
    return Engine({"view.md.j2": template, **others}).render("view.md.j2", DATA)


def test_outputs_are_the_names_without_suffix_and_without_parts() -> None:
    names = ["b.md.j2", "a/c.svg.j2", "_part.md.j2", "a/_part.j2", "_parts/d.md.j2"]
    assert Engine(dict.fromkeys(names, "")).outputs() == ["a/c.svg", "b.md"]


@pytest.mark.parametrize(
    "name",
    ["x.md", "../x.j2", "a/../x.j2", "/x.j2", "a//x.j2", "./x.j2", "ä.j2", "a b.j2", "x.j2\n", "a\\b.j2", ".j2/"],
)
def test_a_name_that_is_no_plain_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidError) as caught:
        Engine({name: "", "good.j2": ""})
    assert [(finding.code, finding.path) for finding in caught.value.findings] == [("BL703", name)]


@pytest.mark.parametrize("template", ["text", "text\n", "text\n\n\n", "text\r\n", "text{{ '\r\n' }}"])
def test_a_view_has_lf_line_ends_and_ends_with_one(template: str) -> None:
    assert _render(template) == "text\n"


@given(st.text())
def test_no_view_holds_what_nobody_sees_or_a_terminal_acts_on(text: str) -> None:
    """Not even where the template names no filter."""
    values = {"text": text.encode("utf-8", "replace").decode()}
    [answer] = Engine({}).answers([Job("{{ text }}", values, is_text=True)])
    assert isinstance(answer, str)
    assert not HIDDEN.search(answer)
    assert "\r" not in answer
    assert answer == visible(answer)


def test_tags_take_their_whole_line() -> None:
    assert _render("a\n  {% if item.rank %}\nb\n  {% endif %}\nc\n") == "a\nb\nc\n"


def test_values_print_as_text() -> None:
    template = (
        "{{ item.title }};{{ item.due }};{{ item.done }};{{ item.rank }};{{ item.due | md }};{{ item.done | md }}"
    )
    assert _render(template) == "a | b;;false;3;;false\n"


def test_each_place_has_its_escaper_and_nothing_is_escaped_without_one() -> None:
    assert _render("{{ '<|>' }} {{ '<|>' | cell }} {{ '<|>' | xml }}") == "<|> &lt;\\|> &lt;|&gt;\n"


def test_values_are_never_templates() -> None:
    assert Engine({"v.j2": "{{ title }}"}).render("v.j2", {"title": "{{ 7 * 7 }}"}) == "{{ 7 * 7 }}\n"


def test_parts_can_be_included_and_imported() -> None:
    part = "{% macro twice(text) %}{{ text }}{{ text }}{% endmacro %}"
    assert _render("{% from 'p/_m.j2' import twice %}{{ twice('ab') }}", **{"p/_m.j2": part}) == "abab\n"


def test_a_text_renders_like_a_template_without_a_final_newline() -> None:
    job = Job("[ARCH] {{ service }}: review\n", {"service": "gateway"}, is_text=True)
    assert Engine({}).texts([job]) == ["[ARCH] gateway: review"]


def test_a_text_that_fails_names_its_line() -> None:
    with pytest.raises(InvalidError) as caught:
        Engine({}).texts([Job("one\n{{ signals.band }}", {"signals": {}}, is_text=True)])
    assert (caught.value.findings[0].path, caught.value.findings[0].line) == ("", 2)
    assert caught.value.message.startswith("template text 'one {{ signals.band }}':2: ")


def test_an_unknown_value_is_an_error_with_template_and_line() -> None:
    path, line, cause = _failure("one\n\n{{ item.owner }}\n")
    assert (path, line) == ("view.md.j2", 3)
    assert "owner" in cause


def test_an_unknown_value_is_an_error_in_a_filter_and_a_condition_too() -> None:
    assert "owner" in _failure("{{ item.owner | md }}")[2]
    assert "owner" in _failure("{% if item.owner %}x{% endif %}")[2]


def test_a_failing_part_is_named_itself_and_not_who_includes_it() -> None:
    path, line, _ = _failure("\n{% include 'p/_x.j2' %}", **{"p/_x.j2": "\n\n\n{{ gone }}"})
    assert (path, line) == ("p/_x.j2", 4)


def test_bad_syntax_is_an_error_with_template_and_line() -> None:
    assert _failure("\n\n{% if %}")[:2] == ("view.md.j2", 3)
    assert _failure("{% include 'p/_x.j2' %}", **{"p/_x.j2": "\n{% endif %}"})[:2] == ("p/_x.j2", 2)


@pytest.mark.parametrize("name", ["missing.j2", "../../etc/passwd", "/etc/passwd", "view.md"])
def test_only_given_templates_can_be_included(name: str) -> None:
    path, line, cause = _failure(f"\n{{% include {name!r} %}}")
    assert (path, line, cause) == ("view.md.j2", 2, f"no template '{name}'")


def test_a_missing_view_is_an_error() -> None:
    with pytest.raises(InvalidError, match=r"no template 'gone\.j2'"):
        Engine({}).render("gone.j2", {})


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "item.__class__",
        "item['__class__'].x",
        "item | attr('__class__')",
        "[item] | map(attribute='__class__') | list | join",
        "'{0.__class__}'.format(item)",
        "'{x.__class__}'.format_map({'x': item})",
        "item.items.__self__",
        "self.__init__.__globals__",
        "lipsum()",
        "cycler('a')",
        "joiner()",
        "namespace()",
        "dict()",
        "range(3)",
        "item.update({'title': 'x'})",
        "item.pop('title')",
        "item.tags.append('z')",
        "item.tags.clear()",
        "'a' * 1000000000",
        "[1] * 1000000000",
        "9 ** 9 ** 9",
        "'%1000000000d' % 1",
        "item.tags | random",
        "''.upper",
        "item",
        "item.tags",
        "1 / 0",
        "[][0]",
        "item.title | unknown",
        "undefined_function()",
    ],
)
def test_what_reaches_out_or_is_no_text_fails(expression: str) -> None:
    assert _failure(f"\n{{{{ {expression} }}}}")[:2] == ("view.md.j2", 2)


def test_a_failed_template_has_not_touched_its_values() -> None:
    data = {"item": {"tags": ["x"]}}
    engine = Engine({"v.j2": "{% for tag in item.tags %}{{ tag }}{% endfor %}{{ item.tags.append(1) }}"})
    with pytest.raises(InvalidError):
        engine.render("v.j2", data)
    assert data == {"item": {"tags": ["x"]}}


def test_a_template_that_includes_itself_ends_with_an_error() -> None:
    path, _, cause = _failure("{% include 'view.md.j2' %}")
    assert path == "view.md.j2"
    assert "RecursionError" in cause


def test_numbers_may_be_multiplied() -> None:
    assert _render("{{ item.rank * 4 % 5 }}") == "2\n"


def test_mappings_and_tuples_arrive_as_dicts_and_lists() -> None:
    values = MappingProxyType({"tags": ("a", "b"), "meta": MappingProxyType({"k": 1.5})})
    assert Engine({"v.j2": "{{ tags | join }}{{ meta.k }}"}).render("v.j2", values) == "ab1.5\n"


@dataclass
class _Value:
    title: str


class _Text(str):
    """Text with methods of its own."""


@pytest.mark.parametrize("value", [_Value("x"), object(), {1: "x"}, {"k": [_Value("x")]}, _Text("x"), {"a"}, b"x"])
def test_anything_but_plain_values_is_our_own_mistake(value: object) -> None:
    with pytest.raises(TypeError):
        Engine({"v.j2": ""}).render("v.j2", {"value": value})
