"""What a range does to the backlog, as Markdown for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.domain.finding import counted
from backlogtool.insight.changes import KINDS, Changed, Comparison, Detail, Pair, cut, details
from backlogtool.views.escape import href
from backlogtool.views.remarks import remark, table

#: Rows that are seen at once, and in all; characters of everything: a comment on GitHub may have 65,536.
_OPEN, _ROWS, _CHARACTERS = 10, 200, 50_000
#: What is told of one item.
_DETAILS = 8
#: What a reader has to look at.
_ALARMS = frozenset({"overdue", "duplicate", "same title"})
_HEAD = "| | Item | Change |\n|:--|:--|:--|\n"


def headline(comparison: Comparison) -> str:
    """How many items of which kind, in one line of plain text."""
    parts = [f"{count} {name}" for count, name in _counts(comparison)]
    told = f"{_number(comparison)}: {', '.join(parts)}" if parts else _number(comparison)
    unreadable = len(comparison.unreadable)
    return f"{told}; {unreadable} cannot be compared" if unreadable else told


def _number(comparison: Comparison) -> str:
    number = len(comparison.items)
    return f"{counted(number, 'item')} changed" if number else "no item changed"


def _counts(comparison: Comparison) -> list[tuple[int, str]]:
    """How many there are of everything that there is."""
    found = [(count, KINDS[kind]) for kind, count in comparison.counts.items()]
    found.append((comparison.overdue, "overdue"))
    found.append((comparison.duplicates, "with a dedupe key that is taken"))
    found.append((comparison.twins, "with the title of another open item"))
    return [one for one in found if one[0]]


def markdown(comparison: Comparison, *, older: str, newer: str, base: str = "") -> str:
    """The counts, then a row for each item, most urgent first; long tables are folded, and cut with a count.

    ``older`` and ``newer`` are ids of commits, empty for nothing and for the work tree. ``base`` is the address that
    the paths of links follow; without one they are relative to the root of the repository.
    """
    ends = f"{_end(older, 'nothing')} → {_end(newer, 'the work tree')}"
    rows = _fitting([*map(_unreadable, comparison.unreadable), *(_row(one, base) for one in comparison.items)])
    hidden = len(comparison.unreadable) + len(comparison.items) - len(rows)
    more = f"\n… and {hidden} more.\n" if hidden else ""
    unreadable = len(comparison.unreadable)
    counts = [*_counts(comparison), *([(unreadable, "cannot be compared")] if unreadable else [])]
    told = "".join(f"**{count}** {name} · " for count, name in counts)
    items = f"\n{table(_HEAD, rows, _OPEN)}" if rows else ""
    return f"### Backlog: {_number(comparison)}\n\n{told}{ends}\n{items}{more}"


def _end(commit: str, instead: str) -> str:
    return f"`{commit[:10]}`" if commit else instead


def _fitting(rows: Sequence[str]) -> list[str]:
    room, found = _CHARACTERS, []
    for row in rows[:_ROWS]:
        room -= len(row)
        if room < 0:
            break
        found.append(row)
    return found


def _row(one: Changed, base: str) -> str:
    title = remark(cut(one.item.title)) or one.item.id
    named = title if "deleted" in one.kinds else f"[{title}]({base}{href(one.path)})"
    told = details(one)
    lines = [_line(detail) for detail in told[:_DETAILS]]
    lines += [f"… and {len(told) - _DETAILS} more"] if len(told) > _DETAILS else []
    return f"| {remark(one.item.priority)} | {named}<br>`{one.item.id}` | {'<br>'.join(lines)} |\n"


def _line(detail: Detail) -> str:
    said = " → ".join(map(remark, detail.ends)) if detail.ends else remark(detail.said)
    sign = "⚠️ " if detail.name in _ALARMS else ""
    return f"{sign}**{remark(detail.name)}** {said}"


def _unreadable(one: Pair) -> str:
    sides = zip(("before", "after"), one.faults, strict=True)
    lines = [f"**cannot be read {when}** {remark(cut(fault))}" for when, fault in sides if fault]
    return f"| ❌ | {remark(one.path)}<br>`{one.item_id}` | {'<br>'.join(lines)} |\n"
