"""The reader of the grouped backlog: what it reads, what it mends and what it refuses, each with its line.

In the texts below ``▸`` stands before the line that the finding names; it is not part of the text.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backlogtool.codec.grouped import Grouped, Task, Words, read
from backlogtool.domain.finding import Finding
from tests.codec.timing import assert_linear

MARK = "▸"
TITLE = "# Project Backlog\n\n"
BEGIN = "## group_begin [type:infra][priority:high]\n## Infrastructure — High\n"
HEADER = "### # [id:TASK-20260204-258][type:ops][priority:high][component:server] Logging\n"
FIELDS = (
    "**Status:** todo  \n"
    "**Description:** Write logs.  \n"
    "**Acceptance Criteria:**  \n"
    "- [ ] there are logs\n"
    "**Relevant Files:** `server/logger.ts` (new), `package.json`  \n"
    "**Relevant Documentation:** `docs/LOGS.md` — how, `docs/OPS.md` (new) — why  \n"
    "**Plan:**  \n"
    "1. install\n"
    "2. configure\n"
    "3. document\n"
    "**Estimated Effort:** 1 week\n"
)
TOKENS = {
    "T": "# Project Backlog",
    "{": "## group_begin [type:infra][priority:high]",
    "H": "## Infrastructure — High",
    "}": "## group_end",
    "<": "## task_begin",
    ">": "## task_end",
}
TASK = f"## task_begin\n{HEADER}{FIELDS}## task_end\n"


def _in_group(text: str) -> str:
    """A file with one group that holds the text."""
    return f"{TITLE}{BEGIN}\n{text}\n## group_end\n"


def _in_task(text: str) -> str:
    """A file with one task that has these fields."""
    return _in_group(f"## task_begin\n{HEADER}{text}## task_end\n")


def _read(text: str) -> Grouped:
    found, findings = read(text, "BACKLOG.md")
    assert found is not None, [str(one) for one in findings]
    return found


def _task(text: str) -> Task:
    [task] = [task for group in _read(text).groups for task in group.tasks]
    return task


def _file(short: str) -> str:
    """The file that a short form stands for: one line a part, parts cut at ``|``; tokens stand for whole lines."""
    lines = []
    for part in short.split("|"):
        mark, bare = (MARK, part.strip()[1:]) if part.strip().startswith(MARK) else ("", part.strip())
        number = re.fullmatch(r"#(\d+)", bare)
        line = f"### # [id:TASK-20260204-{number[1]}][type:ops][priority:high][component:server] x" if number else bare
        lines.append(mark + TOKENS.get(bare, line).replace("·", " "))
    return "\n".join(lines) + "\n"


def _found(text: str) -> list[Finding]:
    """The findings, of which there must be one at each marked line and no other."""
    marked = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith(MARK)]
    grouped, findings = read(text.replace(MARK, ""), "BACKLOG.md")
    assert [one.line for one in findings] == marked, [str(one) for one in findings]
    assert all(one.path == "BACKLOG.md" and one.column for one in findings)
    assert (grouped is None) == any(one.is_error for one in findings)
    return findings


# --- what is read


def test_the_source_has_21_groups_and_5_tasks_and_nothing_wrong(shared: Path) -> None:
    """R-260, R-271, L-45: real input, with its mojibake, its left-over separators and markers in its comment."""
    text = (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")
    grouped, findings = read(text, "BACKLOG.md")
    assert findings == []
    assert grouped is not None
    assert grouped.title == "Project Backlog"
    assert grouped.preamble.startswith("SYSTEM INSTRUCTIONS — BACKLOG.md (agent-enforced)\n\nPurpose: Storage")
    assert grouped.preamble.endswith("should not be promoted to TODO.md")
    assert len(grouped.groups) == 21
    assert [len(group.tasks) for group in grouped.groups if group.tasks] == [5]
    infra = grouped.groups[2]
    assert (infra.type, infra.priority, infra.heading) == ("infra", "high", "🐳 Infrastructure (Unscheduled) — High")
    assert [task.id for task in infra.tasks] == [f"TASK-20260204-{number}" for number in range(258, 263)]
    assert {(task.type, task.priority) for task in infra.tasks} == {("ops", "high"), ("ops", "medium")}
    moved = "<!-- Tasks TASK-20260204-001, TASK-20260204-002, TASK-20260204-003 moved to TODO.md on 2026-02-04 -->"
    assert grouped.groups[0].notes == (moved,)


def test_a_task_has_its_tags_its_line_and_its_fields_in_order() -> None:
    task = _task(_in_group(TASK))
    assert task == Task(
        id="TASK-20260204-258",
        type="ops",
        priority="high",
        component="server",
        title="Logging",
        line=6,
        fields=(
            ("Status", ("todo",)),
            ("Description", ("Write logs.",)),
            ("Acceptance Criteria", ("", "- [ ] there are logs")),
            ("Relevant Files", ("`server/logger.ts` (new), `package.json`",)),
            ("Relevant Documentation", ("`docs/LOGS.md` — how, `docs/OPS.md` (new) — why",)),
            ("Plan", ("", "1. install", "2. configure", "3. document")),
            ("Estimated Effort", ("1 week",)),
        ),
    )


def test_a_title_alone_is_a_file_without_groups() -> None:
    """L-40."""
    assert _read("# Project Backlog") == Grouped("Project Backlog", "", ())


def test_the_preamble_is_the_first_comment_after_the_title() -> None:
    text = f"{TITLE}<!--\nRules\n\n   ## task_begin\n-->\n\n<!-- second -->\n\n{BEGIN}\n## group_end\n"
    grouped = _read(text)
    assert grouped.preamble == "Rules\n\n   ## task_begin"
    assert grouped.groups[0].notes == ("<!-- second -->",)


def test_text_before_the_first_comment_is_no_preamble() -> None:
    grouped, findings = read(f"{TITLE}stray\n\n<!-- Rules -->\n\n{BEGIN}\n## group_end\n", "x")
    assert grouped is not None
    assert (grouped.preamble, grouped.groups[0].notes) == ("Rules", ("<!-- stray -->",))
    assert [(one.code, one.line) for one in findings] == [("BL538", 3)]


def test_a_comment_after_the_first_group_is_no_preamble() -> None:
    grouped = _read(_in_group("") + "\n<!-- after\nit -->\n")
    assert grouped.preamble == ""
    assert grouped.groups[0].notes == ("<!-- after\nit -->",)


def test_two_groups_may_have_the_same_tags() -> None:
    """L-14."""
    text = _in_group("") + "\n## group_begin [type:infra][priority:high]\n## Other — High\n\n## group_end\n"
    assert [group.heading for group in _read(text).groups] == ["Infrastructure — High", "Other — High"]


@pytest.mark.parametrize("inside", ["", "\n\n\n---\n\n\n---\n", "---"])
def test_an_empty_group_may_hold_left_over_separators(inside: str) -> None:
    """L-19."""
    assert _read(_in_group(inside)).groups[0].tasks == ()


def test_ids_of_other_kinds_of_items_are_accepted() -> None:
    for item_id in ("bl_0123456789ab", "PLN-BE-001", "TASK-20260204-1234"):
        assert _task(_in_group(TASK.replace("TASK-20260204-258", item_id))).id == item_id


def test_markers_in_comments_and_code_are_text() -> None:
    """L-32."""
    text = "**Description:** x\n<!--\n## task_end\n-->\n```\n## group_end\n<!--\n```\n"
    assert _task(_in_task(text)).field("Description") == (
        "x", "<!--", "## task_end", "-->", "```", "## group_end", "<!--", "```",
    )  # fmt: skip
    assert _read(_in_group("<!--\n## task_begin\n-->")).groups[0].tasks == ()


def test_titles_and_prose_may_hold_anything() -> None:
    """L-39."""
    title = "Fix [ARCH] a] | `b` {{ c }} {% raw %} 100% <300ms & \\ *x*"
    prose = "p95 <300ms | `x` {{ y }} 1% [z] ] <!-- note --> **bold** text"
    task = _task(_in_group(TASK.replace("Logging", title).replace("Write logs.", prose)))
    assert task.title == title
    assert task.field("Description") == (prose,)


def test_both_spellings_of_a_status_are_known() -> None:
    """L-44."""
    for written in ("todo", "open"):
        assert _task(_in_task(f"**Status:** {written}\n")).field("Status") == ("todo",)


def test_the_words_are_those_of_the_policy() -> None:
    words = Words(types=("ui",), priorities={"P0": "now"}, statuses={"new": "fresh"}, closed=())
    text = _in_task("**Status:** fresh\n").replace("type:infra", "type:ui").replace("type:ops", "type:ui")
    grouped, findings = read(text.replace("priority:high", "priority:now"), "x", words)
    assert findings == []
    assert grouped is not None
    assert grouped.groups[0].tasks[0].priority == "now"


# --- what is mended (REQUIREMENTS.md 2.5)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_marks_and_blanks_at_line_ends_do_not_matter(newline: str) -> None:
    """N-1, N-2, L-31."""
    text = _in_group(TASK)
    varied = "\ufeff" + text.replace("  \n", "\n").replace("## task_end\n", "## task_end \t\n").replace("\n", newline)
    assert _read(varied.rstrip()) == _read(text)


@pytest.mark.parametrize(
    "tags",
    [
        "[ID: TASK-20260204-258 ][Type:OPS][PRIORITY:High][Component: Server]",
        "[type:ops][id:TASK-20260204-258][component:server][priority:high]",
        "[id:TASK-20260204-258] [type:ops]\t[priority:high]  [component:server]",
        "[id:TASK-20260204-258][tpye:ops][priorty:high][componet:server]",
        "[id:TASK-20260204-258][type:osp][priority:hgih][component:server]",
        "[id:TASK-20260204-258][type:ops][priority:P1][component:server]",
    ],
)
def test_tags_are_put_right(tags: str) -> None:
    """N-3, N-4, N-5: capitals, order, blanks, near misses, synonyms."""
    task = _task(_in_group(f"## task_begin\n### # {tags} Logging\n{FIELDS}## task_end"))
    assert task == _task(_in_group(TASK))


def test_the_tags_of_a_group_are_put_right() -> None:
    group = _read(_in_group("").replace("[type:infra][priority:high]", "\t[Type: infra ] [priorty:P1]")).groups[0]
    assert (group.type, group.priority) == ("infra", "high")


def test_fields_come_in_their_order_with_unknown_ones_last() -> None:
    """N-7."""
    text = "**Zeta:** z\n**Plan:**\n1. x\n**Alpha:** a\n**Status:** todo\n"
    found, _ = read(_in_task(text), "x")
    assert found is not None
    assert [name for name, _ in found.groups[0].tasks[0].fields] == ["Status", "Plan", "Zeta", "Alpha"]


def test_steps_are_numbered_and_boxes_get_their_form() -> None:
    """N-8."""
    text = "**Acceptance Criteria:**\n* [ ] a\n+ [x] b\n-[ ] c\n- [X] d\n**Plan:**\n3. one\n   more\n1. two\n9) three\n"
    task = _task(_in_task(text))
    assert task.field("Acceptance Criteria") == ("", "- [ ] a", "- [x] b", "- [ ] c", "- [X] d")
    assert task.field("Plan") == ("", "1. one", "   more", "2. two", "3. three")


def test_bullets_are_not_made_into_steps() -> None:
    """L-25."""
    assert _task(_in_task("**Plan:**\n- a\n- b\n")).field("Plan") == ("", "- a", "- b")


def test_references_one_a_line_are_put_on_one_line() -> None:
    assert _task(_in_task("**Relevant Files:**\n- `a`\n\n- `b` (new)\n")).field("Relevant Files") == ("`a`, `b` (new)",)


def test_blank_lines_collapse_outside_code() -> None:
    """N-9."""
    text = "**Description:** a\n\n\n\nb\n```\nc\n\n\nd\n```\n\n\n"
    assert _task(_in_task(text)).field("Description") == ("a", "", "b", "```", "c", "", "", "d", "```")


def test_mojibake_is_repaired_before_anything_is_read() -> None:
    """N-10."""
    text = _in_group("").replace("— High", "\u00e2\u20ac\u201d High")
    assert _read(text) == _read(_in_group(""))


# --- what is refused or warned about (REQUIREMENTS.md 2.7)

ID, TYPE, PRIORITY, COMPONENT = "[id:TASK-20260204-258]", "[type:ops]", "[priority:high]", "[component:server]"
ERRORS = {
    "L-01 the same id twice": ("BL501", "T|{|H|<|#258|>|---|<|▸#258|>|}"),
    "L-03 an impossible date": ("BL503", f"T|{{|H|<|▸### # [id:TASK-20260231-001]{TYPE}{PRIORITY}{COMPONENT} x|>|}}"),
    "L-03 a bad form": ("BL503", f"T|{{|H|<|▸### # [id:TASK-1]{TYPE}{PRIORITY}{COMPONENT} x|>|}}"),
    "L-04 no end before the next task": ("BL504", "T|{|H|<|#258|▸<|#259|>|}"),
    "L-05 no end before the group's": ("BL505", "T|{|H|<|#258|▸}"),
    "L-05 no end before the file's": ("BL505", "T|{|H|<|#258|▸}"),
    "L-06 an end too many": ("BL506", "T|{|H|<|#258|>|▸>|}"),
    "L-07 a task in a task": ("BL507", "T|{|H|<|#258|▸<|#259|>|>|}"),
    "L-08 a header outside a task": ("BL508", "T|{|H|▸#258|**Status:** todo|text|}"),
    "L-09 a task outside a group": ("BL509", "T|▸<|#258|>|{|H|}"),
    "L-10 no end before the next group": ("BL510", "T|{|H|▸## group_begin [type:ci][priority:low]|H|}"),
    "L-10 no end before the file's": ("BL510", "T|{|H|<|#258|▸>"),
    "L-11 a group in a group": ("BL511", "T|{|H|▸## group_begin [type:ci][priority:low]|H|}|}"),
    "L-11 an end too many": ("BL511", "T|{|H|}|▸}"),
    "L-15 the same group twice": ("BL515", "T|{|H|}|▸{|H|}"),
    "L-16 no type": ("BL516", "T|▸## group_begin [priority:high]|H|}"),
    "L-16 no priority": ("BL516", "T|▸## group_begin [type:infra]|H|}"),
    "L-16 an unknown priority": ("BL516", "T|▸## group_begin [type:infra][priority:urgent]|H|}"),
    "L-16 an unknown priority of a task": ("BL516", f"T|{{|H|<|▸### # {ID}{TYPE}[priority:urgent]{COMPONENT} x|>|}}"),
    "L-17 an unknown type of a group": ("BL517", "T|▸## group_begin [type:foobar][priority:high]|H|}"),
    "L-20 a second header": ("BL520", "T|{|H|<|#258|▸#259|>|}"),
    "L-21 no header": ("BL521", "T|{|H|▸<|**Status:** todo|>|}"),
    "L-22 no id": ("BL522", f"T|{{|H|<|▸### # {TYPE}{PRIORITY}{COMPONENT} x|>|}}"),
    "L-22 no plain component": ("BL522", f"T|{{|H|<|▸### # {ID}{TYPE}{PRIORITY}[component:a b] x|>|}}"),
    "L-23 no title": ("BL523", f"T|{{|H|<|▸### # {ID}{TYPE}{PRIORITY}{COMPONENT}|>|}}"),
    "L-23 no blank before the title": ("BL523", f"T|{{|H|<|▸### # {ID}{TYPE}{PRIORITY}{COMPONENT}x|>|}}"),
    "L-28 the same field twice": ("BL528", "T|{|H|<|#258|**Plan:**|1. a|▸**Plan:**|1. b|>|}"),
    "L-30 an unknown status": ("BL530", "T|{|H|<|#258|▸**Status:** wip|>|}"),
    "L-30 more than a status": ("BL530", "T|{|H|<|#258|▸**Status:** todo|and more|>|}"),
    "L-34 a comment that never ends": ("BL534", "T|{|H|▸<!-- never|<|#258|>|}"),
    "L-34 a comment in a task that never ends": ("BL534", "T|{|H|<|#258|**Description:** a|▸b <!-- never|>|}"),
    "L-35 an indented marker": ("BL535", "T|{|H|▸··## task_begin|}"),
    "L-35 a marker without a blank": ("BL535", "T|{|H|<|#258|▸##task_begin|>|}"),
    "L-35 a marker with more behind it": ("BL535", "T|{|H|<|#258|**Description:** a|▸## task_end of it|>|}"),
    "L-40 no title": ("BL540", "▸{|H|}"),
    "L-40 an empty file": ("BL540", "▸"),
    "code that never ends": ("BL505", "T|{|H|<|#258|**Description:** a|▸```|b|>|}"),
    "a title with what nobody can see": ("BL108", f"T|{{|H|<|▸### # {ID}{TYPE}{PRIORITY}{COMPONENT} x\u200by|>|}}"),
    "a NUL character": ("BL108", "T|{|H|<|#258|**Description:** a|▸b\0|>|}"),
}  # fmt: skip
WARNINGS = {
    "L-16 tags in the wrong order": ("BL516", "T|▸## group_begin [priority:high][type:infra]|H|}"),
    "L-17 an unknown type of a task": ("BL517", f"T|{{|H|<|▸### # {ID}[type:foobar]{PRIORITY}{COMPONENT} x|>|}}"),
    "L-18 no heading": ("BL518", "T|▸{|}"),
    "L-22 no type": ("BL522", f"T|{{|H|<|▸### # {ID}{PRIORITY}{COMPONENT} x|>|}}"),
    "L-22 no priority": ("BL522", f"T|{{|H|<|▸### # {ID}{TYPE}{COMPONENT} x|>|}}"),
    "L-22 no component": ("BL522", f"T|{{|H|<|▸### # {ID}{TYPE}{PRIORITY} x|>|}}"),
    "L-27 an unknown field": ("BL527", "T|{|H|<|#258|▸**Notes:** x|>|}"),
    "L-30 a closed task": ("BL530", "T|{|H|<|#258|▸**Status:** done|>|}"),
    "L-33 mojibake": ("BL533", "T|{|H|<|#258|**Description:** a|▸\u00e2\u20ac|>|}"),
    "L-38 stray text": ("BL538", "T|{|H|▸stray|more|---|}"),
    "L-38 a second heading": ("BL538", "T|{|H|▸## Other|}"),
    "L-38 text before the first field": ("BL538", "T|{|H|<|#258|▸text|**Status:** todo|>|}"),
    "L-38 no group to keep it in": ("BL538", "▸T||<!-- a -->||<!-- b -->"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_file_that_cannot_be_read_is_refused_at_the_line(case: str) -> None:
    code, text = ERRORS[case]
    [finding] = _found(_file(text))
    assert (finding.code, finding.severity) == (code, "error")


@pytest.mark.parametrize("case", WARNINGS)
def test_a_doubt_is_a_warning_at_the_line_and_the_file_is_read(case: str) -> None:
    code, text = WARNINGS[case]
    [finding] = _found(_file(text))
    assert (finding.code, finding.severity) == (code, "warning")


def test_findings_say_which_line_they_mean() -> None:
    said = {case: _found(_file(text))[0].message for case, (_, text) in ERRORS.items()}
    assert said["L-01 the same id twice"] == "duplicate id TASK-20260204-258 (first at line 5)"
    assert said["L-03 a bad form"] == "bad task id 'TASK-1'"
    assert said["L-04 no end before the next task"] == "task at line 4 is not closed"
    assert said["L-07 a task in a task"] == "tasks cannot be nested: task at line 4 is not closed"
    assert said["L-10 no end before the next group"] == "group at line 2 is not closed"
    assert said["L-11 a group in a group"] == "groups cannot be nested: group at line 2 is not closed"
    assert said["L-34 a comment that never ends"] == "comment at line 4 never ends"
    assert said["L-28 the same field twice"] == "duplicate field Plan (first at line 6)"


def test_all_findings_come_at_once_and_one_does_not_hide_the_next() -> None:
    """L-04 asks for recovery at the next marker."""
    bad = "### # [id:TASK-1][type:ops][priority:high][component:a] x"
    twice = "**Status:** todo|▸**Status:** todo"
    found = _found(_file(f"T|{{|H|<|#258|▸<|#259|>|<|▸{bad}|{twice}|>|▸>|▸words|}}|▸{{|}}"))
    assert [one.code for one in found] == ["BL504", "BL503", "BL528", "BL506", "BL538", "BL518"]


def test_missing_type_and_priority_come_from_the_group() -> None:
    """L-22."""
    task = _task(_in_group(TASK.replace("[type:ops][priority:high][component:server]", "[component:TBD]")))
    assert (task.type, task.priority, task.component) == ("infra", "high", "")


def test_stray_text_is_kept_as_a_comment_of_its_group() -> None:
    """L-38: never dropped, and its own comments cannot end the new one."""
    text = _in_group(f"one\ntwo <!-- x --> y\n\n{TASK}\n<!-- c -->\nthree\n") + "\nfour\n"
    notes = ("<!--\none\ntwo <!-- x --&gt; y\n-->", "<!-- c -->", "<!-- three -->", "<!-- four -->")
    assert _read(text).groups[0].notes == notes


def test_an_unknown_field_is_kept_with_all_its_lines() -> None:
    """L-27."""
    task = _task(_in_task(f"{FIELDS}**My \\* notes:** a\n\n- b\n  c\n"))
    assert task.fields[-1] == ("My * notes", ("a", "", "- b", "  c"))


# --- hostile input

LARGE = {
    "unclosed comments": lambda size: TITLE + "<!-- x\n" * size,
    "comments on one line": lambda size: TITLE + "<!-- x -->" * size,
    "openings that are escaped": lambda size: TITLE + "\\<!-- x\n" * size,
    "nested tasks": lambda size: _in_group("## task_begin\n" * size),
    "nested groups": lambda size: TITLE + BEGIN * size,
    "ends": lambda size: TITLE + "## task_end\n## group_end\n" * size,
    "headers": lambda size: _in_task(HEADER * size),
    "new groups": lambda size: TITLE + "".join(f"{BEGIN.rstrip()} {n}\n## group_end\n" for n in range(size)),
    "fences that never close": lambda size: _in_task("**Description:** x\n" + "```x\n" * size),
    "fences": lambda size: _in_task("**Description:** x\n" + "```\n" * size),
    "one long fence": lambda size: _in_task("**Description:** x\n" + "`" * size + "\n" + "```\n" * size),
    "fields": lambda size: _in_task("".join(f"**F{n}:** x\n" for n in range(size))),
    "labels that never end": lambda size: _in_task("**Description:** x\n**" + "\\a" * size + "\n"),
    "backslashes": lambda size: _in_task("**Description:** x\n" + "\\" * size + "\n**" + "\\" * size + "\n"),
    "tags": lambda size: _in_task("").replace(HEADER, "### # " + "[a:b]" * size + "\n"),
    "steps": lambda size: _in_task("**Plan:**\n" + "1. x\n" * size),
    "references": lambda size: _in_task("**Relevant Files:** " + "`a`, " * size + "`b`\n"),
    "stray lines": lambda size: _in_group("x\n<!-- y -->\n" * size),
    "mojibake": lambda size: _in_group("Ãƒƒ" * size),
    "blank lines": lambda size: _in_task("**Description:** x\n" + "\n" * size + "y\n"),
}  # fmt: skip


@pytest.mark.sampled(5)
@pytest.mark.parametrize("case", LARGE)
def test_a_hostile_file_is_read_in_linear_time(case: str) -> None:
    assert_linear(lambda text: read(text, "x"), LARGE[case], 2_000)


@pytest.mark.exhaustive
def test_a_hundred_thousand_lines_are_read() -> None:
    """Without recursion, and with a finding for each of them."""
    _, findings = read(LARGE["nested tasks"](100_000), "x")
    assert len(findings) == 200_000
