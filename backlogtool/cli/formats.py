"""Lists of items in the formats of ``--format``, each escaped for where it lands."""

from __future__ import annotations

import io
from collections.abc import Sequence

from backlogtool.cli.output import Output, show
from backlogtool.domain.brief import Brief
from backlogtool.domain.fields import DAY, ENUM, FIELDS, LINE, MOMENT, NAME
from backlogtool.domain.item import Item

COLUMNS = ("id", "priority", "status", "due_date", "owner", "service", "title")
_CSV_COLUMNS = tuple(field.name for field in FIELDS if field.kind in (LINE, NAME, ENUM, DAY, MOMENT))
#: What a spreadsheet would take for a formula (CVE-2021-41270).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ids(items: Sequence[Item | Brief]) -> str:
    return "".join(f"{item.id}\n" for item in items)


def plain(items: Sequence[Item | Brief]) -> str:
    """Tab-separated columns without a heading, for other programs."""
    return "".join("\t".join(show(one) for one in cells(item)) + "\n" for item in items)


def comma_separated(items: Sequence[Item | Brief]) -> str:
    """Every field of one value, and the tags; a value that a spreadsheet would execute starts with ``'``."""
    import csv  # most lists are tables

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_CSV_COLUMNS, "tags"])
    for item in items:
        row = [*(str(getattr(item, name)) for name in _CSV_COLUMNS), " ".join(item.tags)]
        writer.writerow([f"'{show(one)}" if one.startswith(_FORMULA) else show(one) for one in row])
    return out.getvalue()


def markdown(items: Sequence[Item | Brief]) -> str:
    """A Markdown table."""
    from backlogtool.views.escape import cell  # most lists are tables

    rows = [COLUMNS, ["---"] * len(COLUMNS), *([cell(one) for one in cells(item)] for item in items)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def table(out: Output, items: Sequence[Item | Brief], *, total: int, today: str, closed: Sequence[str]) -> str:
    """Aligned columns for a person, overdue days in red, and how many there are in all."""
    if not items:
        return "no items\n" if not total else f"none of {total} items here\n"
    head = ("ID", "P", "STATUS", "DUE", "OWNER", "SERVICE", "TITLE")
    late = {item.due_date for item in items if item.due_date and item.due_date < today and item.status not in closed}
    text = out.table(head, [cells(item) for item in items], stretch=len(head) - 1, alarming=late)
    more = f"\n{len(items)} of {total} items; --all shows every one" if total > len(items) else ""
    return f"{text}{more}\n"


def cells(item: Item | Brief) -> list[str]:
    return [str(getattr(item, name)) for name in COLUMNS]
