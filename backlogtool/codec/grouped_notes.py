"""What stands outside the tasks of the grouped backlog and is no structure: comments and stray text.

Each comment, and each paragraph of other text, becomes one note; other text is turned into a comment, so that
nothing is dropped (L-38).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from backlogtool.codec.grouped_lines import COMMENT, Scanner, after, as_comment, is_comment
from backlogtool.codec.grouped_tasks import hidden
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import is_id

_MOVED = r"<!--\s*Tasks?\s+([^\s,]+(?:\s*,\s*[^\s,]+)*)\s+moved\s+to\s+{}\s+on\s+\d{{4}}-\d{{2}}-\d{{2}}\s*-->"


class Moved(NamedTuple):
    """An id that a comment says was promoted, and where it stands there."""

    id: str
    line: int
    column: int


class Notes:
    """Gathers lines.

    Every note goes to ``keep``, with whether its author wrote it as a comment, every finding to ``report``. ``moved``
    gathers what comments say was promoted to the file ``todo`` (R-267).
    """

    def __init__(self, keep: Callable[[str, bool], None], report: Callable[[Finding], None], todo: str = "") -> None:
        self.moved: list[Moved] = []
        self._todo = todo
        self._keep = keep
        self._report = report
        self._lines: list[str] = []
        self._first = 0
        self._remark = False  # whether the note being gathered is a comment

    def take(self, number: int, line: str, kind: str, *, open_comment: bool) -> None:
        """The next line. ``open_comment`` says whether a comment goes on behind it."""
        if kind != COMMENT:
            # A line that starts outside comments and holds nothing else is a comment.
            remark = not after(line, False)[1]
            if not line or remark != self._remark:
                self.flush()
            if not line:
                return
            if not self._lines:
                self._first, self._remark = number, remark
        elif not self._lines:  # the comment began on a line that is structure, or wrongly looks like it
            self._first, self._remark = number, True
        self._lines.append(line)
        if self._remark and not open_comment:
            self.flush()

    def flush(self) -> None:
        """Ends the note that is being gathered."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        for offset, line in enumerate(lines):
            for finding in hidden(self._first + offset, line):
                self._report(finding)
        text = "\n".join(lines)
        written = is_comment(text)
        if not written:
            fix = "put it into a task's field; until then it is kept as a comment"
            self._report(Finding("BL538", f"stray text '{lines[0][:60]}'", line=self._first, fix=fix))
        elif self._todo:
            self.moved += moved(text, self._todo, self._first)
        self._keep(as_comment(text), written)


def split(text: str) -> list[str]:
    """The notes that a text reads back as, whatever it holds."""
    found: list[str] = []
    notes, scanner = Notes(lambda note, _: found.append(note), lambda _: None), Scanner(fences=False)
    for line in text.split("\n"):
        bare = line.rstrip(" \t")
        kind = scanner.kind(bare)
        scanner.advance(bare, kind)
        notes.take(0, bare, kind, open_comment=scanner.comment)
    notes.flush()
    return found


def moved(text: str, todo: str, first: int = 1) -> Iterator[Moved]:
    """The ids in the comments of a text that tell of a promotion to ``todo``; ``first`` is the text's first line.

    Takes time linear in the text.
    """
    if "moved" not in text:
        return
    line, start, seen = first, 0, 0
    for comment in re.finditer(_MOVED.format(re.escape(todo)), text, re.ASCII):
        for word in re.compile(r"[^\s,]+", re.ASCII).finditer(text, *comment.span(1)):
            line += text.count("\n", seen, word.start())
            start = text.rfind("\n", seen, word.start()) + 1 or start
            seen = word.start()
            if is_id(word[0]):
                yield Moved(word[0], line, seen - start + 1)


def preamble(note: str) -> str | None:
    """The text inside a note that is one comment, without blank lines around it; None if it is several."""
    if note.find("-->", 4) != len(note) - 3:
        return None
    first, *rest = note[4:-3].split("\n")
    return "\n".join([first.strip(" \t"), *(line.rstrip(" \t") for line in rest)]).strip("\n")
