"""Every code of a finding is explained, and its example is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from backlogtool.app import packaged
from backlogtool.codec import active_html, digest, grouped, markdown, policy
from backlogtool.codec.policy import Layer
from backlogtool.domain import workflow
from backlogtool.domain.explanation import REASONS, explanation
from backlogtool.domain.finding import CODES, Finding
from backlogtool.errors import UsageError
from backlogtool.interchange.grouped import to_items
from backlogtool.interchange.lint import lint
from tests.cli.session import item_text
from tests.docs.documents import MANUAL, code, read, rows

ID = "bl_0123456789ab"
GROUP = "## group_begin [type:ops][priority:high]\n## Operations\n{}\n## group_end\n"
TASK = "## task_begin\n### # [id:TASK-20260204-009][type:ops][priority:high][component:server] One\n{}\n## task_end"
#: Examples that are no text of a file: bytes, paths, several files, commits, what a command does.
TOLD = {"BL101", "BL113", "BL114", "BL120", "BL121", "BL205", "BL206", "BL207", "BL502", "BL701", "BL702", "BL703"}
_REMARK = re.compile(r"    \(.*\)$")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def example(name: str) -> str:
    """The example without the remark behind it."""
    return _REMARK.sub("", explanation(name).example)


def in_item(text: str) -> set[str]:
    """The codes of an item file that has these lines, or is this text."""
    keys = dict(line.split(":", 1) for line in text.split("\n") if re.match(r"[\w ]+:", line))
    lines = item_text(ID).split("\n")
    kept = [line for line in lines if line.partition(":")[0] not in keys][:-2]
    files = [text, item_text(ID, text), "\n".join([*kept, text, "---", ""])]
    readings = [markdown.read(one, ID) for one in files]
    found = [*(one for reading in readings for one in reading.findings), *active_html.findings(files[1])]
    judged = (workflow.check_item(one.item, POLICY) for one in readings if one.item)
    return {one.code for one in (*found, *(finding for some in judged for finding in some))}


def in_policy(text: str) -> set[str]:
    layers = [Layer(packaged.policy_text(), "packaged default"), Layer(f"version: 1\n{text}\n", "policy.yml")]
    return {one.code for one in policy.load(layers).findings}


def in_grouped(text: str) -> set[str]:
    """The codes of a grouped file that has the text somewhere, with a beginning if that is what it needs."""
    places = ("{}", GROUP, GROUP.format(TASK), GROUP.format("## task_begin\n{}\n## task_end"))
    files = [f"# Project Backlog\n\n{one.format(text)}" for one in places]
    return {one.code for file in (text, *files) for one in linted(file)}


def linted(file: str) -> Iterator[Finding]:
    """What is said of a grouped file in a backlog without items."""
    held, findings = grouped.read(file, "BACKLOG.md")
    yield from findings
    if held is not None:
        assert POLICY is not None
        yield from lint(held, to_items(held, POLICY, "2026-02-16T06:20:00Z"), (), POLICY)


def in_digest(text: str) -> set[str]:
    return {one.code for one in digest.read(text, "2026-W08.json", env=None)[1]}


POLICY = policy.load([Layer(packaged.policy_text(), "packaged default")]).policy
assert POLICY is not None
PLACES = {"1": in_item, "2": in_item, "4": in_policy, "5": in_grouped, "6": in_digest}


def test_every_code_is_explained_and_no_other() -> None:
    assert REASONS.keys() == CODES.keys()
    assert [name for name, parts in REASONS.items() if not all(part.strip() for part in parts)] == []


@pytest.mark.parametrize("name", [one for one in CODES if one[2] in PLACES and one not in TOLD])
def test_the_example_of_a_code_has_that_finding(name: str) -> None:
    assert name in PLACES[name[2]](example(name))


def test_the_manual_says_the_same() -> None:
    told = {code(row[0]): (row[3], row[4]) for row in rows(read(MANUAL / "findings.md")) if len(row) == 5}
    plain = {name: tuple(_LINK.sub(r"\1", cell) for cell in cells) for name, cells in told.items()}
    assert plain == {name: (why, fix) for name, (why, _, fix) in REASONS.items()}


@pytest.mark.parametrize("written", ["BL301", "bl301", " Bl301 "])
def test_a_code_is_known_in_whatever_letters(written: str) -> None:
    told = explanation(written)
    assert (told.code, told.severity, told.meaning) == ("BL301", *CODES["BL301"])


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("301", "did you mean 'BL301'?"),
        ("BL3070", "did you mean 'BL307'?"),
        ("BL7", "there are BL701, BL702, BL703"),
        ("BL799", "there are BL701, BL702, BL703"),
        ("nonsense", "backlogtool explain lists them all"),
        ("", "backlogtool explain lists them all"),
        ("BL", "backlogtool explain lists them all"),
    ],
)
def test_an_unknown_code_is_answered_with_those_that_may_be_meant(written: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        explanation(written)
    assert refused.value.hint == hint
