"""The manual lists what there is, all of it, and nothing that is gone: it is read against the tables of the code."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import click
import pytest

from backlogtool import errors
from backlogtool.app import packaged, rendering
from backlogtool.app.configuration import show
from backlogtool.app.settings import SETTINGS
from backlogtool.app.workspace import Workspace
from backlogtool.cli.main import COMMANDS, backlogtool
from backlogtool.codec.policy import OPERATORS, Layer, load
from backlogtool.domain import query
from backlogtool.domain.fields import FIELDS
from backlogtool.domain.finding import CODES
from backlogtool.domain.item import ID_FORMS
from backlogtool.errors import BacklogError
from backlogtool.views.engine import FILTERS, Engine
from tests.docs.documents import MANUAL, code, read, rows, sections

COMMAND_PAGE = MANUAL / "commands.md"
GLOBAL, WRITES = "Global options", "Options of every write"
#: Every command has these, and one line of the page says so.
HELP = {"-h", "--help"}


def _page(name: str) -> str:
    return read(MANUAL / name)


def _first_cells(text: str) -> list[str]:
    return [code(row[0]) for row in rows(text)]


# --- commands


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for inner in command.commands.values():
        yield from _leaves(f"{name} {inner.name}", inner)


def _commands() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, (module, _) in COMMANDS.items():
        found |= _leaves(name, importlib.import_module(f"backlogtool.cli.{module}").command)
    return found


LEAVES = _commands()


def _options(command: click.Command) -> set[str]:
    """Those that are offered: some others are known only to tell why they do not go."""
    told = (one for one in command.params if isinstance(one, click.Option) and not one.hidden)
    return {name for option in told for name in option.opts}


def _told(section: str) -> set[str]:
    """The options in the first column of a section's tables."""
    cells = (row[0] for row in rows(section))
    return {word.strip("`,") for cell in cells for word in cell.split() if word.startswith("`-")}


def test_every_command_has_its_section_in_the_order_of_the_table() -> None:
    assert [one for one in sections(COMMAND_PAGE) if one not in (GLOBAL, WRITES)] == list(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_of_a_command_stands_in_its_section_and_no_other(name: str) -> None:
    """The options that all writes share stand in one place, to which the sections of writes lead."""
    page = sections(COMMAND_PAGE)
    writes = "(#options-of-every-write)" in page[name]
    assert _told(page[name]) | (_told(page[WRITES]) if writes else set()) == _options(LEAVES[name]) - HELP


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_tells_its_exit_codes_and_shows_an_example(name: str) -> None:
    section = sections(COMMAND_PAGE)[name]
    assert "Exit codes: 0" in section
    assert f"$ backlogtool {name}" in section or f"\nbacklogtool {name}" in section


def test_every_global_option_stands_in_the_manual_and_no_other() -> None:
    assert _told(sections(COMMAND_PAGE)[GLOBAL]) == _options(backlogtool) | HELP


# --- items


def test_the_table_of_fields_is_the_table_of_the_code() -> None:
    told = [row for row in rows(sections(MANUAL / "item-file.md")["Fields"]) if len(row) == 6]
    yes = {True: "yes", False: "no"}
    meant = [[f"`{one.name}`", one.kind, yes[one.required], yes[one.always], one.setter, one.doc] for one in FIELDS]
    assert told == meant


def test_every_kind_of_value_is_explained() -> None:
    told = [row[0] for row in rows(sections(MANUAL / "item-file.md")["Fields"]) if len(row) == 2]
    assert set(told) == {field.kind for field in FIELDS}


def test_every_form_of_id_is_explained() -> None:
    assert len(rows(sections(MANUAL / "item-file.md")["Ids"])) == len(ID_FORMS)


def test_every_field_of_a_query_is_explained_and_no_other() -> None:
    tables = _page("queries.md").partition("| Field |")[2].partition("## Days")[0]
    assert sorted(_first_cells(tables)) == sorted(query.FIELDS)


# --- findings and errors


def test_every_finding_code_is_explained_with_its_severity_and_meaning() -> None:
    told = {code(row[0]): (row[1], row[2]) for row in rows(_page("findings.md"))}
    assert told == CODES


def test_every_finding_says_why_and_how_to_mend_it() -> None:
    assert [row[0] for row in rows(_page("findings.md")) if len(row) != 5 or not (row[3] and row[4])] == []


def test_every_error_class_is_explained_with_its_exit_code() -> None:
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, BacklogError)]
    meant = {(one.__name__, str(one.exit_code), one.code) for one in classes if one is not BacklogError}
    told = {(code(row[0]), row[1], code(row[2])) for row in rows(_page("errors.md")) if len(row) == 4}
    assert told == meant


# --- policy and settings


def _default(held: Any) -> str:
    """A value as the policy's file would say it on one line."""
    if isinstance(held, list):
        return f"[{', '.join(map(_default, held))}]"
    if isinstance(held, Mapping):
        return f"{{{', '.join(f'{key}: {_default(one)}' for key, one in held.items())}}}"
    return held if isinstance(held, str) else json.dumps(held)


def test_every_key_of_the_policy_is_explained_and_no_other() -> None:
    loaded = load([Layer(packaged.policy_text(), packaged.POLICY_PATH)])
    told = [code(row[0]) for row in rows(_page("policy.md")) if len(row) == 3]
    assert sorted(one for one in told if "." in one or one in loaded.origin) == sorted(loaded.origin)


def test_the_defaults_in_the_manual_are_those_of_the_packaged_policy() -> None:
    """A default that does not fit into a cell is told in words."""
    values = show(Workspace.in_memory())
    told = {code(row[0]): row[1] for row in rows(_page("policy.md")) if len(row) == 3}
    shown = {name: cell for name, cell in told.items() if name in values and cell.startswith("`")}
    assert {name: code(cell) for name, cell in shown.items()} == {
        name: _default(values[name]["value"]) for name in shown
    }
    assert len(shown) > 50


def test_every_setting_is_explained_with_its_variable_and_default() -> None:
    told = [[code(row[0]), code(row[1]), code(row[3]), row[4]] for row in rows(_page("settings.md"))]
    meant = [[one.name, one.variable, one.default, _explained(one.doc, one.choices)] for one in SETTINGS]
    assert told == meant


def _explained(doc: str, choices: tuple[str, ...]) -> str:
    return f"{doc} One of {', '.join(f'`{one}`' for one in choices)}." if choices else doc


# --- generation and views


def test_every_operator_of_a_rule_is_explained_and_no_other() -> None:
    told = _first_cells(sections(MANUAL / "generation.md")["Rules"])
    assert told == list(OPERATORS)


def test_every_packaged_view_is_listed_and_no_other() -> None:
    told = _first_cells(_page("views.md").partition("## ")[0])
    assert sorted(told) == Engine(packaged.templates()).outputs()


def test_every_filter_of_a_template_is_explained_and_no_other() -> None:
    assert _first_cells(sections(MANUAL / "views.md")["Filters"]) == list(FILTERS)


def test_every_name_that_a_template_sees_is_explained(in_demo: object) -> None:
    seen = rendering.of_backlog(Workspace.open("."), "2026-02-16").context
    told = sections(MANUAL / "views.md")["What a template sees"]
    assert set(_first_cells(told)) >= seen.keys()
    assert [name for name in seen["dashboard"] if f"`{name}`" not in told] == []
