"""Findings as a table of Markdown, for the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.domain.finding import ERROR, Finding, counted
from backlogtool.views.escape import href
from backlogtool.views.remarks import remark, table

#: Rows that are seen at once, and in all; bytes of UTF-8 of everything: GitHub shows no summary of more than 1 MiB.
_OPEN, _ROWS, _BYTES = 20, 500, 400_000
_LONGEST = 2_000  # characters of a message: one that is very long shall not take the room of all others
_HEAD = "| | Where | What | Code |\n|:--|:--|:--|:--|\n"
_SIGNS = {"error": "❌&nbsp;error", "warning": "⚠️&nbsp;warning"}


def summary(findings: Sequence[Finding], *, base: str = "") -> str:
    """The counts and a table in the order given; long tables are folded, and cut with a count.

    ``base`` is the address that the paths of links follow; without one nothing is a link.
    """
    rows = _fitting([_row(one, base) for one in findings[:_ROWS]])
    hidden = len(findings) - len(rows)
    more = f"\n… and {hidden} more: `backlogtool validate` lists them all.\n" if hidden else ""
    help_ = "\n`backlogtool explain CODE` tells why, and how to mend it.\n" if rows else ""
    return f"### Findings: {_counted(findings)}\n\n{table(_HEAD, rows, _OPEN)}{more}{help_}\n"


def unknown(reason: str, hint: str, findings: Sequence[Finding]) -> str:
    """The same where something ended the command before it could judge: nobody shall take that for good news."""
    rows = [f"| {_SIGNS[ERROR]} | | {_what(reason, hint)} | |\n", *(_row(one, "") for one in findings[:_OPEN])]
    return f"### Findings: unknown, as nothing could be judged\n\n{table(_HEAD, _fitting(rows), len(rows))}\n\n"


def _counted(findings: Sequence[Finding]) -> str:
    wrong = sum(one.is_error for one in findings)
    counts = {"error": wrong, "warning": len(findings) - wrong}
    return ", ".join(counted(count, word) for word, count in counts.items() if count) or "none"


def _fitting(rows: Sequence[str]) -> list[str]:
    room, found = _BYTES, []
    for row in rows:
        room -= len(row.encode("utf-8", "surrogatepass"))
        if room < 0:
            break
        found.append(row)
    return found


def _row(finding: Finding, base: str) -> str:
    what = _what(finding.message, finding.fix)
    return f"| {_SIGNS[finding.severity]} | {_where(finding, base)} | {what} | `{finding.code}` |\n"


def _what(message: str, fix: str) -> str:
    return "<br>→ ".join(remark(text[:_LONGEST]) for text in (message, fix) if text)


def _where(finding: Finding, base: str) -> str:
    """The path and line, as a link to that line of the source."""
    place = ":".join(str(part) for part in (finding.path, finding.line, finding.column) if part)
    if not (base and finding.path):
        return remark(place)
    line = f"#L{finding.line}" if finding.line else ""
    return f"[{remark(place)}]({base}{href(finding.path)}?plain=1{line})"
