"""Text of items, and tables, in a remark on a forge: a comment, or the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backlogtool.views.escape import cell

_CALL = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\b[Gg][Hh]-)(?=\d)")


def remark(text: str) -> str:
    """As the content of a cell, or in the middle of a line, that calls nobody and leads to no issue.

    A forge does not let ``@name`` be escaped: a space without width keeps the sign and the name apart.
    """
    return _CALL.sub("&#8203;", cell(text))


def table(head: str, rows: Sequence[str], shown: int) -> str:
    """A table with so many rows to be seen at once, the others folded away; empty without rows."""
    if not rows:
        return ""
    folded = "".join(rows[shown:])
    count = len(rows) - shown
    more = f"\n<details><summary>{count} more</summary>\n\n{head}{folded}\n</details>\n" if folded else ""
    return f"{head}{''.join(rows[:shown])}{more}"
