"""The grouped file in its usual form: read, and rendered again as it stands (REQUIREMENTS.md 2.5, N-1…N-10).

Tasks keep their place, their group and their status, closed ones too; no text of a task is changed. What the form
needs and the file lacks comes in as ``TBD``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from backlogtool.app import packaged
from backlogtool.codec import grouped, mojibake
from backlogtool.codec.frontmatter import BOM
from backlogtool.codec.grouped import Group, Grouped, Task
from backlogtool.codec.grouped_fields import KNOWN, STATUS, is_absent
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Policy
from backlogtool.interchange.grouped import grouped_view, to_items
from backlogtool.views.engine import Engine
from backlogtool.views.renderer import Job

_TEMPLATE = "BACKLOG.md.j2"
#: Text that belongs to no task has no place in the form: who wrote it has to say where it goes.
_STRAY = "BL538"
#: Mended only where everything can be read then: what looks like a marker, a title that adjoins the tags.
_LIKE_MARKER, _TITLE = "BL535", "BL523"


def formatted(text: str, path: str, policy: Policy, now: str) -> tuple[str | None, list[Finding]]:
    """The text of a grouped file in its usual form, or None and what keeps it from being formatted.

    ``now`` is any canonical moment; nothing of it shows.
    """
    words = Words.of(policy)
    file, barred = _read(text, path, words)
    if any(one.code in (_LIKE_MARKER, _TITLE) for one in barred):
        mended, still = _read(_mended(text, barred), path, words)
        file, barred = (mended, []) if mended and not still else (file, barred)
    if file is None or barred:
        return None, barred
    view = _as_it_stands(file, policy, now)
    [new] = Engine(packaged.templates()).texts([Job(_TEMPLATE, {"backlog": view})])
    again, _ = grouped.read(new, path, words)
    return (new if again and _says_the_same(file, again) else text), []


def _read(text: str, path: str, words: Words) -> tuple[Grouped | None, list[Finding]]:
    """The file, and what keeps it from being formatted."""
    file, findings = grouped.read(text, path, words)
    return file, [one for one in findings if one.is_error or one.code == _STRAY]


def _mended(text: str, findings: Iterable[Finding]) -> str:
    """The text with what looks like a marker as one, at the first column, in small letters (L-35), and a blank before
    every title (L-23).
    """
    plain = text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
    lines = mojibake.repair(plain)[0].split("\n")  # as the findings count columns
    for one in findings:
        if one.code == _TITLE:
            line, place = lines[one.line - 1], one.column - 1
            lines[one.line - 1] = f"{line[:place]} {line[place:]}"
        elif one.code == _LIKE_MARKER:
            word, blank, tags = lines[one.line - 1].strip().lstrip("#").lstrip().partition(" ")
            lines[one.line - 1] = f"## {word.lower()}{blank}{tags}"
    return "\n".join(lines)


def _as_it_stands(file: Grouped, policy: Policy, now: str) -> dict[str, Any]:
    """What the template shows of the file, with every task in the group and place where it is."""
    made = to_items(file, policy, now)
    held = made.layout
    rules = policy.backlog_md._replace(
        title=held.title,
        preamble=held.preamble,
        groups=held.groups if file.groups else (),
        group_notes=held.group_notes,
    )
    workflow = policy.workflow._replace(closed_statuses=())  # a list of what is open leaves out the others
    return grouped_view(made.items, policy._replace(backlog_md=rules, workflow=workflow))


def _says_the_same(before: Grouped, after: Grouped) -> bool:
    """Whether nothing has changed but for what has come in where there was nothing."""
    head = (before.title, before.preamble, len(before.groups)) == (after.title, after.preamble, len(after.groups))
    return head and all(map(_is_same_group, before.groups, after.groups))


def _is_same_group(before: Group, after: Group) -> bool:
    head = (before.type, before.priority, before.heading or after.heading, before.notes)
    same = head == (after.type, after.priority, after.heading, after.notes) and len(before.tasks) == len(after.tasks)
    return same and all(map(_is_same_task, before.tasks, after.tasks))


def _is_same_task(before: Task, after: Task) -> bool:
    """Whether the tags, the title and every field that says something are the same, and nothing says more."""
    said = {name: lines for name, lines in before.fields if name not in KNOWN or not is_absent(lines)}
    says = {name: lines for name, lines in after.fields if name not in KNOWN or not is_absent(lines)}
    says = {name: lines for name, lines in says.items() if name in said or name != STATUS}
    return replace(before, line=0, fields=()) == replace(after, line=0, fields=()) and said == says
