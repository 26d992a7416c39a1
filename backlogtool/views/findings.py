"""Findings as a table of Markdown, for the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.domain.finding import Finding
from backlogtool.views.escape import cell

#: Rows and characters that a summary may have; GitHub shows none that is larger than 1 MiB.
_ROWS, _CHARACTERS = 500, 400_000
_HEAD = "| | Where | What | Code |\n|:--|:--|:--|:--|\n"


def summary(findings: Sequence[Finding], title: str) -> str:
    """A heading and a table; what is too much for it is counted below."""
    rows: list[str] = []
    room = _CHARACTERS
    for one in findings[:_ROWS]:
        row = _row(one)
        room -= len(row)
        if room < 0:
            break
        rows.append(row)
    hidden = len(findings) - len(rows)
    more = f"\n… and {hidden} more: `backlogtool validate` lists them all.\n" if hidden else ""
    return f"### {cell(title)}\n\n{_HEAD}{''.join(rows)}{more}\n"


def _row(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.path, finding.line, finding.column) if part)
    what = "<br>".join(cell(part) for part in (finding.message, finding.fix) if part)
    return f"| {finding.severity} | {cell(place)} | {what} | {finding.code} |\n"
