"""The one place that prints.

Results go to stdout, talk to stderr. Everything that comes from an item, a file or a commit passes
``show``, so that nothing in a repository can write control sequences to a terminal (ROBUSTNESS.md 2.2).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Container, Iterable, Sequence
from typing import Any

import click

from backlogtool.codec.scalars import HIDDEN, visible
from backlogtool.domain.finding import Finding

_COLORS = {"error": "red", "warning": "yellow", "P0": "red", "P1": "yellow", "blocked": "red", "in_progress": "cyan"}

_PATIENCE = 1.0  # seconds
_CELLS = 30


def show(text: object, *, lines: bool = False) -> str:
    """The text without anything that a terminal would act on; ``lines`` keeps line ends and tabs."""
    plain = str(text).replace("\r\n", "\n").replace("\r", "\n")  # first, since a line may end so too
    return visible(plain if lines else plain.replace("\n", " ").replace("\t", " "))


class Output:
    """Prints for one command. ``color`` is auto, always or never; ``pager`` is auto or never."""

    def __init__(self, *, color: str = "auto", pager: str = "auto", quiet: bool = False) -> None:
        forced = {"always": True, "never": False}.get(color)
        wanted = forced if forced is not None else None if not os.environ.get("NO_COLOR") else False
        self.color = wanted if wanted is not None else sys.stdout.isatty()
        self._pager = pager == "auto" and sys.stdout.isatty()
        self.width = _width()
        self._quiet = quiet
        self._begun = 0.0
        self._progressing = False

    def line(self, text: str = "") -> None:
        """One line of a result, shown already."""
        click.echo(text, color=self.color)

    def text(self, text: str) -> None:
        """A result of several lines, through the pager if it is longer than the terminal."""
        if self._pager and text.count("\n") > _height():
            os.environ.setdefault("LESS", "FRX")
            click.echo_via_pager(text, color=self.color)
        else:
            click.echo(text, nl=not text.endswith("\n"), color=self.color)

    def talk(self, text: str) -> None:
        """Something said beside the result."""
        if not self._quiet:
            click.echo(show(text, lines=True), err=True)

    def progress(self, done: int, total: int) -> None:
        """How far a long reading has come: on a terminal only, and only after a second. The end leaves no trace."""
        if self._quiet or not sys.stderr.isatty():
            return
        now = time.monotonic()
        self._begun = self._begun or now
        if done >= total:
            if self._progressing:
                click.echo("\r\x1b[K", err=True, nl=False, color=True)
            self._begun, self._progressing = 0.0, False
        elif now - self._begun > _PATIENCE:
            self._progressing = True
            cells = _CELLS * done // total
            click.echo(f"\r[{'#' * cells}{'.' * (_CELLS - cells)}] {done} of {total}", err=True, nl=False)

    def json(self, data: Any, **more: Any) -> None:
        """A result as JSON in its envelope."""
        from backlogtool.codec.plain import envelope  # as json itself, only where it is asked for

        self.raw_json(envelope(data, **more))

    def raw_json(self, data: Any) -> None:
        """JSON as it is; control characters are escaped, other text stays readable."""
        import json

        text = json.dumps(data, ensure_ascii=False, indent=2)
        click.echo(HIDDEN.sub(lambda found: _escape(found[0]), text))

    def findings(self, findings: Iterable[Finding], *, err: bool = True) -> None:
        """Findings, one a line with its fix below."""
        for finding in findings:
            place = show(":".join(str(part) for part in (finding.path, finding.line, finding.column) if part))
            word = self.style(finding.severity, _COLORS.get(finding.severity, ""))
            click.echo(
                f"{place + ': ' if place else ''}{word}: {show(finding.message)} [{finding.code}]",
                err=err,
                color=self.color,
            )
            if finding.fix:
                click.echo(f"    {show(finding.fix)}", err=err, color=self.color)

    def findings_json(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        from backlogtool.codec import plain

        return [plain.finding(one) for one in findings]

    def style(self, text: str, color: str = "", **more: Any) -> str:
        """The text in a colour, if there are any."""
        return click.style(text, fg=color or None, **more) if self.color and (color or more) else text

    def colored(self, word: str) -> str:
        """A status or priority in its colour."""
        return self.style(show(word), _COLORS.get(word, ""))

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], *, stretch: int = -1, alarming: Container[str] = ()
    ) -> str:
        """Aligned columns; the column ``stretch`` is cut so that a row fits the terminal."""
        shown = [[show(cell) for cell in row] for row in rows]
        widths = [max([wide(head[i])] + [wide(row[i]) for row in shown]) for i in range(len(head))]
        if stretch >= 0 and sys.stdout.isatty():
            rest = sum(widths) - widths[stretch] + 2 * (len(head) - 1)
            widths[stretch] = max(min(widths[stretch], self.width - rest), 12)
        lines = ["  ".join(self.style(_pad(cell, width), bold=True) for cell, width in zip(head, widths, strict=True))]
        for row in shown:
            cells = zip(row, widths, strict=True)
            lines.append("  ".join(self._cell(cell, width, alarming) for cell, width in cells))
        return "\n".join(line.rstrip() for line in lines)

    def _cell(self, cell: str, width: int, alarming: Container[str]) -> str:
        color = "red" if cell in alarming else _COLORS.get(cell, "")
        return self.style(_pad(_cut(cell, width), width), color)


def wide(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    import unicodedata  # only for text that is not ASCII

    if unicodedata.combining(char) or char in "\u200c\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _cut(text: str, width: int) -> str:
    if wide(text) <= width:
        return text
    while text and wide(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _pad(text: str, width: int) -> str:
    return text + " " * (width - wide(text))


def _escape(char: str) -> str:
    import json

    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else json.dumps(char)[1:-1]


def _width() -> int:
    told = os.environ.get("COLUMNS", "")
    return (int(told[:9]) if told.isascii() and told.isdigit() else 0) or _terminal()[0]


def _height() -> int:
    return _terminal()[1] - 2


def _terminal() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns, size.lines
