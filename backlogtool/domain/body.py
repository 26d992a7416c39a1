"""The Markdown body of an item: a lead text and ``## `` sections.

Headings inside fenced code are code. Lists of acceptance criteria, files, documents and plan steps are
read from their sections; what makes a task ready for promotion is decided here (rule 6 of source 003).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from backlogtool.domain.policy import BacklogMd

ACCEPTANCE = "Acceptance Criteria"
FILES = "Relevant Files"
DOCS = "Relevant Documentation"
PLAN = "Plan"
EFFORT = "Estimated Effort"
#: The sections a task has, in the order in which they are written.
TASK_SECTIONS = (ACCEPTANCE, FILES, DOCS, PLAN, EFFORT)
PLACEHOLDER = "TBD"

GENERATED_BEGIN = "<!-- generated:begin -->"
GENERATED_END = "<!-- generated:end -->"

_HEADING = "\n## "
# Compiled at their first use, as every command loads this module and few need them.
_FENCE = r" {0,3}(`{3,}|~{3,})(.*)"
_STEP = r"\s*\d+[.)] +\S"
_BOX = r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[([ xX])\](?:[ \t]|$)"  # in a list of any kind, quoted or not
_TITLE = r" {0,3}(#{1,6})[ \t]+(.*)|\*\*([^*]+)\*\*[ \t:]*$"
_EFFORT = r"(\d+(?:\.\d+)?|\d+-\d+) (hour|day|week)s?"
_ENTRY = r"`([^`]+)`(?: \(new\))?(?: — (.*))?"


class Section(NamedTuple):
    """One ``## heading`` with the text below it, without surrounding blank lines."""

    heading: str
    text: str


def lines_outside_code(text: str) -> Iterator[tuple[int, str, bool]]:
    """Every line as (index, line, is it outside fenced code)."""
    if not _may_hold_code(text):
        return ((index, line, True) for index, line in enumerate(text.split("\n")))
    return ((index, line, not inside) for index, line, inside, _ in _fenced(text))


def open_fence(text: str) -> str:
    """The fence that is still open at the end of the text, or the empty text."""
    fence = ""
    if _may_hold_code(text):
        for _, _, _, fence in _fenced(text):  # noqa: B007
            pass
    return fence


def _may_hold_code(text: str) -> bool:
    """Whether the text has what begins fenced code, somewhere."""
    return "```" in text or "~~~" in text


def _fenced(text: str) -> Iterator[tuple[int, str, bool, str]]:
    """Every line as (index, line, is it code or a fence, the fence open after it)."""
    fence = ""
    match = re.compile(_FENCE).match
    for index, line in enumerate(text.split("\n")):
        found = match(line)
        if fence:
            closes = found and found[1].startswith(fence) and not found[2].strip()
            fence = "" if closes else fence
            yield index, line, True, fence
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            yield index, line, True, fence
        else:
            yield index, line, False, fence


def split(text: str) -> tuple[str, list[Section]]:
    """The lead text and the sections, in order."""
    if not _may_hold_code(text):
        return _split_plain(text)
    lead: list[str] = []
    found: list[tuple[str, list[str]]] = []
    for _, line, outside in lines_outside_code(text):
        if outside and line.startswith("## ") and line[3:].strip():
            found.append((line[3:].strip(), []))
        else:
            (found[-1][1] if found else lead).append(line)
    return _trimmed(lead), [Section(heading, _trimmed(body)) for heading, body in found]


def _split_plain(text: str) -> tuple[str, list[Section]]:
    """The same for a text without code, which most are: not line by line."""
    first, *parts = f"\n{text}".split(_HEADING)
    headings, texts = [""], [[first]]
    for part in parts:
        heading, _, below = part.partition("\n")
        if heading.strip():
            headings.append(heading.strip())
            texts.append([below])
        else:  # a heading without words is text
            texts[-1].append(part)
    lead, *bodies = (_HEADING.join(some).strip("\n") for some in texts)
    return lead, [Section(*one) for one in zip(headings[1:], bodies, strict=True)]


def section(text: str, heading: str) -> str:
    """The text of the first section with this heading; empty if there is none."""
    return next((one.text for one in split(text)[1] if one.heading == heading), "")


def join(lead: str, sections: list[Section]) -> str:
    """The inverse of ``split``, with one blank line around each heading."""
    parts = [lead] if lead else []
    parts += [f"## {one.heading}\n\n{one.text}" if one.text else f"## {one.heading}" for one in sections]
    return "\n\n".join(parts)


def boxes(text: str) -> list[tuple[bool, str]]:
    """(is it met, its first line) of each acceptance criterion."""
    found = [(line, re.match(_BOX, line)) for line in _criteria_lines(text)]
    return [(box[1] != " ", line[box.end() :].strip()) for line, box in found if box]


def _criteria_lines(text: str) -> Iterator[str]:
    """The lines outside code below every heading of that name, of whatever level and in whatever letters.

    A bold line, which is how the grouped backlog has it, is a heading below all others (R-276).
    """
    wanted = ACCEPTANCE.casefold()
    if wanted not in text.casefold():
        return
    depth = 0
    for _, line, outside in lines_outside_code(_shown(text)):
        found = re.match(_TITLE, line) if outside else None
        if found:
            level = len(found[1] or "") or 7
            is_wanted = (found[2] or found[3] or "").rstrip(" \t#").strip(" \t:*").casefold() == wanted
            if not depth or level <= depth:
                depth = level if is_wanted else 0
        elif depth and outside:
            yield line


def _shown(text: str) -> str:
    """The text without what is commented out, which nobody sees; in code a comment's marks are text."""
    if "<!--" not in text:
        return text
    lines, within = [], False
    for _, line, outside in lines_outside_code(text):
        kept = []
        for part in re.split("(<!--|-->)", line) if outside else ():
            ends, within = within and part == "-->", part == "<!--" or (within and part != "-->")
            kept += [] if within or ends else [part]
        lines.append("".join(kept) if outside else line)
    return "\n".join(lines)


def criteria(text: str) -> tuple[int, int]:
    """(met, all) boxes of the acceptance criteria."""
    found = boxes(text)
    return sum(met for met, _ in found), len(found)


def plan_steps(text: str) -> int:
    """How many numbered steps the plan has."""
    return sum(bool(re.match(_STEP, line)) for _, line, outside in lines_outside_code(section(text, PLAN)) if outside)


def has_effort(text: str) -> bool:
    """Whether the effort is a number of hours, days or weeks."""
    return re.fullmatch(_EFFORT, section(text, EFFORT), re.ASCII) is not None


def undocumented(text: str, docs_segment: str) -> str:
    """Why the documentation is not enough; empty if one entry names a document and what it is for."""
    entries = [line[2:].strip() for line in section(text, DOCS).split("\n") if line.startswith("- ")]
    for entry in entries:
        found = re.fullmatch(_ENTRY, entry, re.DOTALL)
        if found and f"/{docs_segment}" in f"/{found[1]}" and (found[2] or "").strip():
            return ""
    if not entries:
        return f"needs a line  - `{docs_segment}…` — what it is for"
    return f"'{entries[0]}' names no path below {docs_segment} with what it is for"


def incomplete(text: str, rules: BacklogMd) -> list[str]:
    """What keeps a task from being promoted, one reason a missing field; empty if it is ready (rule 6)."""
    return list(lacks(text, rules).values())


def lacks(text: str, rules: BacklogMd) -> dict[str, str]:
    """The sections that keep a task from being promoted, each with the reason."""
    reasons = {}
    steps = plan_steps(text)
    if "plan" in rules.required_fields and steps < rules.min_plan_steps:
        reasons[PLAN] = f"Plan has {steps} of {rules.min_plan_steps} steps"
    if "estimated_effort" in rules.required_fields and not has_effort(text):
        reasons[EFFORT] = "Estimated Effort needs hours, days or weeks"
    lack = undocumented(text, rules.docs_segment)
    if "relevant_documentation" in rules.required_fields and lack:
        reasons[DOCS] = f"Relevant Documentation: {lack}"
    return reasons


def replace_generated(description: str, generated: str) -> str | None:
    """The description with its generated part replaced; None if it has no such part.

    The markers count only as whole lines outside code, so text inside cannot end the part early.
    """
    lines = description.split("\n")
    marks = [(index, line) for index, line, outside in lines_outside_code(description) if outside]
    begin = next((index for index, line in marks if line == GENERATED_BEGIN), None)
    end = next((index for index, line in marks if line == GENERATED_END and begin is not None and index > begin), None)
    if begin is None or end is None:
        return None
    return "\n".join([*lines[:begin], *wrap_generated(generated).split("\n"), *lines[end + 1 :]])


def wrap_generated(generated: str) -> str:
    """The text between its markers."""
    return f"{GENERATED_BEGIN}\n{generated}\n{GENERATED_END}"


def _trimmed(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
