"""Reads the grouped backlog, ``BACKLOG.md``: groups of tasks between marker lines.

One pass over the lines, without recursion. What may be mended is mended on the way (N-1…N-5, N-7…N-10 of
REQUIREMENTS.md 2.5) and shows when the tasks are rendered again; what cannot be read is a finding, and then
nothing is handed out. The number in a code ``BL5nn`` is the case ``L-nn`` of REQUIREMENTS.md 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backlogtool.codec import grouped_notes, grouped_tags, grouped_titles, mojibake
from backlogtool.codec.frontmatter import BOM
from backlogtool.codec.grouped_groups import Group, Grouped, OpenGroup
from backlogtool.codec.grouped_lines import (
    CODE,
    COMMENT,
    GROUP_BEGIN,
    GROUP_END,
    HEADER,
    LIKE_MARKER,
    OPEN,
    SEPARATOR,
    TASK_BEGIN,
    TASK_END,
    Scanner,
)
from backlogtool.codec.grouped_nesting import Nesting
from backlogtool.codec.grouped_tags import Tags, Words
from backlogtool.codec.grouped_tasks import Block, Task, hidden
from backlogtool.domain.finding import Finding, by_place, errors

__all__ = ["Group", "Grouped", "Task", "Words", "read"]

_NO_TAGS = Tags()


def read(
    text: str, path: str, words: Words = grouped_tags.SOURCE_WORDS, *, outside: bool = False
) -> tuple[Grouped | None, list[Finding]]:
    """The file and its warnings, or None and everything that is wrong with it.

    ``words`` are those of the policy: ``Words.of(policy)``. With ``outside`` a task that says its type and priority
    may stand in no group (L-09).
    Takes time linear in the text. Sources: REQUIREMENTS.md 2.1, 2.2, 2.7, R-289, R-290.
    """
    plain = text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
    plain, findings = mojibake.repair(plain)
    lines = [line.rstrip(" \t") for line in plain.split("\n")]
    first = next((index for index, line in enumerate(lines) if line), 0)
    if not lines[first].startswith("# "):
        fix = "the first line must be a title such as  # Project Backlog"
        return None, [Finding("BL540", "not a BACKLOG.md", path, first + 1, 1, fix=fix)]
    reader = _Reader(words, findings.append, [] if outside else None)
    reader.title(first + 1, lines[first])
    for number, line in enumerate(lines[first + 1 :], first + 2):
        reader.take(number, line)
    found = reader.finish(len(plain.rstrip("\n").split("\n")))
    located = by_place(one._replace(path=path, column=one.column or 1) for one in findings)
    return (None if errors(located) else found), located


class _Reader:
    """The state between two lines: what is open, and what was found."""

    def __init__(self, words: Words, report: Callable[[Finding], None], outside: list[Task] | None) -> None:
        self._words = words
        self._report = report
        self._outside = outside  # the tasks in no group, where there may be some
        self._title = ""
        self._preamble: str | None = None
        self._groups: list[OpenGroup] = []
        self._group: OpenGroup | None = None
        self._headings: dict[tuple[str, ...], int] = {}
        self._task: Block | None = None
        self._ids: dict[str, int] = {}
        self._loose: list[str] = []  # notes before the first group
        self._notes = grouped_notes.Notes(self._keep, report, words.todo)
        self._scanner = Scanner(fences=False)
        self._opened = 0  # the line of the comment or code that is open
        self._lost = False  # behind a header without a block nothing is worth a finding until the next marker
        self._nested_groups = Nesting(
            report,
            Finding("BL511", "groups cannot be nested"),
            Finding("BL511", "group_end without group_begin", fix="remove the line"),
        )
        self._nested_tasks = Nesting(
            report,
            Finding("BL507", "tasks cannot be nested"),
            Finding("BL506", "task_end without task_begin", fix="remove the line"),
        )
        self._markers: Mapping[str, Callable[[int], None]] = {
            GROUP_END: self._group_end,
            TASK_BEGIN: self._task_begin,
            TASK_END: self._task_end,
        }

    def title(self, number: int, line: str) -> None:
        """Takes the title line."""
        self._check(number, line)
        self._title = grouped_titles.read(line[2:].strip())

    def take(self, number: int, line: str) -> None:
        """Takes the next line, without blanks at its end."""
        kind, fence = self._scanner.kind(line), self._scanner.fence
        self._scanner.advance(line, kind)
        if (kind == CODE and not fence) or (self._scanner.comment and (kind != COMMENT or "-->" in line)):
            self._opened = number
        if "\0" in line:
            self._report(Finding("BL108", "a NUL character", line=number, column=line.index("\0") + 1))
        if kind == OPEN and self._structure(number, line):
            return
        in_field = self._task is not None and self._task.text(line)
        if not in_field and not self._lost:
            self._notes.take(number, line, kind, open_comment=self._scanner.comment)

    def finish(self, last: int) -> Grouped:
        """The file, once every line is taken. ``last`` is the number of its last line."""
        if not self._scanner.comment:
            self._notes.flush()
        if self._scanner.comment:
            message = f"comment at line {self._opened} never ends"
            self._report(Finding("BL534", message, line=self._opened, fix="close it with -->"))
        elif self._scanner.fence and self._task is not None:
            message = f"task at line {self._task.line} is not closed: the code at line {self._opened} never ends"
            fix = f"close it with a line {self._scanner.fence}"
            self._report(Finding("BL505", message, line=self._opened, fix=fix))
        else:
            self._end_task(last)
            # A begin that never comes: reports the group that is open, if one is.
            self._nested_groups.begin(self._end_group(last))
        self._nested_tasks.settle()
        self._nested_groups.settle()
        if self._loose and not self._groups:
            self._report(Finding("BL538", "a file without groups has no place for text and comments", line=1))
        elif self._loose:
            self._groups[0].notes[:0] = self._loose
        groups = tuple(group.done() for group in self._groups)
        return Grouped(self._title, self._preamble or "", groups, tuple(self._notes.moved), tuple(self._outside or ()))

    def _structure(self, number: int, line: str) -> bool:
        """Whether the line is structure, which is then taken."""
        if line.startswith(GROUP_BEGIN) and line[len(GROUP_BEGIN) :][:1] in ("", " ", "\t", "["):
            self._group_begin(number, line)
        elif line in self._markers:
            self._notes.flush()
            self._lost = False
            self._markers[line](number)
        elif line.startswith(HEADER):
            self._header(number, line)
        elif LIKE_MARKER.match(line):
            self._notes.flush()
            fix = "start it at the first column, or put a backslash before the # if it is text"
            self._report(Finding("BL535", f"'{line.strip()}' looks like a marker", line=number, fix=fix))
        elif self._task is not None:
            return self._label(number, line)
        elif line == SEPARATOR:
            self._notes.flush()
        else:
            return self._heading(number, line)
        return True

    def _check(self, number: int, line: str) -> None:
        for finding in hidden(number, line):
            self._report(finding)

    def _keep(self, note: str, written: bool) -> None:
        """A note goes to the group around or before it; the first comment before all groups is the preamble."""
        may_be = written and self._preamble is None and not self._groups
        text = grouped_notes.preamble(note) if may_be else None
        if text is not None:
            self._preamble = text
        elif self._groups:
            self._groups[-1].notes.append(note)
        else:
            self._loose.append(note)

    def _group_begin(self, number: int, line: str) -> None:
        self._notes.flush()
        self._lost = False
        self._end_task(number)
        self._nested_tasks.settle()
        self._nested_groups.begin(self._end_group(number))
        tags = grouped_tags.group(line, len(GROUP_BEGIN), self._words)
        for finding in tags.findings:
            self._report(finding._replace(line=number))
        self._group = OpenGroup(number, tags)
        self._groups.append(self._group)

    def _group_end(self, number: int) -> None:
        self._end_task(number)
        self._nested_tasks.settle()
        if self._group is None:
            self._nested_groups.surplus(number)
        else:
            self._close_group(self._group)

    def _end_group(self, number: int) -> Finding | None:
        """Closes a group that has no end, and what there is to say about it."""
        group = self._group
        if group is None:
            return None
        self._close_group(group)
        fix = f"write {GROUP_END} before this line"
        return Finding("BL510", f"group at line {group.line} is not closed", line=number, fix=fix)

    def _close_group(self, group: OpenGroup) -> None:
        self._group = None
        if not group.heading:
            fix = "write  ## heading  below its first line"
            self._report(Finding("BL518", "the group has no heading", line=group.line, fix=fix))
        same = (*(group.tags.values.get(name, "") for name in grouped_tags.GROUP_TAGS), group.heading)
        first = self._headings.setdefault(same, group.line)
        if first != group.line and group.tags.values:
            fix = "give it another heading, or put the two together"
            self._report(Finding("BL515", f"duplicate group (first at line {first})", line=group.line, fix=fix))

    def _heading(self, number: int, line: str) -> bool:
        group = self._group
        if group is None or group.heading or group.tasks or self._lost or not line.startswith("## "):
            return False
        self._check(number, line)
        self._notes.flush()
        group.heading = grouped_titles.read(line[3:].strip())
        return True

    def _task_begin(self, number: int) -> None:
        self._nested_tasks.begin(self._unclosed_task(number, "BL504"))
        if self._group is None and self._outside is None:
            fix = f"put it between {GROUP_BEGIN} and {GROUP_END}; import --assign-groups does so"
            self._report(Finding("BL509", "task outside a group", line=number, fix=fix))
        self._task = Block(number, self._words, self._report)
        self._scanner = Scanner(fences=True)

    def _task_end(self, number: int) -> None:
        if self._task is None:
            self._nested_tasks.surplus(number)
        else:
            self._close_task(self._task)

    def _end_task(self, number: int) -> None:
        """Closes a task that has no end when its group, or the file, ends (L-05)."""
        finding = self._unclosed_task(number, "BL505")
        if finding:
            self._report(finding)

    def _unclosed_task(self, number: int, code: str) -> Finding | None:
        task = self._task
        if task is None:
            return None
        self._close_task(task)
        fix = f"write {TASK_END} before this line"
        return Finding(code, f"task at line {task.line} is not closed", line=number, fix=fix)

    def _close_task(self, block: Block) -> None:
        self._task = None
        self._scanner = Scanner(fences=False)
        task = block.close(self._group.tags if self._group else _NO_TAGS)
        if task is not None and self._group is not None:
            self._group.tasks.append(task)
        elif task is not None and self._outside is not None:
            self._outside.append(task)
            if not (task.type and task.priority):
                fix = f"write both into its header, or put it between {GROUP_BEGIN} and {GROUP_END}"
                message = "task outside a group, and without a type or priority that would tell which one"
                self._report(Finding("BL509", message, line=task.line, fix=fix))

    def _header(self, number: int, line: str) -> None:
        self._notes.flush()
        if self._task is None:
            self._lost = True
            fix = f"write {TASK_BEGIN} before it"
            self._report(Finding("BL508", "task header outside task_begin/task_end", line=number, fix=fix))
            return
        self._check(number, line)
        tags = self._task.header(number, line)
        held = tags.values.get("id", "")
        first = self._ids.setdefault(held, number)
        if held and first != number:
            message = f"duplicate id {held} (first at line {first})"
            fix = "give one of them another number"
            self._report(Finding("BL501", message, line=number, column=tags.columns["id"], fix=fix))

    def _label(self, number: int, line: str) -> bool:
        taken = self._task is not None and self._task.label(number, line)
        if taken:
            self._notes.flush()
        return taken
