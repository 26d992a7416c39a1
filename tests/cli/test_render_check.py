"""``render --check --format``: views that are not fresh, as other tools read findings."""

from __future__ import annotations

import json

import pytest

from tests.cli.session import GATEWAY, Session, untouched
from tests.interchange import forms

FORMATS = ("text", "json", "gcc", "github", "gitlab", "junit", "sarif", "rdjson")


@pytest.fixture
def rendered(cli: Session) -> Session:
    cli("render", "--commit")
    return cli


@pytest.mark.sampled(4)
@pytest.mark.parametrize("layout", FORMATS)
def test_the_exit_code_is_that_of_the_views_and_not_of_the_format(rendered: Session, layout: str) -> None:
    rendered("render", "--check", "--format", layout)
    rendered.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    with untouched(rendered.repo):
        rendered("render", "--check", "--format", layout, status=1)


def test_a_stale_view_is_an_annotation_beside_its_file(rendered: Session) -> None:
    rendered.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    told = rendered("render", "--check", "--format", "github", status=1).out
    assert [(kind, properties["file"], properties["title"]) for kind, properties, _ in forms.github(told)] == [
        ("error", path, "BL701") for path in ("BACKLOG.md", "DASHBOARD.md", "reports/dashboard.svg")
    ]
    forms.gcc(rendered("render", "--check", "--format", "gcc", status=1).out, ["BL701"] * 3)
    reviewed = forms.rdjson(json.loads(rendered("render", "--check", "--format", "rdjson", status=1).out))
    assert reviewed[0]["location"] == {"path": "BACKLOG.md"}


def test_text_and_json_are_what_they_are_without_a_format(rendered: Session) -> None:
    rendered.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    for plain, named in ((("--check",), "text"), (("--check", "--json"), "json")):
        assert rendered("render", *plain, status=1) == rendered("render", "--check", "--format", named, status=1)


def test_only_a_check_has_a_format(rendered: Session) -> None:
    with untouched(rendered.repo):
        assert "--check" in rendered("render", "--format", "gcc", status=2).err
