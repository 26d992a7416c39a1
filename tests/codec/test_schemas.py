"""The JSON Schemas say what the strict readers say: what a reader takes a schema takes; what it refuses is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.app import packaged, schemas
from backlogtool.app.settings import SETTINGS
from backlogtool.app.workspace import Workspace
from backlogtool.codec import frontmatter, markdown, policy, strictyaml
from backlogtool.codec.policy_layers import Layer
from backlogtool.codec.policy_table import POLICY
from backlogtool.codec.scalars import resolve
from backlogtool.codec.schemas import item as item_schema
from backlogtool.domain import workflow
from backlogtool.domain.finding import errors
from tests.strategies import items

SPACE = Workspace.in_memory()
CHECKS = {name: jsonschema.Draft7Validator(json.loads(schemas.schema(SPACE, name))) for name in schemas.NAMES}
DEFAULT = Layer(packaged.policy_text(), "packaged default")


def plainly(node: strictyaml.Node) -> Any:
    """A node as an editor's YAML server sees it, which takes a plain day for text."""
    if node.kind == strictyaml.MAP:
        return {key: plainly(child) for key, (_, child) in node.entries.items()}
    if node.kind == strictyaml.LIST:
        return [plainly(one) for one in node.items]
    return None if node.is_null else node.text if node.style else resolve(node.text)


def read(text: str) -> Any:
    root, findings = strictyaml.read(text, max_list=1000)
    assert root is not None, findings
    return plainly(root)


def refused(name: str, text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in CHECKS[name].iter_errors(read(text))]


def test_each_schema_is_one() -> None:
    for check in CHECKS.values():
        jsonschema.Draft7Validator.check_schema(check.schema)


def test_the_packaged_policy_and_an_empty_one_are_as_the_schema_says() -> None:
    assert refused("backlog_policy", packaged.policy_text()) == []
    assert refused("backlog_policy", "version: 1\n") == []
    assert CHECKS["backlog_policy"].is_valid({})


def test_every_key_is_told_what_it_is_worth() -> None:
    """Remarks and values are those of the packaged file."""
    shown = CHECKS["backlog_policy"].schema["properties"]
    assert shown["defaults"]["properties"]["retention_days"]["default"] == 180
    assert "done and canceled" in shown["defaults"]["properties"]["retention_days"]["description"]
    assert shown.keys() == POLICY.keys.keys()


ACCEPTED = [
    "enums: {priority: [0, 1, 2, 3]}\ndefaults: {priority: 2}\n",
    "workflow: {squashed: path}\n",
    "todo: {batch_size: 3, single_group: false}\n",
    "generation: {rules: [{name: r, category: refactor, when: {a: 1, b: [x, 2], c: {gt: 0.5, exists: true}}}]}\n",
    "backlog_md: {preamble: ''}\n",
    "categories: {docs: {priority: P3, due_days: 30, title: Docs}}\n",
    "ownership: {overrides: {gateway: cto, 12: 7}}\n",
    "rbac: {members: {Ann Author: cto}}\n",
]
REFUSED = [
    "verzion: 1\n",
    "version: 2\n",
    "defaults: {retention_days: 0}\n",
    "defaults: {retention_days: '180'}\n",
    "defaults: {env: [prod]}\n",
    "todo: {single_group: yes}\n",
    "todo: {file: ../TODO.md}\n",
    "todo: {file: .git/hooks/x}\n",
    "todo: {group_order: [priority, priority]}\n",
    "commit: {subject: 'no place for what happened'}\n",
    "commit: {subject: '{summary} {other}'}\n",
    "workflow: {squashed: trust}\n",
    "workflow: {closed_statuses: []}\n",
    "generation: {rules: [{name: r, category: refactor, when: {}}]}\n",
    "generation: {rules: [{name: r, category: refactor, when: {a: {above: 1}}}]}\n",
    "generation: {rules: [{category: refactor, when: {a: 1}}]}\n",
    "enums: {status: open}\n",
    "views: [auto]\n",
    "rbac: {enforce: 1}\n",
    "rbac: {entitlements: {all: [everything]}}\n",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_the_reader_of_policies_takes_the_schema_takes(text: str) -> None:
    typed = [one for one in policy.load([DEFAULT, Layer(text, "own")]).findings if one.code in ("BL401", "BL402")]
    assert typed == [], "the example is no policy"
    assert refused("backlog_policy", text) == []


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_schema_refuses_the_reader_of_policies_refuses(text: str) -> None:
    assert refused("backlog_policy", text)
    assert errors(policy.load([DEFAULT, Layer(text, "own")]).findings)


def leaves(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """The way to every value inside."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, *path, key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, *path, index)


WHOLE = read(packaged.policy_text())
PLACES = list(leaves(WHOLE))
ODD = [
    None,
    True,
    False,
    0,
    -1,
    7,
    2.5,
    "",
    "x",
    "two words",
    "a\nb",
    "{odd}",
    "../up",
    [],
    ["x"],
    ["x", "x"],
    {},
    {"x": 1},
]


@given(st.sampled_from(PLACES), st.sampled_from(ODD))
def test_whatever_stands_in_one_place_the_schema_refuses_only_what_the_reader_refuses(
    place: tuple[str | int, ...], odd: Any
) -> None:
    """A JSON text is YAML as well, so the changed policy is read as such."""
    changed = json.loads(json.dumps(WHOLE))
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = odd
    if errors(policy.load([DEFAULT, Layer(json.dumps(changed), "own")]).findings):
        return
    assert [error.message for error in CHECKS["backlog_policy"].iter_errors(changed)] == []


def test_the_roles_of_a_file_of_their_own_are_those_of_the_policy() -> None:
    assert refused("rbac", "enforce: true\nmembers: {ann: cto}\n") == []
    assert refused("rbac", "rbac: {enforce: true}\n")


def test_a_policy_of_ones_own_decides_what_items_may_hold() -> None:
    own = policy.load([DEFAULT, Layer("enums: {env: [lab]}\ndefaults: {env: lab}\n", "own")]).policy
    assert own is not None
    assert item_schema(own)["properties"]["env"]["enum"] == ["lab"]


@given(items())
def test_an_item_that_the_rules_take_the_schema_takes(item: Any) -> None:
    text = markdown.write(item)
    reading = markdown.read(text.encode(), item.id)
    assert reading.item is not None
    if errors(reading.findings) or errors(workflow.check_item(reading.item, SPACE.policy)):
        return
    assert refused("item", _head(text)) == []


@pytest.mark.parametrize(
    ("line", "odd"),
    [("status", "status: closed"), ("priority", "priority: urgent"), ("title", ""), ("tags", "tags: [[a]]"),
     ("rank", "rank: first"), ("due_date", "due_date: tomorrow"), ("service", "service: a b"), ("id", "id: ../x")],
)  # fmt: skip
def test_what_the_schema_refuses_in_an_item_the_rules_refuse(line: str, odd: str) -> None:
    held = {
        "id": "bl_0123456789ab", "title": "T", "created_at": "2026-02-16T06:20:00Z", "status": "open", "env": "prod",
        "priority": "P1", "service": "a", "owner": "ann", "due_date": "2026-02-20", "source": "manual",
        "dedupe_key": "k", "rank": "1", "tags": "[a]",
    }  # fmt: skip
    text = "".join(f"{odd if key == line else f'{key}: {value}'}\n" for key, value in held.items())
    assert refused("item", "".join(f"{key}: {value}\n" for key, value in held.items())) == []
    assert refused("item", text)
    reading = markdown.read(f"---\n{text}---\n".encode(), "bl_0123456789ab")
    found = list(reading.findings) if reading.item is None else workflow.check_item(reading.item, SPACE.policy)
    assert errors([*reading.findings, *found])


def test_settings_know_every_name_and_word() -> None:
    check = CHECKS["settings"]
    assert check.schema["properties"].keys() == {one.name for one in SETTINGS}
    assert check.is_valid({"color": "never", "lock_wait": 5})
    assert not check.is_valid({"colour": "never"})
    assert not check.is_valid({"color": "blue"})


def _head(text: str) -> str:
    document, findings = frontmatter.parse(text)
    assert document is not None, findings
    return document.text[document.yaml_start : document.yaml_end]
