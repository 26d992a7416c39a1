"""Findings whose mending is exact: which characters of their line to replace by what.

The one table of fixes: reports suggest them, and ``validate --fix`` makes those that are safe. Only where there is one
answer, or one that is near, and the line has the usual form; else a person has to look. Safe is what only a slip can
have been (R-256). A status, and what never changes, is never mended so: that would be a step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple

from backlogtool.codec.scalars import HIDDEN, is_plain, scalar
from backlogtool.domain import calendar
from backlogtool.domain.fields import ANYONE, BY_NAME, DAY, LINE, TOOL
from backlogtool.domain.finding import Finding
from backlogtool.domain.spelling import distance, nearest

#: ``key: value`` with nothing behind it, plain or in one pair of quotes.
_ENTRY = re.compile(
    r"(?P<key>[A-Za-z_][\w-]*)(?P<colon>\s*:\s+)(?P<value>[^\s'\"|>\[\]{}&*!#%@`][^#]*|'[^']*'|\"[^\"\\]*\")\s*"
)
#: ``key: value`` whatever the value is; quotes in it are part of it, or nobody knows what they are.
_RAW = re.compile(r"(?P<key>[A-Za-z_][\w-]*)\s*:[ \t]+(?P<value>[^\s'\"].*?)\s*")
_MEANT = re.compile(r"did you mean '([^']+)'\?")
_BACK = re.compile(r"put '(.*)' back")
#: A day with the year in front, which nobody takes for another one.
_DAY = re.compile(r"(\d{4})([/.-]?)(\d{1,2})\2(\d{1,2})", re.ASCII)
#: What a comment of YAML begins with, and what only a number or a word behind a mark does: ``fix #12``.
_COMMENT, _MARK = re.compile(r"\s#"), re.compile(r"\s#\w")
_REPEATED = re.compile(r"(.)\1+")
_BEFORE_VALUE = re.compile(r"\s*(- +)*([\w-]+\s*:)?\s*['\"]?")
_FENCE = "---"
#: Characters of a line, lines of frontmatter: what is larger is no slip, and would take the square of its size.
_MAX_LINE, _MAX_HEAD = 1000, 2000


class Replacement(NamedTuple):
    """The characters of a line from ``start`` to before ``end``, both from 0, and what stands there then."""

    start: int
    end: int
    text: str
    is_safe: bool = False


class _Place(NamedTuple):
    """Where a finding is: its line, what that is as ``key: value`` of this key, and all lines of the file."""

    line: str
    entry: re.Match[str] | None
    lines: list[str]


def replacement(finding: Finding, lines: list[str]) -> Replacement | None:
    """How to mend the finding in its line; None where that is not exact. ``lines`` are those of its file."""
    fix = _FIXES.get(finding.code)
    if fix is None or not 0 < finding.line <= len(lines):
        return None
    line = lines[finding.line - 1]
    if len(line) > _MAX_LINE or finding.line > _MAX_HEAD:
        return None
    entry = _ENTRY.fullmatch(line)
    usual = entry is not None and not _goes_on(finding, lines) and entry["key"] == finding.field
    return fix(finding, _Place(line, entry if usual else None, lines))


def _goes_on(finding: Finding, lines: list[str]) -> bool:
    return "".join(lines[finding.line : finding.line + 1])[:1].isspace()


def _head(lines: list[str]) -> int:
    """How many lines the frontmatter has, the first fence included; 0 if it has too many."""
    fences = (number for number, line in enumerate(islice(lines, _MAX_HEAD)) if number and line.rstrip() == _FENCE)
    return next(fences, 0)


def _is_free(name: str) -> bool:
    """Whether a value of the field may be put right without anybody having decided anything."""
    return name in BY_NAME and BY_NAME[name].setter in (ANYONE, TOOL)


def _hidden(finding: Finding, place: _Place) -> Replacement | None:
    """Without the character; safe at either end of a value, where it can part no words."""
    start = finding.column - 1
    if not HIDDEN.search(place.line[start : start + 1]):
        return None
    before, after = (HIDDEN.sub("", part) for part in (place.line[:start], place.line[start + 1 :]))
    at_end = not after.strip(" \t\r'\"") or _BEFORE_VALUE.fullmatch(before) is not None
    return Replacement(start, start + 1, "", at_end and finding.line <= _head(place.lines))


def _key(finding: Finding, place: _Place) -> Replacement | None:
    meant = _MEANT.fullmatch(finding.fix)
    if place.entry is None or meant is None or _stands(meant[1], place.lines):
        return None
    is_safe = distance(finding.field, meant[1]) <= 1 and _is_free(meant[1])
    return Replacement(*place.entry.span("key"), meant[1], is_safe and _has_same_number(finding.field, meant[1]))


def _has_same_number(word: str, meant: str) -> bool:
    """Whether no digit differs, but for one struck twice: ``us-east-2`` is another place, not a misspelt one."""
    one, other = (_REPEATED.sub(r"\1", "".join(filter(str.isdigit, some))) for some in (word, meant))
    return one == other


def _stands(key: str, lines: list[str]) -> bool:
    return any(line.partition(":")[0].rstrip() == key for line in lines[: _head(lines)])


def _choice(finding: Finding, place: _Place) -> Replacement | None:
    meant = _MEANT.fullmatch(finding.fix)
    if place.entry is None or meant is None:
        return None
    written = _bare(place.entry["value"])
    near = nearest(written, finding.allowed, within=1) if _has_same_number(written, meant[1]) else None
    return _of_value(place.entry, meant[1], is_safe=near == meant[1] and _is_free(finding.field))


def _day(finding: Finding, place: _Place) -> Replacement | None:
    found = _DAY.fullmatch(_bare(place.entry["value"])) if place.entry else None
    if place.entry is None or found is None or not _is_free(finding.field) or BY_NAME[finding.field].kind != DAY:
        return None
    year, mark, month, day = found.groups()
    written = f"{year}-{month:0>2}-{day:0>2}"
    if not calendar.is_day(written) or (not mark and len(month + day) < 4):
        return None
    start = place.entry.start("value")
    held = place.entry["value"].rstrip()
    quote = held[0] if held[0] in "'\"" else ""
    return Replacement(start, start + len(held), f"{quote}{written}{quote}", True)


def _marked(finding: Finding, place: _Place) -> Replacement | None:
    """The whole title in quotes, where what is cut off is no comment: ``fix #12``, but not ``fix # soon``."""
    found = _RAW.fullmatch(place.line)
    if found is None or found["key"] != finding.field or _goes_on(finding, place.lines):
        return None
    cut, mark = _COMMENT.search(found["value"]), _MARK.search(found["value"])
    if cut is None or mark is None or cut.start() != mark.start():
        return None
    return Replacement(*found.span("value"), scalar(found["value"]), True)


def _text(finding: Finding, place: _Place) -> Replacement | None:
    """A text in quotes that YAML takes for something else without them: ``title: [ARCH] gateway: review``."""
    found = _RAW.fullmatch(place.line)
    if found is None or _goes_on(finding, place.lines) or finding.line > _head(place.lines):
        return None
    key, written = found["key"], found["value"]
    is_text = key in BY_NAME and BY_NAME[key].kind == LINE and BY_NAME[key].setter == ANYONE
    if not is_text or is_plain(written) or _COMMENT.search(written) or HIDDEN.search(written):
        return None
    if written[0] in "[{" and not re.search(r"[]}]", written):  # perhaps only its end is missing
        return None
    return Replacement(*found.span("value"), scalar(written), True)


def _own_id(finding: Finding, place: _Place) -> Replacement | None:
    return _of_value(place.entry, finding.item) if place.entry else None


def _put_back(finding: Finding, place: _Place) -> Replacement | None:
    held = _BACK.fullmatch(finding.fix)
    return _of_value(place.entry, held[1]) if place.entry and held else None


def _of_value(entry: re.Match[str], new: str, *, is_safe: bool = False) -> Replacement | None:
    held = entry["value"].rstrip()
    start = entry.start("value")
    written = scalar(new, style=held[0] if held[0] in "'\"" else "") if new else held
    return Replacement(start, start + len(held), written, is_safe) if written != held else None


def _bare(value: str) -> str:
    """The value without its quotes."""
    held = value.rstrip()
    return held[1:-1] if held[0] in "'\"" else held


_FIXES: Mapping[str, Callable[[Finding, _Place], Replacement | None]] = {
    "BL104": _text,
    "BL108": _hidden,
    "BL110": _own_id,
    "BL115": _key,
    "BL117": _marked,
    "BL202": _choice,
    "BL203": _day,
    "BL302": _put_back,
}
