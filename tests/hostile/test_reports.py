"""Every hostile file through every format of findings, and every hostile change through every format of a range."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.session import Session, untouched
from tests.hostile.test_output import acted_on
from tests.interchange import forms


def findings(session: Session) -> int:
    return len(session("validate", "--json", status=1).data)


def test_no_file_breaks_a_report(full: Session) -> None:
    with untouched(full.repo):
        told = {one: full("validate", "--format", one, status=1).out for one in
                ("gcc", "github", "gitlab", "junit", "sarif", "rdjson")}  # fmt: skip
    count = findings(full)
    documents = {name: json.loads(told[name]) for name in ("gitlab", "sarif", "rdjson")}
    assert len(forms.gitlab(documents["gitlab"])) == count
    assert len(forms.sarif(documents["sarif"])) == count
    assert len(forms.rdjson(documents["rdjson"])) == count
    assert len(forms.junit(told["junit"])) == count
    assert len(told["gcc"].splitlines()) == count
    commands = forms.github(told["github"])
    # As many as GitHub shows of a kind; one more counts the others, which follow.
    assert [kind for kind, _, _ in commands] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert commands[-1][1] == {"title": f"{count - 20} more findings"}
    assert len(told["github"].splitlines()) == count + 1
    for name, text in told.items():
        assert not acted_on(text), name
    for name, document in documents.items():
        assert not acted_on(json.dumps(document, ensure_ascii=False)), name


@pytest.mark.sampled(3)
@pytest.mark.parametrize("layout", ["text", "md", "json"])
def test_no_change_breaks_what_is_told_of_a_range(full: Session, layout: str) -> None:
    """From the backlog that was prepared to all the hostile files."""
    told = full("diff", "HEAD~1..HEAD", "--format", layout, status=6).out
    assert not acted_on(told)
    if layout == "md":
        assert len(told) < 65_536
        assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in told.splitlines() if line.startswith("| "))


def test_no_line_of_markdown_begins_a_command(readable: Session) -> None:
    told = readable("diff", "HEAD~1..HEAD", "--format", "md").out
    assert not [line for line in told.splitlines() if line.lstrip().startswith(("::", "##["))]
    outside = re.sub(r"\\.", "", told)
    assert not re.search(r"<(?!br>|details>|summary>|/details>|/summary>)", outside)
    assert "](javascript:" not in outside
