"""Text of items in a remark on a forge: a comment, or the summary of a job."""

from __future__ import annotations

import re

from backlogtool.views.escape import cell

_CALL = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\b[Gg][Hh]-)(?=\d)")


def remark(text: str) -> str:
    """As the content of a cell, or in the middle of a line, that calls nobody and leads to no issue.

    A forge does not let ``@name`` be escaped: a space without width keeps the sign and the name apart.
    """
    return _CALL.sub("&#8203;", cell(text))
