"""Findings as commands to GitHub's runner, which shows them beside the lines of a pull request.

The runner takes a line that begins with ``::`` for a command. It shows ten annotations of a kind from one step; which
ones is decided here, the rest is counted in a notice and left to a summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from backlogtool.domain.finding import ERROR, Finding
from backlogtool.interchange.reports import TOOL, one_line, where

#: How many annotations of one kind a step can have.
SLOTS = 10
_LONGEST = 4_000  # characters of a message; GitHub refuses what is larger than 64 KiB
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class Annotated(NamedTuple):
    """The commands, one a line; all findings, the most important first; and those that no slot was left for."""

    commands: str
    ordered: tuple[Finding, ...]
    rest: tuple[Finding, ...]


def annotated(findings: Iterable[Finding], changed: Mapping[str, Set[int]], *, others: int = 0) -> Annotated:
    """Errors before warnings, and of each those on changed lines first.

    ``changed`` has the lines of each path; ``others`` is how many slots of errors are taken already.
    """
    ordered = sorted(findings, key=lambda one: (not one.is_error, not _is_new(one, changed)))
    used = Counter({ERROR: others})
    commands: list[str] = []
    rest: list[Finding] = []
    for one in ordered:
        used[one.severity] += 1
        if used[one.severity] > SLOTS:
            rest.append(one)
        else:
            commands.append(f"{_command(one)}\n")
    return Annotated("".join(commands), tuple(ordered), tuple(rest))


def ending(reason: str, hint: str) -> str:
    """The command for what ended everything before there were findings; it has the slot of an error."""
    return f"::{ERROR} title={TOOL}::{_said(reason, hint)}\n"


def notice(rest: int, place: str) -> str:
    """The command that says how many findings have no annotation, and where they stand; it has a slot of its own."""
    return f"::notice title={rest} more finding{'s' if rest > 1 else ''}::no annotation is left for them: see {place}\n"


def _is_new(finding: Finding, changed: Mapping[str, Set[int]]) -> bool:
    """Whether its line has changed; what is about a whole file is as new as any line of it."""
    lines = changed.get(finding.path, frozenset())
    return finding.line in lines or (not finding.line and bool(lines))


def _command(finding: Finding) -> str:
    places = (("file", where(finding)), ("line", finding.line), ("col", finding.column), ("title", finding.code))
    properties = ",".join(f"{name}={str(one).translate(_PROPERTY)}" for name, one in places if one)
    return f"::{finding.severity} {properties}::{_said(finding.message, finding.fix)}"


def _said(message: str, fix: str) -> str:
    text = "\n".join(filter(None, (one_line(message), one_line(fix))))
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return shown.translate(_DATA)
