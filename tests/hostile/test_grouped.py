"""A hostile grouped file is refused at its line or read as harmless text, in little time (ROBUSTNESS.md 2.2)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from backlogtool.codec.grouped import Grouped, read
from backlogtool.domain.finding import Finding
from tests.cli.grouped_file import group, task
from tests.cli.session import Session, cli, template
from tests.hostile.test_output import acted_on

__all__ = ["cli", "template"]

TITLE = "# Project Backlog\n\n"
BEGIN, END = "## group_begin [type:ops][priority:high]\n## Operations\n\n", "\n## group_end\n"
HEAD = "### # [id:TASK-20260204-001][type:ops][priority:high][component:x]"

OTHER = HEAD.replace("001", "002")


def _in_group(text: str) -> str:
    return f"{TITLE}{BEGIN}{text}{END}"


def _field(text: str) -> str:
    """A file with one task that has this description."""
    return _in_group(f"## task_begin\n{HEAD} Title\n**Description:** {text}\n## task_end")


def _head(tags: str) -> str:
    return _in_group(f"## task_begin\n▸### # {tags} Title\n## task_end")


#: class -> what it is -> text, code of the error whose line ``▸`` begins; it may be one of several.
REFUSED: dict[str, dict[str, tuple[str, str]]] = {
    "structure": {
        "nothing": ("▸", "BL540"), "an item": ("▸---\nid: x\n---\n", "BL540"),
        "a second mark": ("▸\ufeff\ufeff# x\n", "BL540"),
        "a comment before the title": ("▸<!-- x -->\n# x\n", "BL540"),
        "a comment that never ends": (f"{TITLE}▸<!-- hides {BEGIN}{END}", "BL534"),
        "a comment in a task that never ends": (
            _in_group(f"## task_begin\n{HEAD} Title\n**Description:** x\n▸<!-- y\n## task_end"), "BL534"
        ),
        "code that never ends": (_in_group(f"## task_begin\n{HEAD} Title\n**Plan:**\n▸```\n## task_end"), "BL505"),
        "a group in a group": (f"{TITLE}{BEGIN}▸{BEGIN}{END}{END}", "BL511"),
        "a task in a task": (
            _in_group(f"## task_begin\n{HEAD} a\n▸## task_begin\n{OTHER} b\n## task_end\n## task_end"),
            "BL507",
        ),
        "an end too many": (f"{TITLE}{BEGIN}▸## task_end{END}", "BL506"),
        "a second header": (_in_group(f"## task_begin\n{HEAD} a\n▸{OTHER} b\n## task_end"), "BL520"),
        "an indented marker": (f"{TITLE}{BEGIN}▸ ## task_begin\n{END}", "BL535"),
        "a marker in capitals": (f"{TITLE}{BEGIN}▸## TASK_BEGIN\n{END}", "BL535"),
        "a marker of another level": (f"{TITLE}{BEGIN}▸### task_end\n{END}", "BL535"),
        "one id twice": (
            _in_group(f"## task_begin\n{HEAD} a\n## task_end\n## task_begin\n▸{HEAD} b\n## task_end"), "BL501"
        ),
        "a field twice": (_in_group(f"## task_begin\n{HEAD} a\n**Plan:** x\n▸**Plan:** y\n## task_end"), "BL528"),
    },
    "an id": {
        "that leads up": (_head("[id:../../x][type:ops][priority:high][component:x]"), "BL503"),
        "that is an option": (_head("[id:--output=canary][type:ops][priority:high][component:x]"), "BL503"),
        "of a day that is none": (_head("[id:TASK-20260230-001][type:ops][priority:high][component:x]"), "BL503"),
        "of full width": (_head("[id:TASK-２０２６０２０４-001][type:ops][priority:high][component:x]"), "BL503"),
        "of a device": (_head("[id:CON][type:ops][priority:high][component:x]"), "BL503"),
        "that is missing": (_head("[type:ops][priority:high][component:x]"), "BL522"),
    },
    "a tag": {
        "of a priority that is none": (_head("[id:TASK-20260204-001][type:ops][priority:../x][component:x]"), "BL516"),
        "of a type with markup": (_head("[id:TASK-20260204-001][type:<b>][priority:high][component:x]"), "BL522"),
        "of a component that leads up": (
            _head("[id:TASK-20260204-001][type:ops][priority:high][component:../x]"), "BL522"
        ),
        "of a group with code": (f"{TITLE}▸## group_begin [type:$(x)][priority:high]\n{END}", "BL517"),
    },
    "what is seen": {
        "an override in a title": (_in_group(f"## task_begin\n▸{HEAD} a\u202eb\n## task_end"), "BL108"),
        "an escape sequence in a title": (_in_group(f"## task_begin\n▸{HEAD} a\x1b[2Jb\n## task_end"), "BL108"),
        "a tag letter in a title": (_in_group(f"## task_begin\n▸{HEAD} a\U000e0041\n## task_end"), "BL108"),
        "an override in a heading": (f"{TITLE}## group_begin [type:ops][priority:high]\n▸## a\u202e\n{END}", "BL108"),
        "a hidden note": (f"{TITLE}{BEGIN}▸<!-- a\u200bb -->{END}", "BL108"),
        "NUL in a text": (_field("x\n▸a\0b"), "BL108"),
        "an override in the file's title": ("▸# a\u202eb\n", "BL108"),
    },
}  # fmt: skip
TABLE = {f"{kind}: {name}": one for kind, some in REFUSED.items() for name, one in some.items()}


def _read(text: str) -> tuple[Grouped | None, list[Finding]]:
    start = time.process_time()
    found, findings = read(text, "BACKLOG.md")
    assert time.process_time() - start < 2
    assert all(one.path == "BACKLOG.md" and one.line and one.column for one in findings)
    return found, findings


@pytest.mark.parametrize(("text", "code"), TABLE.values(), ids=TABLE)
def test_a_grouped_file_is_refused_at_its_line(text: str, code: str) -> None:
    line = text[: text.index("▸")].count("\n") + 1
    found, findings = _read(text.replace("▸", ""))
    assert found is None
    assert (line, code) in {(one.line, one.code) for one in findings if one.is_error}


#: Texts of a field that look like structure -> how many tasks and fields the file still has.
TEXTS = {
    "a task's end in code": "x\n```\n## task_end\n```",
    "a task's end in a comment": "x\n<!--\n## task_end\n-->",
    "an escaped task's end": "x\n\\## task_end",
    "an escaped header": f"x\n\\{HEAD} b",
    "a field's name in a line": "x **Status:** done",
    "a field's name that is indented": "x\n **Status:** done",
    "markup": "<script>alert(1)</script> [a](javascript:b)",
    "an override": "a\u202eb",
    "an escape sequence": "a\x1b[2Jb",
    "mojibake": "â€” and Ã©",
    "a template": "{{ 7*7 }} {% raw %}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_no_structure(text: str) -> None:
    found, findings = _read(_field(text))
    assert found is not None, findings
    (one,) = found.groups[0].tasks
    assert [name for name, _ in one.fields] == ["Description"]


def _bombs() -> Iterator[tuple[str, str]]:
    yield "begins of groups", TITLE + BEGIN * 5_000
    yield "begins of tasks", TITLE + BEGIN + "## task_begin\n" * 20_000
    yield "ends of tasks", TITLE + "## task_end\n" * 20_000
    yield "openings of comments", _field("<!--" * 50_000)
    yield "openings and ends of comments", _field("<!---->" * 30_000)
    yield "openings of comments in lines", _field("x\n" + "<!--\n" * 30_000)
    yield "fences", _field("x\n" + "```\n" * 30_001)
    yield "one long fence", _field("x\n" + "`" * 200_000)
    yield "backslashes", _field("x\n" + "\\" * 200_000 + "<!--")
    yield "number signs", _field("x\n" + "#" * 200_000)
    yield "asterisks", _field("x\n" + "*" * 100_000)
    yield "tags", _in_group(f"## task_begin\n### # {'[a:b]' * 30_000} x\n## task_end")
    yield "fields", _field("x\n" + "".join(f"**F{number}:** x\n" for number in range(3_000)))
    yield "mojibake", _field("Ã©" * 50_000)
    yield "half mojibake", _field("Ã" * 100_000)
    yield (
        "commas of references",
        _in_group(f"## task_begin\n{HEAD} t\n**Relevant Files:** {'`a`, ' * 20_000}\n## task_end"),
    )
    yield "blank lines", _field("x" + "\n" * 100_000 + "y")


BOMBS = dict(_bombs())


@pytest.mark.sampled(12)
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_no_grouped_file_takes_long(text: str) -> None:
    _read(text)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "text", ["a\u202eb", "a\x1b[2Jb\x85c", "x\n## task_end\n```\ny", "{{ 7*7 }}", "a\u200b\U000e0041"]
)
def test_what_an_import_reads_is_printed_and_rendered_as_text(cli: Session, text: str) -> None:
    """Also what nobody sees: it is named in the view, and importing that view changes nothing."""
    fields = f"**Description:** {text}" if "task_end" not in text else f"**Description:** <!-- {text} -->"
    block = task(1).replace("**Description:** What is to be done.", fields)
    path = cli.repo.write("in.md", f"{TITLE}{group('ops', 'high', 'Operations', [block])}")
    cli("import", str(path))
    cli("render")
    view = cli.repo.read("BACKLOG.md")
    assert not acted_on(view)
    head = cli.repo.head()
    cli("import", str(cli.repo.root / "BACKLOG.md"))
    assert cli.repo.head() == head
