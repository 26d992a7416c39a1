"""Findings whose mending is exact: which characters of their line to replace by what.

Only where there is one answer, or one that is near, and the line has the usual form; else a person has to look.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from backlogtool.codec.scalars import HIDDEN, scalar
from backlogtool.domain.finding import Finding

#: ``key: value`` with nothing behind it, plain or in one pair of quotes.
_ENTRY = re.compile(
    r"(?P<key>[A-Za-z_][\w-]*)(?P<colon>\s*:\s+)(?P<value>[^\s'\"|>\[\]{}&*!#%@`][^#]*|'[^']*'|\"[^\"\\]*\")\s*"
)
_MEANT = re.compile(r"did you mean '([^']+)'\?")
_BACK = re.compile(r"put '(.*)' back")


class Replacement(NamedTuple):
    """The characters of a line from ``start`` to before ``end``, both from 0, and what stands there then."""

    start: int
    end: int
    text: str


def replacement(finding: Finding, lines: list[str]) -> Replacement | None:
    """How to mend the finding in its line; None where that is not exact. ``lines`` are those of its file."""
    if not 0 < finding.line <= len(lines):
        return None
    line = lines[finding.line - 1]
    if finding.code == "BL108":
        hidden = line[finding.column - 1 : finding.column]
        return Replacement(finding.column - 1, finding.column, "") if HIDDEN.search(hidden) else None
    entry = _ENTRY.fullmatch(line)
    goes_on = "".join(lines[finding.line : finding.line + 1])[:1].isspace()
    if entry is None or goes_on or entry["key"] != finding.field:
        return None
    if finding.code == "BL115":
        meant = _MEANT.fullmatch(finding.fix)
        return Replacement(*entry.span("key"), meant[1]) if meant else None
    return _of_value(entry, _right(finding))


def _right(finding: Finding) -> str | None:
    """The value that has to stand there."""
    if finding.code == "BL110":
        return finding.item
    form = {"BL202": _MEANT, "BL302": _BACK}.get(finding.code)
    found = form.fullmatch(finding.fix) if form else None
    return found[1] if found else None


def _of_value(entry: re.Match[str], new: str | None) -> Replacement | None:
    held = entry["value"].rstrip()
    start = entry.start("value")
    written = scalar(new, style=held[0] if held[0] in "'\"" else "") if new else held
    return Replacement(start, start + len(held), written) if written != held else None
